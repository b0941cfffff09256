# SPDX-License-Identifier: Apache-2.0
"""A zone that is really signed, behind a real unbound that validates it."""

from contextlib import contextmanager
from pathlib import Path

import dns.dnssec
import dns.zone
from cryptography.hazmat.primitives.asymmetric import ec

from ports import free_port
from zone_servers import daemon

CONFIGURATION = """
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
  module-config: "validator iterator"
  trust-anchor: "{anchor}"
  local-zone: "test." nodefault
remote-control:
  control-enable: no
auth-zone:
  name: "{name}"
  zonefile: "{folder}/signed.zone"
  for-upstream: yes
  for-downstream: no
  fallback-enabled: no
auth-zone:
  name: "unsigned.test"
  zonefile: "{folder}/unsigned.zone"
  for-upstream: yes
  for-downstream: no
  fallback-enabled: no
"""


@contextmanager
def unbound(folder: Path, name: str, text: str, unsigned: str, spoil=lambda signed: signed):
    """A validating unbound that serves the zone `name` signed, and `unsigned.test` unsigned: its port. `spoil`
    may change the text of the signed zone."""
    zone = dns.zone.from_text(text, origin=name)
    key = ec.generate_private_key(ec.SECP256R1())
    dnskey = dns.dnssec.make_dnskey(key.public_key(), dns.dnssec.Algorithm.ECDSAP256SHA256, flags=257)
    dns.dnssec.sign_zone(zone, keys=[(key, dnskey)], lifetime=86400, add_dnskey=True, dnskey_ttl=60)
    (folder / "signed.zone").write_text(spoil(zone.to_text(relativize=False)))
    (folder / "unsigned.zone").write_text(
        dns.zone.from_text(unsigned, origin="unsigned.test").to_text(relativize=False)
    )
    port = free_port()
    configuration = folder / "unbound.conf"
    anchor = f"{name}. IN DNSKEY {dnskey.to_text()}"
    configuration.write_text(CONFIGURATION.format(port=port, folder=folder, anchor=anchor, name=name))
    with daemon(["/usr/sbin/unbound", "-d", "-c", configuration], port, folder / "unbound.log"):
        yield port
