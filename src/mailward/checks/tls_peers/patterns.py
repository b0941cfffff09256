# SPDX-License-Identifier: Apache-2.0
"""How peers are named. An entry and a question are brought into one form, so that asking is a few look-ups."""

import ipaddress
from collections.abc import Iterator

from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection
from mailward.checks.tls_peers.shapes import NewTlsPeer
from mailward.kit.domain_names import parents, plain_domain

EVERYBODY = "*"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_peer(new: NewTlsPeer) -> NewTlsPeer:
    """The entry in plain form. Raises ValueError with a sentence."""
    peer = _peer(new.peer.strip(), new.direction)
    domain = _own_domain(new.domain)
    if peer == EVERYBODY and not domain:
        raise ValueError("* for all domains is the Default, which stands in the settings of tls_peers")
    if new.direction is PeerDirection.INBOUND and new.level not in (Level.OPPORTUNISTIC, Level.MANDATORY):
        raise ValueError(f"{new.level} is for outbound mail: who connects to us shows no certificate to check")
    if new.level is Level.OPPORTUNISTIC and new.minimum is not Minimum.NONE:
        raise ValueError("an oldest version means nothing where clear text is good enough; choose mandatory")
    name = _certificate_name(new)
    return NewTlsPeer(
        direction=new.direction, peer=peer, domain=domain, level=new.level, minimum=new.minimum,
        certificate_name=name, note=new.note,
    )  # fmt: skip


def read_network(peer: str) -> Network | None:
    """The network that an entry names, or None if it names something else."""
    try:
        return ipaddress.ip_network(peer)
    except ValueError:
        return None


def naming(domain: str) -> Iterator[str]:
    """Every form in which an entry names this domain, the closest first, before `EVERYBODY`."""
    name = plain_domain(domain)
    if name:
        yield name
        for parent in parents(name):
            yield f"*.{parent}"


def _peer(text: str, direction: PeerDirection) -> str:
    if text == EVERYBODY:
        return text
    if direction is PeerDirection.INBOUND and (":" in text or "/" in text or text.replace(".", "").isdigit()):
        try:
            return str(ipaddress.ip_network(text))
        except ValueError as exc:
            raise ValueError(f"{text[:60]!r} is no address or network: {exc}") from exc
    wild = "*." if text.startswith("*.") else ""
    name = plain_domain(text[len(wild) :])
    if not name or name.replace(".", "").isdigit():
        kinds = (
            "a domain, *.domain or *"
            if direction is PeerDirection.OUTBOUND
            else "a domain, *.domain, an address or a network"
        )
        raise ValueError(f"{text[:60]!r} is not {kinds}")
    return wild + name


def _own_domain(text: str) -> str:
    if not text.strip():
        return ""
    name = plain_domain(text)
    if not name:
        raise ValueError(f"{text[:60]!r} is no domain; leave it empty for all of yours")
    return name


def _certificate_name(new: NewTlsPeer) -> str:
    if not new.certificate_name.strip():
        return ""
    if new.level is not Level.VERIFIED:
        raise ValueError("a certificate's name is compared at the level verified only")
    name = plain_domain(new.certificate_name)
    if not name:
        raise ValueError(f"{new.certificate_name[:60]!r} is no name that a certificate could bear")
    return name
