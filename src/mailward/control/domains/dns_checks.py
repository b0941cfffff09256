# SPDX-License-Identifier: Apache-2.0
"""The records that bring a domain's mail here: its MX, and the addresses and reverse names of our own host names."""

import asyncio
from collections.abc import Sequence

from mailward.contract.dns import DnsTrouble, MailExchange, Resolver
from mailward.contract.dns_check import DnsCheck, DnsState, DnsSurvey

MOST_HOSTS = 5
"""Of our own names, and addresses of one name, that are looked at."""
MOST_SHOWN = 20
PREFERENCE = 10
_HOST_WHY = "Senders look up this name to find us. Without an address they cannot bring any mail."
_REVERSE_WHY = "Many servers refuse mail from an address whose reverse name does not lead back to it."
_TLSA_WHY = "Lets senders that know DANE verify our certificate. Not needed, but good."
_MX_WHY = "Says where the world brings mail for this domain."


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
        return [_check("mx", survey.domain, "MX", DnsState.UNKNOWN, _MX_WHY, expected=expected, advice=_again(exc))]
    state, advice = _judge_mx(exchanges, ours)
    found = tuple(f"{exchange.preference} {exchange.host}." for exchange in exchanges[:MOST_SHOWN])
    return [
        _check("mx", survey.domain, "MX", state, _MX_WHY, expected=expected, found=found, advice=advice)
    ]  # fmt: skip


def _judge_mx(exchanges: Sequence[MailExchange], ours: tuple[str, ...]) -> tuple[DnsState, str]:
    """Ours must be there and the best; whatever else stands there is a way around the gateway."""
    if not exchanges:
        return DnsState.MISSING, "Publish an MX record with each of the expected values; nothing comes here without."
    mine = [exchange for exchange in exchanges if _is_ours(exchange.host, ours)]
    others = [exchange for exchange in exchanges if not _is_ours(exchange.host, ours)]
    names = ", ".join(exchange.host or "." for exchange in others[:MOST_HOSTS])
    if not mine:
        return DnsState.WRONG, f"Mail goes to {names}, past this gateway. Replace these records by the expected ones."
    if others and others[0].preference <= mine[0].preference:
        return (
            DnsState.WRONG,
            f"{names} comes before this gateway or beside it. Remove it, so that all mail comes here.",
        )
    if others:
        return DnsState.WARNING, (
            f"{names} is still listed. Spammers prefer such leftovers, since mail that goes there is not examined:"
            " remove it when you are sure, and let that server take mail from this gateway only."
        )
    return DnsState.OK, ""


def _is_ours(host: str, ours: tuple[str, ...]) -> bool:
    """Our names, and the names of organizations below them."""
    return any(host == own or ("." in own and host.endswith(f".{own}")) for own in ours)


async def _host(host: str, resolver: Resolver) -> list[DnsCheck]:
    """One of our own names: its addresses, and the name that each address has."""
    if "." not in host:
        advice = "Set MAILWARD_HOSTNAME to the full name that the world knows this gateway by."
        return [_check("host", host, "A", DnsState.WRONG, _HOST_WHY, advice=advice)]
    try:
        addresses = [*await resolver.a(host), *await resolver.aaaa(host)][:MOST_HOSTS]
    except DnsTrouble as exc:
        return [_check("host", host, "A", DnsState.UNKNOWN, _HOST_WHY, advice=_again(exc))]
    if not addresses:
        advice = "Publish an A record (and AAAA, if you have IPv6) with the public address of this gateway."
        return [_check("host", host, "A", DnsState.MISSING, _HOST_WHY, advice=advice)]
    kind = "A, AAAA" if any(":" in address for address in addresses) else "A"
    own = _check("host", host, kind, DnsState.OK, _HOST_WHY, found=tuple(addresses))
    reverse = await asyncio.gather(*(_reverse(host, address, resolver) for address in addresses))
    return [own, *reverse, *await _tlsa(host, resolver)]


async def _tlsa(host: str, resolver: Resolver) -> list[DnsCheck]:
    """TLSA records, where there are some: nobody needs them, but those that are there must be believed."""
    name = f"_25._tcp.{host}"
    try:
        published = await resolver.tlsa(name)
    except DnsTrouble as exc:
        return [_check("tlsa", name, "TLSA", DnsState.UNKNOWN, _TLSA_WHY, advice=_again(exc))]
    if not published.records:
        return []
    found = tuple(f"{one.usage} {one.selector} {one.matching} {one.data.hex()}" for one in published.records)
    state = DnsState.OK if published.secure else DnsState.WARNING
    advice = "" if published.secure else "Nobody uses these records, since the zone is not signed with DNSSEC."
    return [_check("tlsa", name, "TLSA", state, _TLSA_WHY, found=found[:MOST_SHOWN], advice=advice)]


async def _reverse(host: str, address: str, resolver: Resolver) -> DnsCheck:
    expected = (f"{host}.",)
    try:
        names = await resolver.ptr(address)
        back = [name for name in names[:MOST_HOSTS] if address in [*await resolver.a(name), *await resolver.aaaa(name)]]
    except DnsTrouble as exc:
        return _check("ptr", address, "PTR", DnsState.UNKNOWN, _REVERSE_WHY, expected=expected, advice=_again(exc))
    found = tuple(f"{name}." for name in names[:MOST_SHOWN])
    if not names:
        state, advice = DnsState.MISSING, "Ask whoever gave you this address (your provider) to set its reverse name."
    elif not back:
        state, advice = (
            DnsState.WRONG,
            f"None of these names has the address {address}. Ask your provider to correct it.",
        )
    elif host not in back:
        state, advice = DnsState.WARNING, f"The names lead back, but the gateway calls itself {host}. Best they agree."
    else:
        state, advice = DnsState.OK, ""
    return _check("ptr", address, "PTR", state, _REVERSE_WHY, expected=expected, found=found, advice=advice)


def _check(
    kind: str, name: str, record_type: str, state: DnsState, why: str, *, expected: tuple[str, ...] = (),
    found: tuple[str, ...] = (), advice: str = "",
) -> DnsCheck:  # fmt: skip
    return DnsCheck(
        kind=kind, name=name, record_type=record_type, state=state, why=why, expected=expected, found=found,
        advice=advice,
    )  # fmt: skip


def _again(trouble: DnsTrouble) -> str:
    return f"The DNS did not answer ({trouble}); this says nothing about the record. Try again."
