# SPDX-License-Identifier: Apache-2.0
"""What a protected domain publishes about its own mail: its SPF record with all it includes, and its DMARC policy."""

import asyncio
from collections.abc import Sequence

import msgspec

from mailward.checks.authentication.dmarc import Policy, walk
from mailward.checks.authentication.spf import MAX_LOOKUPS
from mailward.checks.authentication.spf_record import BadRecord, Record, Text, is_spf, read_record
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.dns_check import DnsCheck, DnsState, DnsSurvey, checked, unanswered
from mailward.contract.wording import NOTHING, Sentence, Wording

MOST_RECORDS = 25
"""SPF records that are followed; a record that leads to more is over its limit long before."""
NEAR = 8
"""Look-ups from which on one more provider may break the record."""
MOST_SHOWN = 10
COSTLY = frozenset({"include", "a", "mx", "ptr", "exists"})
_SPF_WHY = Sentence("dns.why.spf", "Says which servers may send mail with this domain as envelope sender.")
_DMARC_WHY = Sentence(
    "dns.why.dmarc", "Says what becomes of mail that borrows this domain in From, and where reports go."
)
_SPF_MISSING = Sentence(
    "dns.spf.missing",
    "Publish a record that names every server that sends for this domain; mx stands for those of the MX record,"
    " include: for a provider's. Without one, anybody's mail looks as good as yours.",
)
_SPF_SEVERAL = Sentence("dns.spf.several", "There are several SPF records, which counts as an error: make one of them.")
_SPF_ERROR = Sentence("dns.spf.error", "The record is in error, and so protects nothing: {error}.")
_SPF_LONG = Sentence(
    "dns.spf.long",
    "The record needs {lookups} look-ups, and {most} are allowed: receivers treat it as an error. Remove providers that"
    " no longer send for you, or name addresses instead.",
)
_SPF_EVERYBODY = Sentence(
    "dns.spf.everybody", "+all lets everybody send in the name of this domain: end the record with ~all or -all."
)
_SPF_OPEN = Sentence(
    "dns.spf.open", "The record says nothing about servers that are not named: end it with ~all or -all."
)
_SPF_NEAR = Sentence("dns.spf.near", "The record needs {lookups} of {most} look-ups: one more provider may break it.")
_SPF_PTR = Sentence("dns.spf.ptr", "The record uses ptr, which receivers may ignore: name addresses instead.")
_SPF_INSIDE_NONE = Sentence("dns.spf.inside_none", "{domain} leads to {name}, which has no SPF record.")
_SPF_INSIDE_SEVERAL = Sentence("dns.spf.inside_several", "{domain} leads to {name}, which has several SPF records.")
_SPF_INSIDE_ERROR = Sentence("dns.spf.inside_error", "{domain} leads to {name}, whose record is in error: {error}.")
_DMARC_SEVERAL = Sentence(
    "dns.dmarc.several", "There are several DMARC records, which counts as none: keep one of them."
)
_DMARC_MISSING = Sentence(
    "dns.dmarc.missing",
    "Publish a record: begin with p=none and an address for reports, and go on to p=quarantine and p=reject when the"
    " reports show that your own mail passes.",
)
_DMARC_ERROR = Sentence(
    "dns.dmarc.error", "The record at {at} cannot be understood; p= must be none, quarantine or reject."
)
_DMARC_NONE = Sentence(
    "dns.dmarc.none",
    "The policy of {at} is none: mail that borrows this domain is only reported. Go on to p=quarantine when the reports"
    " show that your own mail passes.",
)
_DMARC_INHERITED = Sentence("dns.dmarc.inherited", "The policy is {policy}, inherited from {at}.")


class Tree(msgspec.Struct):
    """An SPF record with all that it includes, as far as it was followed. `trouble` is the first thing wrong."""

    lookups: int = 0
    records: int = 0
    trouble: Wording = NOTHING
    deprecated: bool = False


async def dns_checks(survey: DnsSurvey) -> Sequence[DnsCheck]:
    """SPF and DMARC of the domain. Each check says by itself when nobody answered."""
    return await asyncio.gather(_spf(survey), _dmarc(survey))


async def _spf(survey: DnsSurvey) -> DnsCheck:
    try:
        found = [record for record in await survey.resolver.txt(survey.domain) if is_spf(record)]
        state, advice = await _judge_spf(survey, found)
    except DnsTrouble as exc:
        return checked("spf", survey.domain, "TXT", DnsState.UNKNOWN, why=_SPF_WHY, advice=unanswered(exc))
    expected = ("v=spf1 mx ~all",) if not found else ()
    return checked(
        "spf", survey.domain, "TXT", state, why=_SPF_WHY, expected=expected, found=_shown(found), advice=advice
    )


async def _judge_spf(survey: DnsSurvey, found: Sequence[bytes]) -> tuple[DnsState, Wording]:
    if not found:
        return DnsState.MISSING, _SPF_MISSING()
    if len(found) > 1:
        return DnsState.WRONG, _SPF_SEVERAL()
    tree = Tree()
    try:
        record = read_record(found[0])
    except BadRecord as exc:
        return DnsState.WRONG, _SPF_ERROR(error=exc)
    await _follow(survey.domain, record, survey.resolver, tree)
    if tree.trouble is not NOTHING:
        return DnsState.WRONG, tree.trouble
    if tree.lookups > MAX_LOOKUPS:
        return DnsState.WRONG, _SPF_LONG(lookups=tree.lookups, most=MAX_LOOKUPS)
    return _judge_ending(record, tree)


def _judge_ending(record: Record, tree: Tree) -> tuple[DnsState, Wording]:
    last = next((term for term in record.terms if term.name == "all"), None)
    if last is not None and last.qualifier == "+":
        return DnsState.WRONG, _SPF_EVERYBODY()
    if (last is None and record.redirect is None) or (last is not None and last.qualifier == "?"):
        return DnsState.WARNING, _SPF_OPEN()
    if tree.lookups >= NEAR:
        return DnsState.WARNING, _SPF_NEAR(lookups=tree.lookups, most=MAX_LOOKUPS)
    if tree.deprecated:
        return DnsState.WARNING, _SPF_PTR()
    return DnsState.OK, NOTHING


async def _follow(domain: str, record: Record, resolver: Resolver, tree: Tree) -> None:
    """Count what a receiver has to look up, record by record."""
    tree.records += 1
    for term in record.terms:
        if term.name == "all":
            return
        tree.lookups += term.name in COSTLY
        tree.deprecated |= term.name == "ptr"
        if term.name == "include":
            await _enter(domain, term.target, resolver, tree)
    if record.redirect is not None:
        tree.lookups += 1
        await _enter(domain, record.redirect, resolver, tree)


async def _enter(domain: str, target: Text, resolver: Resolver, tree: Tree) -> None:
    """A record inside; one whose name depends on the mail is counted, and cannot be followed."""
    if (
        tree.trouble is not NOTHING
        or tree.records >= MOST_RECORDS
        or not all(isinstance(piece, str) for piece in target)
    ):
        return
    name = "".join(str(piece) for piece in target)
    inside = [record for record in await resolver.txt(name) if is_spf(record)]
    if len(inside) != 1:
        tree.trouble = (_SPF_INSIDE_SEVERAL if inside else _SPF_INSIDE_NONE)(domain=domain, name=name)
        return
    try:
        record = read_record(inside[0])
    except BadRecord as exc:
        tree.trouble = _SPF_INSIDE_ERROR(domain=domain, name=name, error=exc)
        return
    await _follow(name, record, resolver, tree)


async def _dmarc(survey: DnsSurvey) -> DnsCheck:
    name = f"_dmarc.{survey.domain}"
    try:
        found = [record for record in await survey.resolver.txt(name) if record[:6].upper().startswith(b"V=DMAR")]
        decisive = (await walk(survey.domain, survey.resolver)).decisive
    except DnsTrouble as exc:
        return checked("dmarc", name, "TXT", DnsState.UNKNOWN, why=_DMARC_WHY, advice=unanswered(exc))
    expected: tuple[str, ...] = ()
    if len(found) > 1:
        state, advice = DnsState.WRONG, _DMARC_SEVERAL()
    elif decisive is None:
        expected = (f"v=DMARC1; p=none; rua=mailto:dmarc@{survey.domain}",)
        state, advice = DnsState.MISSING, _DMARC_MISSING()
    else:
        state, advice = _judge_dmarc(survey.domain, *decisive)
    return checked("dmarc", name, "TXT", state, why=_DMARC_WHY, expected=expected, found=_shown(found), advice=advice)


def _judge_dmarc(domain: str, at: str, policy: Policy) -> tuple[DnsState, Wording]:
    """What a policy is worth that stands at the domain or above it."""
    asked = policy.own if at == domain else policy.subdomains or policy.own
    if not policy.applies:
        return DnsState.WRONG, _DMARC_ERROR(at=at)
    if asked == "none":
        return DnsState.WARNING, _DMARC_NONE(at=at)
    return DnsState.OK, NOTHING if at == domain else _DMARC_INHERITED(policy=asked, at=at)


def _shown(found: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(record.decode("utf-8", "replace") for record in found[:MOST_SHOWN])
