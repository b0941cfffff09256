# SPDX-License-Identifier: Apache-2.0
"""The parent of all processes on a node: it starts them in order, starts them again, and stops them in order.

It speaks to no network and parses nothing. It is single-threaded, so that forking is safe: children
are forked from it after the engines were loaded, and share their memory.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

import structlog

log = structlog.get_logger()

READY_SECONDS = 60
STOP_SECONDS = 35
TICK_SECONDS = 0.5
RESTART_SECONDS = 0.2
LONGEST_RESTART_SECONDS = 10.0
STEADY_SECONDS = 30
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_NAME_BYTES = 15


@dataclass
class Child:
    """One process to keep alive. `run(ready)` is its life; it calls `ready()` once it serves. One that
    lives `once` is not started again when it ends; one that `reloads` is told of SIGHUP."""

    name: str
    run: Callable[[Callable[[], None]], None]
    once: bool = False
    reloads: bool = False
    pid: int = 0
    started: float = 0.0
    failures: int = 0
    retry_at: float = 0.0
    ready: int = field(default=-1, repr=False)


class DidNotStart(Exception):  # noqa: N818 - reads better where it is caught
    """A process ended, or was silent, before it was ready."""


class Supervisor:
    """Keeps children alive. `reaped(pid, status)` is offered every dead child that is not one of ours;
    `tick()` is called about twice a second."""

    def __init__(self, *, reaped: Callable[[int, int], None], tick: Callable[[], None]) -> None:
        self._children: list[Child] = []
        self._reaped = reaped
        self._tick = tick
        self._stopping = False

    def start(self, child: Child) -> None:
        """Fork a child and wait until it is ready.

        Raises:
            DidNotStart
        """
        self._children.append(child)
        self._fork(child)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if select.select([child.ready], [], [], TICK_SECONDS)[0]:
                if os.read(child.ready, 1):
                    return
                raise DidNotStart(f"{child.name} ended before it was ready; the log above says why")
        raise DidNotStart(f"{child.name} was not ready after {READY_SECONDS} seconds")

    def watch(self) -> None:
        """Keep everything alive until SIGTERM or SIGINT, then return."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        if not sys.stdin.isatty():  # where a terminal is, SIGHUP says that it was closed
            signal.signal(signal.SIGHUP, self._reload)
        while not self._stopping:
            self._bury()
            for child in self._children:
                if not child.pid and not child.once and time.monotonic() >= child.retry_at:
                    self._fork(child)
            self._tick()
            with contextlib.suppress(InterruptedError):
                time.sleep(
                    TICK_SECONDS if all(child.pid or child.once for child in self._children) else RESTART_SECONDS
                )

    def stop(self) -> None:
        """Ask every child to end, the last started first, and end those that do not."""
        for child in reversed(self._children):
            self._signal(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.pid for child in self._children) and time.monotonic() < deadline:
            self._bury()
            time.sleep(0.05)
        for child in self._children:
            if child.pid:
                log.warning("process.killed", name=child.name, pid=child.pid)
                self._signal(child, signal.SIGKILL)

    def _reload(self, *_: object) -> None:
        """Pass SIGHUP on to those who know what to do with it."""
        for child in self._children:
            if child.reloads:
                self._signal(child, signal.SIGHUP)

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _fork(self, child: Child) -> None:
        if child.ready >= 0:
            os.close(child.ready)
        child.ready, write = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(child.ready)
            _live(child, write)
        os.close(write)
        child.pid, child.started = pid, time.monotonic()

    def _bury(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            child = next((child for child in self._children if child.pid == pid), None)
            if child is None:
                self._reaped(pid, status)
                continue
            child.pid = 0
            lived = time.monotonic() - child.started
            child.failures = 0 if lived > STEADY_SECONDS else child.failures + 1
            wait = min(LONGEST_RESTART_SECONDS, RESTART_SECONDS * 2 ** max(0, child.failures - 1))
            child.retry_at = time.monotonic() + (0 if child.failures <= 1 else wait)
            if not self._stopping and not child.once:
                log.warning("process.died", name=child.name, pid=pid, status=os.waitstatus_to_exitcode(status))

    @staticmethod
    def _signal(child: Child, number: int) -> None:
        if child.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)


def _live(child: Child, write: int) -> NoReturn:
    """The child's whole life, from fork to exit. It never returns into the supervisor's code."""
    status = 1
    try:
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        libc.prctl(_PR_SET_NAME, child.name.encode()[:_NAME_BYTES])
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        if child.reloads:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it listens
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        structlog.contextvars.bind_contextvars(process=child.name)
        child.run(lambda: _say_ready(write))
        status = 0
    except BaseException:
        log.exception("process.failed", name=child.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _say_ready(write: int) -> None:
    with contextlib.suppress(OSError):
        os.write(write, b".")
        os.close(write)
