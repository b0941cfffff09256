# SPDX-License-Identifier: Apache-2.0
"""What a protected domain publishes about its own mail: its SPF record with all it includes, and its DMARC policy."""

import asyncio
from collections.abc import Sequence

import msgspec

from mailward.checks.authentication.dmarc import walk
from mailward.checks.authentication.spf import MAX_LOOKUPS
from mailward.checks.authentication.spf_record import BadRecord, Record, Text, is_spf, read_record
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.dns_check import DnsCheck, DnsState, DnsSurvey

MOST_RECORDS = 25
"""SPF records that are followed; a record that leads to more is over its limit long before."""
NEAR = 8
"""Look-ups from which on one more provider may break the record."""
MOST_SHOWN = 10
COSTLY = frozenset({"include", "a", "mx", "ptr", "exists"})
_SPF_WHY = "Says which servers may send mail with this domain as envelope sender."
_DMARC_WHY = "Says what becomes of mail that borrows this domain in From, and where reports go."


class Tree(msgspec.Struct):
    """An SPF record with all that it includes, as far as it was followed. `trouble` is the first thing wrong."""

    lookups: int = 0
    records: int = 0
    trouble: str = ""
    deprecated: bool = False


async def dns_checks(survey: DnsSurvey) -> Sequence[DnsCheck]:
    """SPF and DMARC of the domain. Each check says by itself when nobody answered."""
    return await asyncio.gather(_spf(survey), _dmarc(survey))


async def _spf(survey: DnsSurvey) -> DnsCheck:
    try:
        found = [record for record in await survey.resolver.txt(survey.domain) if is_spf(record)]
        state, advice = await _judge_spf(survey, found)
    except DnsTrouble as exc:
        return _check("spf", survey.domain, DnsState.UNKNOWN, _SPF_WHY, advice=_again(exc))
    expected = ("v=spf1 mx ~all",) if not found else ()
    return _check("spf", survey.domain, state, _SPF_WHY, expected=expected, found=found, advice=advice)


async def _judge_spf(survey: DnsSurvey, found: Sequence[bytes]) -> tuple[DnsState, str]:
    if not found:
        return DnsState.MISSING, (
            "Publish a record that names every server that sends for this domain; mx stands for those of the MX record,"
            " include: for a provider's. Without one, anybody's mail looks as good as yours."
        )
    if len(found) > 1:
        return DnsState.WRONG, "There are several SPF records, which counts as an error: make one of them."
    tree = Tree()
    try:
        record = read_record(found[0])
    except BadRecord as exc:
        return DnsState.WRONG, f"The record is in error, and so protects nothing: {exc}."
    await _follow(survey.domain, record, survey.resolver, tree)
    if tree.trouble:
        return DnsState.WRONG, tree.trouble
    if tree.lookups > MAX_LOOKUPS:
        return DnsState.WRONG, (
            f"The record needs {tree.lookups} look-ups, and {MAX_LOOKUPS} are allowed: receivers treat it as an error."
            " Remove providers that no longer send for you, or name addresses instead."
        )
    return _judge_ending(record, tree)


def _judge_ending(record: Record, tree: Tree) -> tuple[DnsState, str]:
    last = next((term for term in record.terms if term.name == "all"), None)
    if last is not None and last.qualifier == "+":
        return DnsState.WRONG, "+all lets everybody send in the name of this domain: end the record with ~all or -all."
    if (last is None and record.redirect is None) or (last is not None and last.qualifier == "?"):
        return DnsState.WARNING, "The record says nothing about servers that are not named: end it with ~all or -all."
    if tree.lookups >= NEAR:
        return DnsState.WARNING, (
            f"The record needs {tree.lookups} of {MAX_LOOKUPS} look-ups: one more provider may break it."
        )
    if tree.deprecated:
        return DnsState.WARNING, "The record uses ptr, which receivers may ignore: name addresses instead."
    return DnsState.OK, ""


async def _follow(domain: str, record: Record, resolver: Resolver, tree: Tree) -> None:
    """Count what a receiver has to look up, record by record."""
    tree.records += 1
    for term in record.terms:
        if term.name == "all":
            return
        tree.lookups += term.name in COSTLY
        tree.deprecated |= term.name == "ptr"
        if term.name == "include":
            await _enter(term.target, f"{domain} includes", resolver, tree)
    if record.redirect is not None:
        tree.lookups += 1
        await _enter(record.redirect, f"{domain} redirects to", resolver, tree)


async def _enter(target: Text, words: str, resolver: Resolver, tree: Tree) -> None:
    """A record inside; one whose name depends on the mail is counted, and cannot be followed."""
    if tree.trouble or tree.records >= MOST_RECORDS or not all(isinstance(piece, str) for piece in target):
        return
    name = "".join(str(piece) for piece in target)
    inside = [record for record in await resolver.txt(name) if is_spf(record)]
    if len(inside) != 1:
        tree.trouble = f"{words} {name}, which has {'no SPF record' if not inside else 'several SPF records'}."
        return
    try:
        record = read_record(inside[0])
    except BadRecord as exc:
        tree.trouble = f"{words} {name}, whose record is in error: {exc}."
        return
    await _follow(name, record, resolver, tree)


async def _dmarc(survey: DnsSurvey) -> DnsCheck:
    name = f"_dmarc.{survey.domain}"
    try:
        found = [record for record in await survey.resolver.txt(name) if record[:6].upper().startswith(b"V=DMAR")]
        decisive = (await walk(survey.domain, survey.resolver)).decisive
    except DnsTrouble as exc:
        return _check("dmarc", name, DnsState.UNKNOWN, _DMARC_WHY, advice=_again(exc))
    expected: tuple[str, ...] = ()
    if len(found) > 1:
        state, advice = DnsState.WRONG, "There are several DMARC records, which counts as none: keep one of them."
    elif decisive is None:
        expected = (f"v=DMARC1; p=none; rua=mailto:dmarc@{survey.domain}",)
        state, advice = (
            DnsState.MISSING,
            (
                "Publish a record: begin with p=none and an address for reports, and go on to p=quarantine and p=reject"
                " when the reports show that your own mail passes."
            ),
        )
    else:
        at, policy = decisive
        asked = policy.own if at == survey.domain else policy.subdomains or policy.own
        inherited = "" if at == survey.domain else f" (inherited from {at})"
        if not policy.applies:
            state, advice = (
                DnsState.WRONG,
                (f"The record{inherited} cannot be understood; p= must be none, quarantine or reject."),
            )
        elif asked == "none":
            state, advice = (
                DnsState.WARNING,
                (
                    f"The policy{inherited} is none: mail that borrows this domain is only reported. Go on"
                    " to p=quarantine when the reports show that your own mail passes."
                ),
            )
        else:
            state, advice = DnsState.OK, f"The policy is {asked}{inherited}." if inherited else ""
    return _check("dmarc", name, state, _DMARC_WHY, expected=expected, found=found, advice=advice)


def _check(
    kind: str, name: str, state: DnsState, why: str, *, expected: tuple[str, ...] = (), found: Sequence[bytes] = (),
    advice: str = "",
) -> DnsCheck:  # fmt: skip
    shown = tuple(record.decode("utf-8", "replace") for record in found[:MOST_SHOWN])
    return DnsCheck(
        kind=kind, name=name, record_type="TXT", state=state, why=why, expected=expected, found=shown, advice=advice
    )


def _again(trouble: DnsTrouble) -> str:
    return f"The DNS did not answer ({trouble}); this says nothing about the record. Try again."
