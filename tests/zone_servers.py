# SPDX-License-Identifier: Apache-2.0
"""Name servers as an operator runs them: zones in nsd, DNS lists in rbldnsd, and an unbound that asks both."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from house import until
from ports import free_port

NSD = """
server:
  ip-address: 127.0.0.1@{port}
  port: {port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: ""
  xfrdfile: "{folder}/xfrd"
  zonelistfile: "{folder}/zones"
  server-count: 1
  hide-version: yes
remote-control:
  control-enable: no
"""
UNBOUND = """
server:
  interface: 127.0.0.1@{port}
  port: {port}
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  do-ip6: no
  module-config: "iterator"
  do-not-query-localhost: no
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  infra-host-ttl: 1
  local-zone: "." static
{zones}
remote-control:
  control-enable: no
{stubs}
"""
"""Nothing but the zones that it is told of exists, and it remembers nothing."""
HEAD = "$TTL 1\n@ IN SOA ns.invalid. hostmaster.invalid. {serial} 3600 600 86400 1\n@ IN NS ns.invalid.\n"


@contextmanager
def daemon(words: list[str | Path], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A name server in the foreground, from its first answer to its end."""
    with log.open("ab") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or asked(port, "localhost"), seconds=60, what=str(words[0]))
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        process.wait(30)


def asked(port: int, name: str, kind: str = "A") -> dns.message.Message | None:
    """What the server answers within a second, if anything."""
    try:
        return dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=port, timeout=1)
    except (OSError, dns.exception.Timeout):
        return None


class Zones:
    """An nsd: zones by name, as lines of a zone file without SOA and NS."""

    def __init__(self, folder: Path, port: int, zones: Mapping[str, str]) -> None:
        self.port = port
        self.zones = dict(zones)
        self._folder = folder
        self._serials = count(1)
        self.reload: Callable[[], None] = lambda: None
        for name in zones:
            self._write(name)

    def publish(self, name: str, *lines: str) -> None:
        """Append lines to a zone, and wait until they are served."""
        self.zones[name] += "".join(f"{line}\n" for line in lines)
        serial = self._write(name)
        self.reload()
        until(lambda: (answer := asked(self.port, name, "SOA")) and f" {serial} " in str(answer.answer[0]), seconds=60)

    def _write(self, name: str) -> int:
        serial = next(self._serials)
        text = f"$ORIGIN {name}.\n{HEAD.format(serial=serial)}{self.zones[name]}"
        fresh = self._folder / f"{name}.new"
        fresh.write_text(text)
        fresh.replace(self._folder / f"{name}.zone")
        return serial


@contextmanager
def nsd(folder: Path, zones: Mapping[str, str]) -> Iterator[Zones]:
    """An authoritative server of these zones."""
    served = Zones(folder, free_port(), zones)
    files = "".join(f'zone:\n  name: "{name}"\n  zonefile: "{name}.zone"\n' for name in zones)
    configuration = folder / "nsd.conf"
    configuration.write_text(NSD.format(port=served.port, folder=folder) + files)
    with daemon(["/usr/sbin/nsd", "-d", "-c", configuration], served.port, folder / "nsd.log") as process:
        served.reload = lambda: os.kill(process.pid, signal.SIGHUP)
        yield served


@contextmanager
def rbldnsd(folder: Path, zones: Mapping[str, tuple[str, str]]) -> Iterator[int]:
    """DNS lists, by zone: the lines of an ip4trie and of an ip6trie data set. Its port. `folder` must be open to all."""
    port, words = free_port(), []
    for name, lines in zones.items():
        for kind, text in zip(("ip4trie", "ip6trie"), lines, strict=True):
            (folder / f"{name}.{kind}").write_text(text)
            words.append(f"{name}:{kind}:{name}.{kind}")
    options = ["-n", "-u", "nobody", "-b", f"127.0.0.1/{port}", "-t", "1:1:1", "-w", folder]
    with daemon(["/usr/sbin/rbldnsd", *options, *words], port, folder / "rbldnsd.log"):
        yield port


@contextmanager
def unbound(folder: Path, stubs: Mapping[str, int], *more: str) -> Iterator[int]:
    """A resolver that knows, for each zone, the port of the server to ask; `more` are lines of its server clause.
    Its port."""
    port = free_port()
    zones = [f'  local-zone: "{name}" transparent' for name in stubs] + [f"  {line}" for line in more]
    ways = [f'stub-zone:\n  name: "{name}"\n  stub-addr: 127.0.0.1@{at}' for name, at in stubs.items()]
    configuration = folder / "unbound.conf"
    configuration.write_text(UNBOUND.format(port=port, folder=folder, zones="\n".join(zones), stubs="\n".join(ways)))
    with daemon(["/usr/sbin/unbound", "-d", "-c", configuration], port, folder / "unbound.log"):
        yield port
