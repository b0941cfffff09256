# SPDX-License-Identifier: Apache-2.0
"""The product as an operator runs it, in a folder of its own: for trials and measurements from outside.

It speaks to the product through its command line, its ports and /proc alone. Only the embedded
database is opened from behind, to let waiting mail go at once instead of after its back-off.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import msgspec
from tests.ports import free_port

ROOT = Path(__file__).parents[1]
DOMAIN = "example.test"
PASSWORD = "correct horse battery staple"
START_SECONDS = 90
STOP_SECONDS = 60
PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """One process of the product. `role` is the name it gives itself, or what its place tells.

    `cpu` is in seconds since its start; `pss` is the memory it answers for (its own, and its share of
    what it shares), `own` what is its alone, both in octets.
    """

    pid: int
    role: str
    cpu: float
    pss: int
    own: int


class Product:
    """`mailward init` once, then `run`, killed and started as often as a trial likes."""

    def __init__(
        self, data: Path, *, next_hop: str, recipients: tuple[str, ...] = (), aside: Path | None = None,
        environment: Mapping[str, str] | None = None, program: tuple[str, ...] = ("-m", "mailward"),
    ) -> None:  # fmt: skip
        """`aside` is a folder for what is not the product's own: its log, and the file that says it is ready."""
        self.data = data
        self._program = program
        self.smtp_port, self.http_port = free_port(), free_port()
        aside = aside or data.parent
        self._ready_file = aside / (data.name + ".ready")
        self._log = aside / (data.name + ".log")
        self._people = aside / (data.name + ".people.csv")
        self._environment = dict(environment or {})
        self._next_hop = next_hop
        self._recipients = recipients
        self._process: subprocess.Popen[bytes] | None = None
        self._lived = False
        self.database: int = 0
        """The postmaster's process id."""

    @property
    def log(self) -> str:
        """What the product said on standard error and output."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    @property
    def supervisor(self) -> int:
        """Its process id, or 0 when it is not running."""
        return self._process.pid if self._process is not None and self._process.poll() is None else 0

    def init(self, *, domain: str = DOMAIN) -> None:
        """Make an organization, whose administrator is admin@`domain`. Raises `RuntimeError` with the product's
        own words."""
        words = ["init", "--data", str(self.data), "--organization", f"Trial of {domain}", "--domain", domain]
        words += ["--next-hop", self._next_hop, "--admin", f"admin@{domain}", "--password-stdin"]
        if self._recipients:
            self._people.write_text("".join(f"{address},\n" for address in self._recipients))
            words += ["--recipients", str(self._people)]
        done = subprocess.run(
            self._command(*words), env=_environment(**self._environment), input=PASSWORD + "\n", capture_output=True, text=True, check=False,
            timeout=START_SECONDS,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"mailward init failed: {done.stderr.strip()[-2000:]}")

    def start(self) -> float:
        """Run it, and wait until it is ready; the seconds that took. A start that fails because an
        earlier life is still ending is tried again. Raises `RuntimeError` after `START_SECONDS`."""
        began = time.monotonic()
        while True:
            self._ready_file.unlink(missing_ok=True)
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command(
                        "run", "--data", str(self.data), "--smtp", f"127.0.0.1:{self.smtp_port}",
                        "--http", f"127.0.0.1:{self.http_port}",
                    ),
                    env=_environment(**self._environment, MAILWARD_READY_FILE=str(self._ready_file)), stdout=log, stderr=log,
                )  # fmt: skip
            while self._process.poll() is None and not self._ready_file.exists():
                if time.monotonic() - began > START_SECONDS:
                    raise RuntimeError(f"not ready after {START_SECONDS} seconds: {self.log[-2000:]}")
                time.sleep(0.05)
            if self._ready_file.exists():
                self.database, self._lived = self.postmaster(), True
                return time.monotonic() - began
            if not self._lived or time.monotonic() - began > START_SECONDS:
                raise RuntimeError(f"mailward run ended by itself: {self.log[-2000:]}")
            time.sleep(0.2)

    def stop(self) -> int:
        """End it in order; its exit status. Whatever is left then is killed."""
        if self._process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            status = -1
        for process in self.processes():
            kill(process.pid)
        return status

    def reap(self) -> None:
        """Bury the supervisor after it was killed."""
        if self._process is not None:
            self._process.wait(STOP_SECONDS)

    def answers(self, *, within: float = 5.0) -> bool:
        """Whether the SMTP port greets."""
        try:
            with socket.create_connection(("127.0.0.1", self.smtp_port), timeout=within) as connection:
                connection.settimeout(within)
                return connection.recv(200).startswith(b"220")
        except OSError:
            return False

    def processes(self) -> list[Process]:
        """All that belong to it, the supervisor first. What was orphaned by a kill is found too."""
        table = _process_table()
        members = [self.supervisor] if self.supervisor else []
        database = self.postmaster() or self.database
        roots = {pid for pid in (self.supervisor, database) if pid in table}
        roots |= {pid for pid, (_, _, data) in table.items() if data == str(self.data)}
        members += [pid for pid in roots if pid not in members]
        for pid in members:  # grows while it is walked
            members += [child for child, (parent, _, _) in table.items() if parent == pid and child not in members]
        found = (self._look_at(pid, table[pid][1]) for pid in members if pid in table)
        return [process for process in found if process is not None]

    async def flush(self) -> int:
        """Make all waiting deliveries due now, and end the rests of their destinations; how many there are."""
        from mailward.kit.database.embedded import EmbeddedServer  # noqa: PLC0415 - only trials need it

        connection = await asyncpg.connect(EmbeddedServer(self.data / "postgres").url, timeout=10)
        try:
            await connection.execute("UPDATE destinations SET resting_until = now() WHERE resting_until > now()")
            await connection.execute("UPDATE deliveries SET due_at = now() WHERE due_at > now() AND lease IS NULL")
            return int(await connection.fetchval("SELECT count(*) FROM deliveries"))
        finally:
            await connection.close()

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, *self._program, *words]

    def postmaster(self) -> int:
        """The embedded database's process id, or 0."""
        with contextlib.suppress(OSError, ValueError):
            return int((self.data / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        return 0

    def _look_at(self, pid: int, name: str) -> Process | None:
        role = "supervisor" if pid == self.supervisor else name
        try:
            numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            memory = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            return None
        if numbers[0] == "Z":
            return None
        sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in memory.splitlines()[1:]}
        return Process(
            pid=pid,
            role=role,
            cpu=(int(numbers[11]) + int(numbers[12])) / TICKS,
            pss=sizes["Pss"],
            own=sizes["Private_Clean"] + sizes["Private_Dirty"],
        )


def kill(pid: int) -> bool:
    """kill -9; whether there was anything to kill."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _process_table() -> dict[int, tuple[int, str, str]]:
    """Parent, name and --data folder of every process of this machine."""
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                data = words[words.index("--data") + 1] if "--data" in words[:-1] and "mailward" in words else ""
                table[int(entry.name)] = (parent, _name(entry, words), data)
    return table


def _name(entry: Path, words: list[str]) -> str:
    """PostgreSQL writes its roles over the command line; ours give their thread a name."""
    if words[0].startswith("postgres: "):
        return "postgres " + words[0].removeprefix("postgres: ").strip().split(" ")[0]
    if words[0].endswith("/postgres"):
        return "postgres"
    name = (entry / "comm").read_text().strip()
    return "process" if name.startswith("python") else name


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), **more}
