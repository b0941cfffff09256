# SPDX-License-Identifier: Apache-2.0
"""Postfix as a peer: a private instance on a loopback port, with its own configuration and queue, that
relays to the same sink. It filters nothing; like us it says 250 once the mail is synced to disk.

Needs root, as Postfix does, and never touches the system's own instance.
"""

import contextlib
import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port
from tests.product import TICKS

START_SECONDS = 20.0
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = peer.example.test
mydestination =
relay_domains = example.test off.test
relay_recipient_maps =
relay_transport = relay:[127.0.0.1]:{sink}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtp_tls_security_level = none
default_process_limit = 300
smtpd_client_connection_count_limit = 0
message_size_limit = 52428800
smtpd_milters = {milter}
"""
"""As Debian ships it, but for room: for 200 sessions from one address, and for mails of 5 MB and more."""
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
    "lmtp unix - - n - - lmtp",
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
        return {"postfix": family_cpu(self._master)}

    def memory(self) -> int:
        """Octets that all its processes answer for together (proportional set size)."""
        return family_memory(self._master)

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""


def family_cpu(root: int) -> float:
    """Seconds of CPU of a process and its children, those that have ended included."""
    total = 0.0
    for pid in _family(root):
        with contextlib.suppress(OSError):
            numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, numbers[11:15])) / TICKS
    return total


def family_memory(root: int) -> int:
    """Octets that a process and its children answer for together."""
    total = 0
    for pid in _family(root):
        with contextlib.suppress(OSError):
            found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
            total += int(found[1]) * 1024 if found else 0
    return total


def _family(root: int) -> list[int]:
    """A process and those that it started."""
    found = [root]
    for pid in found:  # grows while it is walked
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return found


@contextmanager
def running(folder: Path, sink: int, *, milter: str = "", more: str = "") -> Iterator[Postfix]:
    """An instance that relays to the sink's port, in `folder`, which must not exist; `milter` is asked about each
    mail, and `more` are lines that go before ours."""
    port, settings = free_port(), folder / "etc"
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir(parents=True, mode=0o755)
    for above in (folder, *folder.parents):
        if above.owner() == "root" and above.stat().st_mode & 0o011 != 0o011:
            above.chmod(0o755)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    (settings / "main.cf").write_text(_MAIN.format(folder=folder, sink=sink, milter=milter) + more)
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
