# SPDX-License-Identifier: Apache-2.0
"""The peers of an organization as the data plane asks them: closest peer first, then the domain's own entry."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from mailward.checks.tls_peers.patterns import EVERYBODY, naming, read_network
from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection, TlsPeersSettings
from mailward.checks.tls_peers.shapes import NewTlsPeer


class Demand(msgspec.Struct, frozen=True):
    """What is asked of a peer. `named` if an entry speaks of it, and not of everybody."""

    level: Level = Level.OPPORTUNISTIC
    minimum: Minimum = Minimum.NONE
    certificate_name: str = ""
    named: bool = False


class Peers:
    """Immutable once made. `simple` if nothing is asked of anybody inbound: then no look-up is made.
    `asks_dane` if anything depends on DNSSEC."""

    def __init__(self, entries: Iterable[NewTlsPeer], settings: TlsPeersSettings) -> None:
        self._names: dict[tuple[PeerDirection, str, str], Demand] = {}
        self._networks: dict[tuple[int, int], set[int]] = defaultdict(set)
        for entry in entries:
            demand = Demand(entry.level, entry.minimum, entry.certificate_name, named=entry.peer != EVERYBODY)
            self._names[entry.direction, entry.peer, entry.domain] = demand
            if entry.direction is PeerDirection.INBOUND and (network := read_network(entry.peer)):
                self._networks[network.version, network.prefixlen].add(int(network.network_address))
        self._lengths = sorted(self._networks, key=lambda key: -key[1])
        self._default = {
            PeerDirection.INBOUND: Demand(Level(settings.inbound_level), settings.inbound_minimum),
            PeerDirection.OUTBOUND: Demand(settings.outbound_level, settings.outbound_minimum),
        }
        inbound = [demand for (direction, *_), demand in self._names.items() if direction is PeerDirection.INBOUND]
        outbound = [demand for (direction, *_), demand in self._names.items() if direction is PeerDirection.OUTBOUND]
        self.asks_dane = any("dane" in d.level for d in (*outbound, self._default[PeerDirection.OUTBOUND]))
        self.simple = all(
            demand.level is Level.OPPORTUNISTIC for demand in (*inbound, self._default[PeerDirection.INBOUND])
        )

    def inbound(self, address: str, sender_domain: str, own_domain: str) -> Demand:
        """For a peer at `address` that brings mail of `sender_domain` for a domain of ours. An address goes
        before a domain: it cannot be forged."""
        return self._find(PeerDirection.INBOUND, (*self._naming_address(address), *naming(sender_domain)), own_domain)

    def outbound(self, recipient_domain: str, own_domain: str) -> Demand:
        """For the servers of `recipient_domain`, with mail of a domain of ours."""
        return self._find(PeerDirection.OUTBOUND, naming(recipient_domain), own_domain)

    def _find(self, direction: PeerDirection, peers: Iterable[str], own_domain: str) -> Demand:
        for peer in (*peers, EVERYBODY):
            for domain in (own_domain, ""):
                if (found := self._names.get((direction, peer, domain))) is not None:
                    return found
        return self._default[direction]

    def _naming_address(self, address: str) -> Iterator[str]:
        if not self._lengths:
            return
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return
        for version, length in self._lengths:
            if version == ip.version:
                network = ipaddress.ip_network((str(ip), length), strict=False)
                if int(network.network_address) in self._networks[version, length]:
                    yield str(network)
