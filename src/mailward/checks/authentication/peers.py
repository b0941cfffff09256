# SPDX-License-Identifier: Apache-2.0
"""Lists of peers, compiled: whether a connection or a domain is on one costs a few look-ups, however long it is."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from mailward.checks.authentication.names import domain_name

ADDRESSES_REMEMBERED = 4000


class Networks:
    """IPv4 and IPv6 networks, by the length of their prefix."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._starts: dict[tuple[int, int], set[int]] = {}
        for text in networks:
            network = ipaddress.ip_network(text)
            shift = network.max_prefixlen - network.prefixlen
            self._starts.setdefault((network.version, shift), set()).add(int(network.network_address) >> shift)

    def holds(self, address: str) -> bool:
        """Whether the address lies in one of them; what is no address does not."""
        if not self._starts:
            return False
        version, value = _number(address)
        return any(version == wanted and value >> shift in starts for (wanted, shift), starts in self._starts.items())


class Domains:
    """Domains, and with *. all domains below one."""

    def __init__(self, patterns: Iterable[str]) -> None:
        plain = {(pattern.startswith("*."), domain_name(pattern.removeprefix("*."))) for pattern in patterns}
        self._exact = frozenset(name for below, name in plain if not below)
        self._above = frozenset(name for below, name in plain if below)

    def holds(self, domain: str) -> bool:
        """Whether the domain (A-labels, lower case) is listed or lies below one listed with *."""
        if domain in self._exact:
            return True
        if not self._above:
            return False
        labels = domain.split(".")
        return any(".".join(labels[start:]) in self._above for start in range(1, len(labels)))


class Peers:
    """One list of a rule."""

    def __init__(self, entries: Iterable[str]) -> None:
        listed = list(entries)
        addresses = [entry for entry in listed if is_network(entry)]
        self._networks = Networks(addresses)
        self._domains = Domains(entry for entry in listed if not is_network(entry))
        self.empty = not listed

    def holds(self, address: str, *domains: str) -> bool:
        """Whether the connecting address or any of the domains is on the list."""
        if self.empty:
            return False
        return self._networks.holds(address) or any(self._domains.holds(domain) for domain in domains if domain)


def is_network(entry: str) -> bool:
    """Whether an entry is an address or network; else it is a domain."""
    try:
        ipaddress.ip_network(entry)
    except ValueError:
        return False
    return True


def check_peers(peers: tuple[str, ...]) -> None:
    """Raises ValueError with a sentence."""
    for peer in peers:
        if "/" in peer or ":" in peer or peer.replace(".", "").isdigit():
            check_network(peer)
        else:
            check_domain(peer)


def check_domain(text: str) -> None:
    """Raises ValueError with a sentence."""
    if not domain_name(text.removeprefix("*.")):
        raise ValueError(f"{text[:60]!r} is neither a domain (example.com, *.example.com) nor an address")


def check_network(text: str) -> None:
    """Raises ValueError with a sentence."""
    try:
        ipaddress.ip_network(text)
    except ValueError as exc:
        raise ValueError(f"{text[:60]!r} is no address or network: {exc}") from exc


@lru_cache(maxsize=ADDRESSES_REMEMBERED)
def _number(address: str) -> tuple[int, int]:
    """IP version and value; an IPv4 address that is mapped into IPv6 counts as what it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return 0, 0
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    found = mapped or found
    return found.version, int(found)
