# SPDX-License-Identifier: Apache-2.0
"""rspamd as a peer: Debian's own rules, asked by Postfix as a milter, scanning in the process that is asked.

Local checks only, as with us by default: no Redis (so no learned statistics), no fuzzy hashes, no lists in
DNS, no maps from the web. SPF, DKIM, DMARC and ARC ask the name server that is given.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.postfix import family_cpu, family_memory

START_SECONDS = 120.0
STOP_SECONDS = 10.0
SETTLE_SECONDS = 60.0
QUIET_LOOKS = 4
_SHIPPED = Path("/etc/rspamd")
_OUTSIDE = ("rbl", "surbl", "fuzzy_check", "asn", "neural", "greylist", "ratelimit", "replies", "history_redis", "url_redirector",
            "reputation", "bayes_expiry", "clickhouse", "elastic", "external_services", "antivirus", "phishing", "dkim_signing",
            "metadata_exporter", "spamtrap", "p0f")  # fmt: skip
"""Modules that ask others, sign, or need Redis."""
_AUTHENTICATION = ("spf", "dkim", "dmarc", "arc")
"""Modules that would leave out what comes from this machine, as all of the load does."""


def available() -> bool:
    """Whether rspamd is here and we may run it under its user."""
    return shutil.which("rspamd") is not None and os.geteuid() == 0


class Rspamd:
    """A running instance. `milter` is what Postfix is told."""

    def __init__(self, master: int, address: Path, log: Path) -> None:
        self.milter = f"unix:{address}"
        self._master = master
        self._log = log

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU of all its processes."""
        return {"rspamd": family_cpu(self._master)}

    def memory(self) -> int:
        """Octets that all its processes answer for together."""
        return family_memory(self._master)

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""


def settled(rspamd: Rspamd) -> None:
    """Wait until it has compiled its patterns: until then it works with slower ones."""
    deadline = time.monotonic() + SETTLE_SECONDS
    before, quiet = -1.0, 0
    while quiet < QUIET_LOOKS and time.monotonic() < deadline:
        time.sleep(0.5)
        now = rspamd.cpu()["rspamd"]
        quiet, before = (quiet + 1 if now - before < 0.03 else 0), now


@contextmanager
def running(folder: Path, name_server: str) -> Iterator[Rspamd]:
    """An instance in `folder`, which must not exist; `name_server` is host:port."""
    settings, address, log = folder / "etc", folder / "run" / "milter", folder / "log"
    folder.mkdir(mode=0o755)
    shutil.copytree(_SHIPPED, settings)
    _configure(settings, address=address, name_server=name_server, log=log)
    for name in ("data", "run"):
        (folder / name).mkdir(mode=0o755)
    user = pwd.getpwnam("_rspamd")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    words = ["rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", str(settings / "rspamd.conf")]
    words += [f"--var={name}={value}" for name, value in _places(folder).items()]
    with log.with_name("said").open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said)
    try:
        _wait_for(process, address, folder)
        yield Rspamd(process.pid, address, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _places(folder: Path) -> dict[str, str]:
    """rspamd's own names for its folders."""
    etc = folder / "etc"
    return {"CONFDIR": str(etc), "LOCAL_CONFDIR": str(etc), "DBDIR": str(folder / "data"), "RUNDIR": str(folder / "run"),
            "LOGDIR": str(folder)}  # fmt: skip


def _configure(settings: Path, *, address: Path, name_server: str, log: Path) -> None:
    local, override = settings / "local.d", settings / "override.d"
    host, _, dns = name_server.rpartition(":")
    override.joinpath("options.inc").write_text(
        f'dns {{ nameserver = ["{host}:{dns}"]; }}\nlocal_addrs = [];\ncache_file = "{settings.parent}/data/symbols.cache";\n'
    )
    override.joinpath("logging.inc").write_text(f'type = "file";\nfilename = "{log}";\nlevel = "warning";\n')
    override.joinpath("worker-proxy.inc").write_text(
        f'bind_socket = "{address} mode=0666";\nmilter = yes;\ncount = {os.cpu_count() or 1};\n'
        'upstream "local" { default = yes; self_scan = yes; }\n'
    )
    for name in ("normal", "controller", "fuzzy"):
        override.joinpath(f"worker-{name}.inc").write_text("enabled = false;\ncount = 0;\n")
    override.joinpath("actions.conf").write_text("reject = 1000;\nadd_header = 900;\ngreylist = 800;\n")
    for name in _AUTHENTICATION:
        local.joinpath(f"{name}.conf").write_text(
            "check_local = true;\nsign_local = false;\nsign_authenticated = false;\n"
        )
    for name in _OUTSIDE:
        local.joinpath(f"{name}.conf").write_text("enabled = false;\n")


def _wait_for(process: subprocess.Popen[bytes], address: Path, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(address)) == 0:
                return
        time.sleep(0.1)
    said = "".join(
        path.read_text("utf-8", "replace")[-1500:] for path in (folder / "said", folder / "log") if path.exists()
    )
    raise RuntimeError(f"rspamd did not start: {said}")
