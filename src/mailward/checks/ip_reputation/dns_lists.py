# SPDX-License-Identifier: Apache-2.0
"""DNS lists of addresses: an address is turned round, and a sound list names 127.0.0.2 and never 127.0.0.1."""

import ipaddress
from collections.abc import Iterable

from mailward.checks.ip_reputation.settings import DnsList
from mailward.contract.dns import Resolver
from mailward.egress.dns.lists import MAX_SILENCES, DnsLists, Health, Probe, Wanted
from mailward.egress.dns.lists import Listing as ListingBy
from mailward.kit.networks import Address

__all__ = ["MAX_SILENCES", "BlockLists", "Health", "Listing", "question"]

Listing = ListingBy[DnsList]
_PROBE = Probe("2.0.0.127", "127.0.0.2", "1.0.0.127", "127.0.0.1")


class BlockLists(DnsLists[DnsList]):
    """The lists of all organizations of this process."""

    def __init__(self, resolver: Resolver, wanted: Wanted[DnsList]) -> None:
        super().__init__(resolver, wanted, lambda _: _PROBE)

    async def listing(self, address: Address, lists: Iterable[DnsList]) -> Listing | None:
        """The first of `lists`, in their order, that lists the address. Asked side by side."""
        return await self.first(_turned(address), lists)


def question(zone: str, address: Address) -> str:
    """The name to ask for: the address turned round, by bytes (IPv4) or half bytes (IPv6), and the zone.

    >>> question("list.test", ipaddress.ip_address("192.0.2.1"))
    '1.2.0.192.list.test'
    """
    return f"{_turned(address)}.{zone}"


def _turned(address: Address) -> str:
    return ipaddress.ip_address(address).reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
