# SPDX-License-Identifier: Apache-2.0
"""The parent of the workers: it loads everything once, forks, and replaces who died.

It has one thread, opens no mail and speaks to nobody. A supervisor that has other children too
calls `reaped` from its own wait loop; who has no other children calls `run`.
"""

import gc
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from mailward.engines.scanning.limits import Limits
from mailward.engines.scanning.worker import Answering, serve
from mailward.kit import confinement
from mailward.kit.allocation import keep_buffers

_BACKLOG = 512
_NAME = "scan"
"""What `ps` and `top` call a worker."""
_EARLY_SECONDS = 1.0
_EARLY_DEATHS = 20
"""So many workers in a row that died within `_EARLY_SECONDS` of their birth mean that none will live."""

_CANNOT_CONFINE = 71


class CannotStart(RuntimeError):  # noqa: N818 - a sentence for people, raised at the start
    """Workers die as soon as they are born; the message says what is known about why."""


class Pool:
    """`workers` processes behind one listening Unix socket at `address`.

    `address` is a path (mode 0600), or empty for a fresh name in Linux's abstract name space, which
    leaves nothing behind. `answering` is what a worker does with a request. `insist=False` lets the
    pool run where the system has no seccomp, which is said in the log. `died(pid, cause)` is told of
    every worker that did not end of its own accord; by default the log is.
    """

    def __init__(
        self,
        answering: Answering,
        *,
        workers: int,
        address: str = "",
        limits: Limits | None = None,
        insist: bool = True,
        died: Callable[[int, str], None] | None = None,
    ) -> None:
        self._answering = answering
        self._died = died or _log_death
        self._workers = workers
        self._limits = limits or Limits()
        self._insist = insist
        self._born: dict[int, float] = {}
        self._early_deaths = 0
        self._closed = False
        self._filling = False
        self._listener = _listen(address, insist=insist)
        self._path = Path(address) if address else None

    @property
    def address(self) -> str:
        """What clients connect to. An abstract name begins with a zero byte."""
        name = self._listener.getsockname()
        return "\0" + name[1:].decode("latin-1") if isinstance(name, bytes) else name

    @property
    def pids(self) -> frozenset[int]:
        """The workers that are alive, as far as has been reaped."""
        return frozenset(self._born)

    @property
    def workers(self) -> int:
        """How many there should be."""
        return self._workers

    def fill(self) -> None:
        """Fork until there are as many workers as there should be. Safe to call from a signal handler
        that interrupts another `fill`: the first one goes on."""
        if self._filling:
            return
        self._filling = True
        try:
            while len(self._born) < self._workers and not self._closed:
                self.spawn()
        finally:
            self._filling = False

    def spawn(self) -> int:
        """Fork one worker; answers its process id. The child never returns. What exists now is frozen
        for the child's garbage collection: shared pages stay shared, and no object of the parent's is
        finalized there, whose descriptor may have become somebody else's."""
        parent = os.getpid()
        gc.freeze()
        child = os.fork()
        if child == 0:
            self._live(parent)
        gc.unfreeze()
        self._born[child] = time.monotonic()
        return child

    def reaped(self, pid: int, status: int) -> bool:
        """Tell the pool that a child ended, with the status of `waitpid`. Answers whether it was one
        of its workers; if so there is a new one already. `CannotStart` if none can live here."""
        born = self._born.pop(pid, None)
        if born is None:
            return False
        code = os.waitstatus_to_exitcode(status)
        if code != 0 and not self._closed:
            self._died(pid, _cause(code))
        if code == _CANNOT_CONFINE:
            raise CannotStart(confinement.missing() or "the kernel refused to confine a scan worker")
        early = code != 0 and time.monotonic() - born < _EARLY_SECONDS
        self._early_deaths = self._early_deaths + 1 if early else 0
        if self._early_deaths >= _EARLY_DEATHS:
            raise CannotStart(f"{_EARLY_DEATHS} scan workers in a row died at once, the last by {_cause(code)}")
        self.fill()
        return True

    def reap(self) -> int:
        """Look for dead workers without waiting; answers how many were replaced."""
        found = 0
        for pid in list(self._born):
            done, status = _wait_for(pid)
            if done:
                found += self.reaped(pid, status)
        return found

    def run(self, *, until: Callable[[], bool] = lambda: False, pause: float = 0.2) -> None:
        """Keep the pool full until told otherwise, then close it."""
        try:
            self.fill()
            while not until():
                self.reap()
                time.sleep(pause)
        finally:
            self.close()

    def close(self) -> None:
        """End all workers and wait for them; the address is free again. Mails in work are lost to
        their clients as `Failed`."""
        self._closed = True
        self._listener.close()
        if self._path:
            self._path.unlink(missing_ok=True)
        for pid in list(self._born):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            del self._born[pid]

    def forget(self) -> None:
        """In another child of the same parent: let go of the door, so that whoever asks when all workers are gone
        is told at once and does not wait before a door that nobody opens."""
        self._listener.close()

    def _live(self, parent: int) -> None:
        """The whole life of a worker, in the child. Leaves by `os._exit` alone: nothing of the
        parent's that waits to be cleaned up may run here."""
        code = 0
        try:
            _forget_signals()
            confinement.die_with(parent)
            Path("/proc/self/comm").write_text(_NAME)
            owner = os.getuid()
            keep_buffers()
            confinement.confine(
                memory_bytes=self._limits.memory_bytes, keep=(self._listener.fileno(),), insist=self._insist
            )
            serve(self._listener, self._answering, limits=self._limits, owner=owner)
        except (confinement.CannotConfine, PermissionError):
            code = _CANNOT_CONFINE
        except BaseException:  # noqa: BLE001 - whatever it was, this process is over
            code = 1
        finally:
            os._exit(code)


def _log_death(pid: int, cause: str) -> None:
    import structlog  # noqa: PLC0415 - it takes longer to load than a mail to scan

    structlog.get_logger().warning("scan_worker.died", pid=pid, cause=cause)


def _log_open_wall(lack: str) -> None:
    import structlog  # noqa: PLC0415 - idem

    structlog.get_logger().error("scan_workers.not_confined", lacks=lack, means="hostile mail meets no wall")


def _listen(address: str, *, insist: bool) -> socket.socket:
    if lack := confinement.missing():
        if insist:
            raise CannotStart(f"{lack}: hostile mail would be parsed without a wall around it")
        _log_open_wall(lack)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if address:
        Path(address).unlink(missing_ok=True)
    previous = os.umask(0o177)
    try:
        listener.bind(address)
    finally:
        os.umask(previous)
    listener.listen(_BACKLOG)
    return listener


def _forget_signals() -> None:
    """The parent's handlers are the parent's. Ctrl-C is for it as well: it ends the workers."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGALRM, signal.SIGPROF, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _wait_for(pid: int) -> tuple[bool, int]:
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return True, 0
    return done == pid, status


def _cause(code: int) -> str:
    """Words for the log. The timers speak through their signals."""
    if code >= 0:
        return f"exit {code}"
    known = {signal.SIGPROF: "CPU time limit", signal.SIGALRM: "time limit", signal.SIGSYS: "forbidden system call"}
    return known.get(signal.Signals(-code), signal.Signals(-code).name)
