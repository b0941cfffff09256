# SPDX-License-Identifier: Apache-2.0
"""Addresses and networks as data: which of a million networks holds an address, in a few look-ups."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable

from mailward.kit.addresses import Address, read_address

__all__ = ["Address", "Network", "NetworkSet", "is_behind_us", "plain", "read_address", "read_network", "site"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_V6_SITE = 64
_BEHIND_US = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip


class NetworkSet:
    """Immutable. One set of shifted numbers per prefix length, so that asking costs one look-up for each
    length that occurs (at most 33 and 129), however many networks there are."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        found: dict[tuple[int, int], set[int]] = defaultdict(set)
        for network in networks:
            shift = network.max_prefixlen - network.prefixlen
            found[network.version, shift].add(int(network.network_address) >> shift)
        self._by_version = {
            version: tuple((shift, frozenset(members)) for (of, shift), members in found.items() if of == version)
            for version in (4, 6)
        }

    def __contains__(self, address: Address) -> bool:
        number = int(address)
        return any(number >> shift in members for shift, members in self._by_version[address.version])

    def __len__(self) -> int:
        return sum(len(members) for lengths in self._by_version.values() for _, members in lengths)


def read_network(text: str) -> Network:
    """A single address or a network in CIDR form. Raises ValueError with a sentence."""
    text = text.strip()
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        wider = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text[:60]!r} is neither an address nor a network such as 192.0.2.0/24") from None
    raise ValueError(f"{text[:60]!r} has bits behind the prefix; the network is {wider}")


def plain(network: Network) -> str:
    """In CIDR form; a single address without its prefix."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def is_behind_us(address: Address) -> bool:
    """This machine, a private network or a link: its reputation is our own, and no list knows it."""
    return any(address.version == network.version and address in network for network in _BEHIND_US)


def site(address: Address) -> str:
    """Whose experience it is: an IPv4 address, or an IPv6 network of 64 bits."""
    if address.version == 4:  # noqa: PLR2004 - the version's name
        return str(address)
    return str(ipaddress.ip_network((int(address), _V6_SITE), strict=False))
