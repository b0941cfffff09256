# SPDX-License-Identifier: Apache-2.0
"""What all sessions of one server share: its settings, its journey, its memory, and who is connected."""

import asyncio
import ipaddress
import ssl
from collections import Counter
from typing import Protocol

from mailward.contract.reply import Reply
from mailward.edge import replies
from mailward.edge.content import Memory
from mailward.edge.journey import Journey
from mailward.edge.limits import Listening
from mailward.kit.clock import Clock

READ_BUFFER = 256 * 1024
_V6_SITE = 64


class Guest(Protocol):
    """A connection, as the server sees it. `deadline` moves as the peer goes on, `until` does not."""

    deadline: float
    until: float

    def overdue(self, now: float) -> None:
        """One of the two has passed."""

    def drain(self) -> None:
        """Finish what is under way, take nothing new."""

    def abort(self) -> None:
        """End now."""


class Shared:
    """One per server. `room` is False while the disk is too full for mail. `buffer` is what every
    connection reads into: each takes its bytes out before the next one reads."""

    def __init__(self, settings: Listening, journey: Journey, clock: Clock, tls: ssl.SSLContext | None) -> None:
        self.settings = settings
        self.limits = settings.limits
        self.journey = journey
        self.clock = clock
        self.tls = tls
        self.memory = Memory(settings.limits.memory)
        self.buffer = memoryview(bytearray(READ_BUFFER))
        self.guests: set[Guest] = set()
        self._empty: asyncio.Future[None] | None = None
        self.connections = settings.limits.connections
        self.draining = False
        self.room = True
        self._per_site: Counter[str] = Counter()
        self._proxies = [ipaddress.ip_network(network, strict=False) for network in settings.proxies]

    def is_proxy(self, address: str) -> bool:
        """Whether this peer speaks for others (PROXY protocol)."""
        if not self._proxies:
            return False
        ip = ipaddress.ip_address(address)
        return any(ip in network for network in self._proxies)

    def admit(self, address: str) -> Reply | None:
        """Count one more connection from `address`; a reply if it is one too many."""
        if self.draining:
            return replies.SHUTTING_DOWN
        if len(self.guests) > self.connections:
            return replies.OVERLOADED
        site = _site(address)
        if self._per_site[site] >= self.limits.connections_per_address:
            return replies.TOO_MANY_FROM_YOU
        self._per_site[site] += 1
        return None

    def forget(self, guest: Guest) -> None:
        """It has left, and nothing of it is under way."""
        self.guests.discard(guest)
        if self._empty is not None and not self.guests and not self._empty.done():
            self._empty.set_result(None)

    async def empty(self) -> None:
        """Wait until nobody is left."""
        if self.guests:
            self._empty = asyncio.get_running_loop().create_future()
            await self._empty

    def dismiss(self, address: str) -> None:
        """One that was admitted has left."""
        site = _site(address)
        self._per_site[site] -= 1
        if not self._per_site[site]:
            del self._per_site[site]


def plain_address(address: str) -> str:
    """The address without zone, and an IPv4 address that came in IPv6 clothes as IPv4."""
    address = address.partition("%")[0]
    return address[7:] if address.startswith("::ffff:") and "." in address else address


def _site(address: str) -> str:
    """Whom a limit per address counts: an IPv4 address, or an IPv6 network of 64 bits."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network((address, _V6_SITE), strict=False))
