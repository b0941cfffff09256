# SPDX-License-Identifier: Apache-2.0
"""Whether the world may take mail of a domain from our servers: the SPF record of each that sends through us."""

import re
from collections.abc import Sequence

from mailward.checks.outbound import store
from mailward.contract.dns import DnsTrouble
from mailward.contract.dns_check import PUBLISH, DnsCheck, DnsState, DnsSurvey, checked, unanswered
from mailward.contract.wording import NOTHING, Sentence, Wording

MOST_SHOWN = 5
_VERSION = "v=spf1"
_ENDS = re.compile(r"[+~?-]?all$|redirect=", re.IGNORECASE)
_WHY = Sentence(
    "dns.why.outbound_spf",
    "Says which servers may send mail of this domain. Receivers distrust or refuse what this gateway sends for it"
    " unless the record names the gateway (RFC 7208).",
)
_SEVERAL = Sentence(
    "dns.outbound_spf.several",
    "Several SPF records count as none (RFC 7208, 4.5). Keep one of them, with the terms of all.",
)
_NO_TERM = Sentence("dns.outbound_spf.no_term", "Add the term {term} to the record, before its end.")


async def dns_checks(survey: DnsSurvey) -> Sequence[DnsCheck]:
    """The SPF record, if any connector sends for the domain."""
    async with survey.scoped() as connection:
        sends = await store.sends_for(connection, survey.domain)
    if not sends:
        return ()
    term = survey.gateway.spf_term
    try:
        texts = await survey.resolver.txt(survey.domain)
    except DnsTrouble as exc:
        return (_check(survey.domain, DnsState.UNKNOWN, _VERSION + f" {term} ~all", (), unanswered(exc)),)
    records = [text.decode("ascii", "replace") for text in texts if _is_spf(text)]
    return (_judge(survey.domain, term, records),)


def _is_spf(text: bytes) -> bool:
    return text.lower().split(b" ", 1)[0] == _VERSION.encode()


def _judge(domain: str, term: str, records: list[str]) -> DnsCheck:
    found = tuple(records[:MOST_SHOWN])
    if not records:
        return _check(domain, DnsState.MISSING, f"{_VERSION} {term} ~all", found, PUBLISH())
    wanted = _with(records[0], term)
    if len(records) > 1:
        return _check(domain, DnsState.WRONG, wanted, found, _SEVERAL())
    if wanted == records[0]:
        return _check(domain, DnsState.OK, wanted, found, NOTHING)
    return _check(domain, DnsState.WRONG, wanted, found, _NO_TERM(term=term))


def _with(record: str, term: str) -> str:
    """The record with the term in it: as it is, or put before `all`, or a redirect, or the end."""
    terms = record.split()
    if any(own.lower().lstrip("+") == term.lower() for own in terms[1:]):
        return record
    ends = [
        place
        for place, own in enumerate(terms)
        if own.lower().lstrip("+-~?") == "all" or own.lower().startswith("redirect=")
    ]
    place = ends[0] if ends else len(terms)
    return " ".join([*terms[:place], term, *terms[place:]])


def _check(domain: str, state: DnsState, expected: str, found: tuple[str, ...], advice: Wording) -> DnsCheck:
    return checked("outbound_spf", domain, "TXT", state, why=_WHY, expected=(expected,), found=found, advice=advice)
