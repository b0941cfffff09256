# SPDX-License-Identifier: Apache-2.0
"""The name server that both sides ask: unbound on a loopback port, with the sender's records and nothing else."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

START_SECONDS = 10.0
RECORDS = (
    "sender.test. 3600 IN A 127.0.0.1",
    "sender.test. 3600 IN MX 10 mail.sender.test.",
    "mail.sender.test. 3600 IN A 127.0.0.1",
    'sender.test. 3600 IN TXT "v=spf1 ip4:127.0.0.1 -all"',
    '_dmarc.sender.test. 3600 IN TXT "v=DMARC1; p=reject"',
)
_SETTINGS = """
server:
  interface: 127.0.0.1@{port}
  do-daemonize: no
  use-syslog: no
  verbosity: 0
  chroot: ""
  username: ""
  directory: "{folder}"
  pidfile: ""
  module-config: "iterator"
  local-zone: "." static
{records}
remote-control:
  control-enable: no
"""


def available() -> bool:
    """Whether unbound is here."""
    return shutil.which("unbound", path=os.environ.get("PATH", "") + ":/usr/sbin") is not None


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Its address as host:port; `folder` must not exist."""
    folder.mkdir()
    port, settings = free_port(), folder / "unbound.conf"
    records = "\n".join(f"  local-data: '{record}'" for record in RECORDS)
    settings.write_text(_SETTINGS.format(port=port, folder=folder, records=records))
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(["/usr/sbin/unbound", "-d", "-c", str(settings)], stdout=said, stderr=said)
    try:
        _wait_for(port, folder / "said")
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def _wait_for(port: int, said: Path) -> None:
    question = b"\0\1\1\0\0\1\0\0\0\0\0\0\6sender\4test\0\0\1\0\1"
    deadline = time.monotonic() + START_SECONDS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        while time.monotonic() < deadline:
            try:
                asking.sendto(question, ("127.0.0.1", port))
                if asking.recv(512):
                    return
            except OSError:
                time.sleep(0.05)
    raise RuntimeError(f"unbound did not start: {said.read_text('utf-8', 'replace')[-1000:]}")
