# SPDX-License-Identifier: Apache-2.0
"""Postfix as a peer: a private instance on a loopback port, with its own configuration and queue, that
relays to the same sink. It filters nothing; like us it says 250 once the mail is synced to disk.

Needs root, as Postfix does, and never touches the system's own instance.
"""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.product import TICKS, free_port

START_SECONDS = 20.0
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = peer.example.test
mydestination =
relay_domains = example.test
relay_recipient_maps =
relay_transport = relay:[127.0.0.1]:{sink}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtp_tls_security_level = none
"""
_SERVICES = (
    "{port} inet n - n - - smtpd",
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "flush unix n - n 1000? 0 flush",
    "proxymap unix - - n - - proxymap",
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "showq unix n - n - - showq",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
)


def available() -> bool:
    """Whether Postfix is here and we may run it."""
    return shutil.which("postfix") is not None and os.geteuid() == 0


class Postfix:
    """A running instance."""

    def __init__(self, port: int, master: int, log: Path) -> None:
        self.smtp_port = port
        self._master = master
        self._log = log

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU of all its processes, those that have ended included: they are not told apart."""
        table: dict[int, tuple[int, float]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    numbers = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                table[int(entry.name)] = (int(numbers[1]), sum(map(int, numbers[11:15])) / TICKS)
        children = [pid for pid, (parent, _) in table.items() if parent == self._master]
        return {"postfix": table[self._master][1] + sum(table[pid][1] for pid in children)}

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""


@contextmanager
def running(folder: Path, sink: int) -> Iterator[Postfix]:
    """An instance that relays to the sink's port, in `folder`, which must not exist."""
    port, settings = free_port(), folder / "etc"
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir(parents=True, mode=0o755)
    for above in (folder, *folder.parents):
        if above.owner() == "root" and above.stat().st_mode & 0o011 != 0o011:
            above.chmod(0o755)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    (settings / "main.cf").write_text(_MAIN.format(folder=folder, sink=sink))
    (settings / "master.cf").write_text("".join(f"{line.format(port=f'127.0.0.1:{port}')}\n" for line in _SERVICES))
    _postfix(settings, "start")
    try:
        yield Postfix(port, _master(folder / "queue" / "pid" / "master.pid"), folder / "log")
    finally:
        _postfix(settings, "stop")


def _master(file: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.05)
    raise RuntimeError("Postfix did not start")


def _postfix(settings: Path, word: str) -> None:
    done = subprocess.run(["postfix", "-c", str(settings), word], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"postfix {word}: {done.stderr.strip()[-1000:]}")
