# SPDX-License-Identifier: Apache-2.0
"""Where mail for a domain that nobody here protects is brought to: its mail exchangers (RFC 5321, 5.1).

What DNS says is a stranger's word. It names a few hosts and addresses at most, never ourselves, and no
address inside our own network, so that nobody can make us talk to the neighbours (unless the operator says
that mail servers live there).
"""

import ipaddress
import random
from collections.abc import Sequence
from typing import NamedTuple

import idna

from mailward.contract.dns import DnsTrouble, MailExchange, Resolver
from mailward.contract.reply import Reply

MOST_HOSTS = 10
"""Mail exchangers of a domain that are looked at, best first."""
MOST_ADDRESSES = 4
"""Addresses of one host that are looked at."""
SMTP_PORT = 25

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Target(NamedTuple):
    """A server to try: its name, and the address that it is reached at."""

    host: str
    address: str


class Unroutable(Exception):  # noqa: N818 - reads better where it is caught
    """There is no server to go to; `reply` says why, and whether that may change."""

    def __init__(self, code: int, status: str, text: str) -> None:
        super().__init__(text)
        self.reply = Reply(code, status, text)


class MailExchangers:
    """Finds servers for domains. `inside` are networks of ours that hold mail servers all the same."""

    def __init__(
        self, resolver: Resolver, *, own_names: Sequence[str], chance: random.Random, inside: Sequence[Network] = ()
    ) -> None:
        self._resolver = resolver
        self._own_names = frozenset(name.lower().rstrip(".") for name in own_names)
        self._chance = chance
        self._inside = tuple(inside)

    async def targets(self, domain: str, *, ours: bool = False) -> list[Target]:
        """Servers in the order to try them: by preference, equal ones in any order. `ours` says that a mail for
        this domain may come back to us, since another organization here protects it.

        Raises:
            Unroutable
        """
        name = _ascii(domain)
        try:
            hosts = await self._hosts(name, ours=ours)
            found: list[Target] = []
            for host in hosts:
                found += await self._addresses(host)
            if found:
                return self._outside(name, found)
            if hosts == [name] and not await self._resolver.exists(name):
                raise Unroutable(550, "5.1.2", f"the domain {name} does not exist")
        except DnsTrouble as exc:
            raise Unroutable(451, "4.4.3", f"no answer from the DNS about the mail servers of {name}") from exc
        if hosts == [name]:
            raise Unroutable(550, "5.1.2", f"the domain {name} has no mail server")
        raise Unroutable(550, "5.4.4", f"the mail servers of {name} have no addresses")

    async def _hosts(self, name: str, *, ours: bool) -> list[str]:
        """The names of the mail exchangers, or the domain itself where there are none."""
        records = await self._resolver.mx(name)
        if not records:
            return [name]
        if len(records) == 1 and not records[0].host:
            raise Unroutable(556, "5.1.10", f"the domain {name} takes no mail (RFC 7505)")
        named = [record for record in records if record.host]
        usable = named if ours else self._better_than_us(name, named)
        mixed = sorted(usable, key=lambda record: (record.preference, self._chance.random()))
        return list(dict.fromkeys(record.host for record in mixed))[:MOST_HOSTS]

    def _better_than_us(self, name: str, records: Sequence[MailExchange]) -> list[MailExchange]:
        """Those that are preferred to us, where we are one of them: the others would bring it back to us."""
        own = [record.preference for record in records if record.host in self._own_names]
        if not own:
            return list(records)
        better = [record for record in records if record.preference < min(own)]
        if not better:
            raise Unroutable(
                554, "5.4.6", f"the best mail server of {name} is this gateway, which does not protect that domain"
            )
        return better

    async def _addresses(self, host: str) -> list[Target]:
        """IPv6 and IPv4 in turns, so that a network without one of them costs one try and not four."""
        six, four = list(await self._resolver.aaaa(host)), list(await self._resolver.a(host))
        self._chance.shuffle(six)
        self._chance.shuffle(four)
        turns = [address for pair in zip(four, six, strict=False) for address in pair]
        turns += four[len(six) :] + six[len(four) :]
        return [Target(host, address) for address in turns[:MOST_ADDRESSES]]

    def _outside(self, name: str, found: list[Target]) -> list[Target]:
        reachable = [target for target in found if self._may_reach(target.address)]
        if not reachable:
            raise Unroutable(550, "5.4.4", f"the mail servers of {name} have addresses that no mail can be sent to")
        return reachable

    def _may_reach(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        if any(parsed in network for network in self._inside if network.version == parsed.version):
            return True
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        return (mapped or parsed).is_global and not parsed.is_multicast


def _ascii(domain: str) -> str:
    if domain.startswith("["):
        raise Unroutable(550, "5.1.3", "mail is brought to domains, not to addresses in brackets")
    name = domain.lower().rstrip(".")
    if name.isascii():
        return name
    try:
        return idna.encode(name, uts46=True).decode()
    except idna.IDNAError as exc:
        raise Unroutable(550, "5.1.2", f"{domain!r} is not a domain name") from exc
