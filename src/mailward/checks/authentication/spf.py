# SPDX-License-Identifier: Apache-2.0
"""Whether a domain lets this address send in its name (RFC 7208), within the look-ups that the RFC allows."""

import ipaddress
import re
from typing import TypeVar
from urllib.parse import quote

import msgspec

from mailward.checks.authentication.names import MAX_NAME, domain_name, domain_of, is_below
from mailward.checks.authentication.spf_record import (
    BadRecord,
    Macro,
    Record,
    Term,
    Text,
    is_spf,
    read_macros,
    read_record,
)
from mailward.contract.authentication import SpfResult
from mailward.contract.dns import DnsTrouble, Resolver

MAX_LOOKUPS = 10
MAX_VOID = 2
MAX_EXCHANGES = 10
MAX_NAMES_OF_ADDRESS = 10
MAX_EXPLANATION = 300
MAX_LOCAL_PART = 1000

_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
T = TypeVar("T")
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Stop(Exception):  # noqa: N818 - the field's word
    """The evaluation ends here: `result` is temperror or permerror."""

    def __init__(self, result: str, why: str) -> None:
        super().__init__(why)
        self.result = result
        self.why = why


class Judgement(msgspec.Struct, frozen=True):
    """What one record says. `record` and `domain` are those that decided."""

    result: str
    why: str = ""
    record: Record | None = None
    domain: str = ""


async def verify(
    resolver: Resolver, *, peer_ip: str, helo: str, sender: str, now: float = 0.0, receiver: str = "unknown"
) -> SpfResult:
    """Evaluate MAIL FROM, or HELO where the sender is null (2.4). `receiver` fills %{r} only."""
    scope, domain = identity(helo=helo, sender=sender)
    try:
        address = ipaddress.ip_address(peer_ip)
    except ValueError:
        return SpfResult(scope=scope, domain=domain, why="the peer has no IP address")
    if "." not in domain:
        return SpfResult(scope=scope, domain=domain, why="no domain to ask")
    local = sender.rpartition("@")[0][:MAX_LOCAL_PART] or "postmaster"
    check = _Check(resolver, address=address, helo=helo, local=local, domain=domain, now=now, receiver=receiver)
    try:
        said = await check.judge(domain)
        explanation = await check.explain(said) if said.result == "fail" else ""
    except Stop as stop:
        return SpfResult(result=stop.result, domain=domain, scope=scope, why=stop.why)
    why = f'{said.why}; {said.domain} explains: "{explanation}"' if explanation else said.why
    return SpfResult(result=said.result, domain=domain, scope=scope, why=why)


def identity(*, helo: str, sender: str) -> tuple[str, str]:
    """Which identity is evaluated, "mfrom" or "helo", and its domain."""
    return ("mfrom", domain_of(sender)) if sender else ("helo", domain_name(helo))


class _Check:
    """One evaluation, with its counters."""

    def __init__(
        self,
        resolver: Resolver,
        *,
        address: IPAddress,
        helo: str,
        local: str,
        domain: str,
        now: float,
        receiver: str,
    ) -> None:
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        self.resolver = resolver
        self.address = address
        self.helo = helo
        self.local = local
        self.origin = domain
        self.now = now
        self.receiver = receiver
        self.lookups = 0
        self.voids = 0
        self.confirmed: dict[str, str] = {}

    async def judge(self, domain: str) -> Judgement:
        """check_host() (4): what the record of `domain` says. Raises `Stop`."""
        record = await self._record(domain)
        if record is None:
            return Judgement("none", f"{domain} has no SPF record")
        for term in record.terms:
            if await self._matches(term, domain):
                return Judgement(_RESULTS[term.qualifier], f"{domain} says {term.text}", record, domain)
        if record.redirect is None:
            return Judgement("neutral", f"nothing in the record of {domain} matches", record, domain)
        self._count()
        target = await self._expand_domain(record.redirect, domain)
        said = await self.judge(target)
        if said.result == "none":
            raise Stop("permerror", f"redirect= leads to {target}, which has no SPF record")
        return said

    async def explain(self, said: Judgement) -> str:
        """The domain's own words for a failure (6.2), as plain ASCII, or "" whatever goes wrong."""
        if said.record is None or said.record.explanation is None:
            return ""
        try:
            records = await self.resolver.txt(await self._expand_domain(said.record.explanation, said.domain))
            if len(records) != 1:
                return ""
            pieces = read_macros(records[0].decode("ascii"), "exp", explaining=True)
            text = await self._expand(pieces, said.domain)
        except (DnsTrouble, Stop, BadRecord, UnicodeDecodeError):
            return ""
        return "".join(letter for letter in text if " " <= letter <= "~")[:MAX_EXPLANATION]

    async def _record(self, domain: str) -> Record | None:
        try:
            records = [record for record in await self.resolver.txt(domain) if is_spf(record)]
        except DnsTrouble as trouble:
            raise Stop("temperror", f"no answer about {domain}") from trouble
        if not records:
            return None
        if len(records) > 1:
            raise Stop("permerror", f"{domain} has more than one SPF record")
        try:
            return read_record(records[0])
        except BadRecord as error:
            raise Stop("permerror", f"the record of {domain}: {error}") from error

    async def _matches(self, term: Term, domain: str) -> bool:
        if term.network is not None:
            return self.address in term.network
        return term.name == "all" or await self._asks(term, domain)

    async def _asks(self, term: Term, domain: str) -> bool:
        """The mechanisms that cost a look-up (5.2 to 5.7)."""
        self._count()
        target = await self._expand_domain(term.target, domain) if term.target else domain
        if term.name == "include":
            return await self._included(target)
        if not domain_name_for_lookup(target):
            return False
        if term.name == "ptr":
            return any(is_below(name, target) for name in await self._confirmed_names())
        try:
            if term.name == "exists":
                return bool(self._seen(await self.resolver.a(target)))
            hosts = [target] if term.name == "a" else await self._exchanges(target)
            return await self._has_address(hosts, term, void_counts=term.name == "a")
        except DnsTrouble as trouble:
            raise Stop("temperror", f"no answer about {target}") from trouble

    async def _included(self, target: str) -> bool:
        said = await self.judge(target)
        if said.result == "none":
            raise Stop("permerror", f"include:{target} has no SPF record")
        return said.result == "pass"

    async def _exchanges(self, target: str) -> list[str]:
        exchanges = self._seen(await self.resolver.mx(target))
        if len(exchanges) > MAX_EXCHANGES:
            raise Stop("permerror", f"{target} has more than {MAX_EXCHANGES} mail exchanges")
        return [exchange.host for exchange in exchanges if exchange.host]

    async def _has_address(self, hosts: list[str], term: Term, *, void_counts: bool) -> bool:
        for host in hosts:
            addresses = await self._addresses(host)
            if void_counts:
                self._seen(addresses)
            if self._is_among(addresses, term):
                return True
        return False

    def _is_among(self, addresses: tuple[str, ...], term: Term) -> bool:
        prefix = term.lengths[0 if self.address.version == 4 else 1]  # noqa: PLR2004
        if prefix == self.address.max_prefixlen:
            return str(self.address) in addresses
        network = ipaddress.ip_network((self.address, prefix), strict=False)
        return any(ipaddress.ip_address(address) in network for address in addresses)

    async def _addresses(self, host: str) -> tuple[str, ...]:
        return await (self.resolver.a(host) if self.address.version == 4 else self.resolver.aaaa(host))  # noqa: PLR2004

    async def _confirmed_names(self) -> list[str]:
        """Names of the peer's address that lead back to it (5.5). Trouble only makes them fewer."""
        try:
            claimed = self._seen(await self.resolver.ptr(str(self.address)))
        except DnsTrouble:
            return []
        return [name for name in claimed[:MAX_NAMES_OF_ADDRESS] if await self._confirms(name)]

    async def _confirms(self, name: str) -> bool:
        try:
            return str(self.address) in await self._addresses(name)
        except DnsTrouble:
            return False

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MAX_LOOKUPS:
            raise Stop("permerror", f"more than {MAX_LOOKUPS} look-ups")

    def _seen(self, answer: tuple[T, ...]) -> tuple[T, ...]:
        if not answer:
            self.voids += 1
            if self.voids > MAX_VOID:
                raise Stop("permerror", f"more than {MAX_VOID} look-ups found nothing")
        return answer

    async def _expand_domain(self, text: Text, domain: str) -> str:
        """A domain-spec as a name; too long a name loses labels on the left (7.3)."""
        name = (await self._expand(text, domain)).lower().removesuffix(".")
        while len(name) > MAX_NAME and "." in name:
            name = name.partition(".")[2]
        return name

    async def _expand(self, text: Text, domain: str) -> str:
        pieces = [piece if isinstance(piece, str) else await self._value(piece, domain) for piece in text]
        return "".join(pieces)

    async def _value(self, macro: Macro, domain: str) -> str:
        """One macro (7.2, 7.3)."""
        value = await self._name(domain) if macro.letter == "p" else self._plain_value(macro.letter, domain)
        if macro.keep or macro.turned or macro.delimiters != ".":
            parts = re.split(f"[{re.escape(macro.delimiters)}]", value)
            if macro.turned:
                parts.reverse()
            value = ".".join(parts[-macro.keep :] if macro.keep else parts)
        return quote(value, safe="-._~") if macro.escaped else value

    def _plain_value(self, letter: str, domain: str) -> str:
        values = {
            "s": f"{self.local}@{self.origin}",
            "l": self.local,
            "o": self.origin,
            "d": domain,
            "h": self.helo,
            "c": str(self.address),
            "r": self.receiver,
            "t": str(int(self.now)),
            "v": "in-addr" if self.address.version == 4 else "ip6",  # noqa: PLR2004
        }
        if letter != "i":
            return values[letter]
        if self.address.version == 4:  # noqa: PLR2004
            return str(self.address)
        return ".".join(self.address.exploded.replace(":", "").upper())

    async def _name(self, domain: str) -> str:
        """%{p}: a confirmed name of the peer, best below the domain itself; "unknown" if there is none."""
        if domain not in self.confirmed:
            try:
                names = await self._confirmed_names()
            except Stop:
                names = []
            best = [name for name in names if name == domain] or [name for name in names if is_below(name, domain)]
            self.confirmed[domain] = (best or names or ["unknown"])[0]
        return self.confirmed[domain]


def domain_name_for_lookup(name: str) -> bool:
    """Whether a name can be asked for at all; one that cannot never matches (4.8)."""
    return name.isascii() and len(name) <= MAX_NAME and all(0 < len(label) <= 63 for label in name.split("."))  # noqa: PLR2004
