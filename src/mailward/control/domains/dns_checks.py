# SPDX-License-Identifier: Apache-2.0
"""The records that bring a domain's mail here: its MX, and the addresses and reverse names of our own host names."""

import asyncio
from collections.abc import Sequence

from mailward.contract.dns import DnsTrouble, MailExchange, Resolver
from mailward.contract.dns_check import DnsCheck, DnsState, DnsSurvey, checked, unanswered
from mailward.contract.wording import NOTHING, Sentence, Wording

MOST_HOSTS = 5
"""Of our own names, and addresses of one name, that are looked at."""
MOST_SHOWN = 20
PREFERENCE = 10
_HOST_WHY = Sentence(
    "dns.why.host", "Senders look up this name to find us. Without an address they cannot bring any mail."
)
_REVERSE_WHY = Sentence(
    "dns.why.ptr", "Many servers refuse mail from an address whose reverse name does not lead back to it."
)
_TLSA_WHY = Sentence("dns.why.tlsa", "Lets senders that know DANE verify our certificate. Not needed, but good.")
_MX_WHY = Sentence("dns.why.mx", "Says where the world brings mail for this domain.")
_MX_MISSING = Sentence(
    "dns.mx.missing", "Publish an MX record with each of the expected values; nothing comes here without."
)
_MX_PAST = Sentence(
    "dns.mx.past", "Mail goes to {names}, past this gateway. Replace these records by the expected ones."
)
_MX_BESIDE = Sentence(
    "dns.mx.beside", "{names} comes before this gateway or beside it. Remove it, so that all mail comes here."
)
_MX_BEHIND = Sentence(
    "dns.mx.behind",
    "{names} is still listed. Spammers prefer such leftovers, since mail that goes there is not examined: remove it"
    " when you are sure, and let that server take mail from this gateway only.",
)
_HOST_SHORT = Sentence("dns.host.short", "Set MAILWARD_HOSTNAME to the full name that the world knows this gateway by.")
_HOST_MISSING = Sentence(
    "dns.host.missing", "Publish an A record (and AAAA, if you have IPv6) with the public address of this gateway."
)
_TLSA_UNSIGNED = Sentence("dns.tlsa.unsigned", "Nobody uses these records, since the zone is not signed with DNSSEC.")
_PTR_MISSING = Sentence("dns.ptr.missing", "Ask whoever gave you this address (your provider) to set its reverse name.")
_PTR_ASTRAY = Sentence(
    "dns.ptr.astray", "None of these names has the address {address}. Ask your provider to correct it."
)
_PTR_OTHER = Sentence("dns.ptr.other", "The names lead back, but the gateway calls itself {host}. Best they agree.")


async def dns_checks(survey: DnsSurvey) -> Sequence[DnsCheck]:
    """MX of the domain; A, AAAA and PTR of our names. Each check says by itself when nobody answered."""
    hosts = survey.gateway.mail_exchanges[:MOST_HOSTS]
    found = await asyncio.gather(_mx(survey), *(_host(host, survey.resolver) for host in hosts))
    return [found[0][0], *(check for checks in found[1:] for check in checks)]


async def _mx(survey: DnsSurvey) -> list[DnsCheck]:
    ours = survey.gateway.mail_exchanges
    expected = tuple(f"{PREFERENCE} {host}." for host in ours)
    try:
        exchanges = await survey.resolver.mx(survey.domain)
    except DnsTrouble as exc:
        return [
            checked("mx", survey.domain, "MX", DnsState.UNKNOWN, why=_MX_WHY, expected=expected, advice=unanswered(exc))
        ]
    state, advice = _judge_mx(exchanges, ours)
    found = tuple(f"{exchange.preference} {exchange.host}." for exchange in exchanges[:MOST_SHOWN])
    return [
        checked("mx", survey.domain, "MX", state, why=_MX_WHY, expected=expected, found=found, advice=advice)
    ]  # fmt: skip


def _judge_mx(exchanges: Sequence[MailExchange], ours: tuple[str, ...]) -> tuple[DnsState, Wording]:
    """Ours must be there and the best; whatever else stands there is a way around the gateway."""
    if not exchanges:
        return DnsState.MISSING, _MX_MISSING()
    mine = [exchange for exchange in exchanges if _is_ours(exchange.host, ours)]
    others = [exchange for exchange in exchanges if not _is_ours(exchange.host, ours)]
    names = ", ".join(exchange.host or "." for exchange in others[:MOST_HOSTS])
    if not mine:
        return DnsState.WRONG, _MX_PAST(names=names)
    if others and others[0].preference <= mine[0].preference:
        return DnsState.WRONG, _MX_BESIDE(names=names)
    if others:
        return DnsState.WARNING, _MX_BEHIND(names=names)
    return DnsState.OK, NOTHING


def _is_ours(host: str, ours: tuple[str, ...]) -> bool:
    """Our names, and the names of organizations below them."""
    return any(host == own or ("." in own and host.endswith(f".{own}")) for own in ours)


async def _host(host: str, resolver: Resolver) -> list[DnsCheck]:
    """One of our own names: its addresses, and the name that each address has."""
    if "." not in host:
        return [checked("host", host, "A", DnsState.WRONG, why=_HOST_WHY, advice=_HOST_SHORT())]
    try:
        addresses = [*await resolver.a(host), *await resolver.aaaa(host)][:MOST_HOSTS]
    except DnsTrouble as exc:
        return [checked("host", host, "A", DnsState.UNKNOWN, why=_HOST_WHY, advice=unanswered(exc))]
    if not addresses:
        return [checked("host", host, "A", DnsState.MISSING, why=_HOST_WHY, advice=_HOST_MISSING())]
    kind = "A, AAAA" if any(":" in address for address in addresses) else "A"
    own = checked("host", host, kind, DnsState.OK, why=_HOST_WHY, found=tuple(addresses))
    reverse = await asyncio.gather(*(_reverse(host, address, resolver) for address in addresses))
    return [own, *reverse, *await _tlsa(host, resolver)]


async def _tlsa(host: str, resolver: Resolver) -> list[DnsCheck]:
    """TLSA records, where there are some: nobody needs them, but those that are there must be believed."""
    name = f"_25._tcp.{host}"
    try:
        published = await resolver.tlsa(name)
    except DnsTrouble as exc:
        return [checked("tlsa", name, "TLSA", DnsState.UNKNOWN, why=_TLSA_WHY, advice=unanswered(exc))]
    if not published.records:
        return []
    found = tuple(f"{one.usage} {one.selector} {one.matching} {one.data.hex()}" for one in published.records)
    state = DnsState.OK if published.secure else DnsState.WARNING
    advice = NOTHING if published.secure else _TLSA_UNSIGNED()
    return [checked("tlsa", name, "TLSA", state, why=_TLSA_WHY, found=found[:MOST_SHOWN], advice=advice)]


async def _reverse(host: str, address: str, resolver: Resolver) -> DnsCheck:
    expected = (f"{host}.",)
    try:
        names = await resolver.ptr(address)
        back = [name for name in names[:MOST_HOSTS] if address in [*await resolver.a(name), *await resolver.aaaa(name)]]
    except DnsTrouble as exc:
        return checked(
            "ptr", address, "PTR", DnsState.UNKNOWN, why=_REVERSE_WHY, expected=expected, advice=unanswered(exc)
        )
    found = tuple(f"{name}." for name in names[:MOST_SHOWN])
    if not names:
        state, advice = DnsState.MISSING, _PTR_MISSING()
    elif not back:
        state, advice = DnsState.WRONG, _PTR_ASTRAY(address=address)
    elif host not in back:
        state, advice = DnsState.WARNING, _PTR_OTHER(host=host)
    else:
        state, advice = DnsState.OK, NOTHING
    return checked("ptr", address, "PTR", state, why=_REVERSE_WHY, expected=expected, found=found, advice=advice)
