# SPDX-License-Identifier: Apache-2.0
"""The records of a domain's signing keys, as others see them: one that is missing costs every signature its worth."""

import asyncio
from collections.abc import Sequence

from mailward.checks.outbound import service as outbound
from mailward.contract.dns import DnsTrouble
from mailward.contract.dns_check import DnsCheck, DnsState, DnsSurvey, checked
from mailward.contract.wording import NOTHING, Sentence, Wording
from mailward.disposition.dkim_signing import store
from mailward.disposition.dkim_signing.key_ring import problem_of, settings_of, shown
from mailward.disposition.dkim_signing.settings import DkimSigningSettings
from mailward.disposition.dkim_signing.store import KeyRow, State

MAX_CHECKED = 20
"""Keys of one domain whose records are looked up, the youngest first."""
MAX_SHOWN = 5
_WHY = Sentence(
    "dns.why.dkim",
    "Holds the public half of a key that this gateway signs with; receivers verify the signatures with it.",
)
_MISSING = {
    State.WAITING: Sentence(
        "dns.dkim.waiting", "Publish this record. The key signs once the record has been seen for {hours} hours."
    ),
    State.SEEN: Sentence("dns.dkim.gone", "The record was there and has gone. Publish it again; the wait begins anew."),
    State.ACTIVE: Sentence(
        "dns.dkim.unverifiable",
        "This key signs, and without its record nobody can verify what it signed. Publish the record again.",
    ),
    State.RETIRING: Sentence(
        "dns.dkim.too_early", "The record has gone too early: mail that this key signed may still be on its way."
    ),
}
_NO_KEY = Sentence(
    "dns.dkim.no_key",
    "Mail of this domain leaves through this gateway, and there is no key to sign it with. Make one in DKIM signing,"
    " and publish its record.",
)
_SILENT = Sentence("dns.silent", "The DNS did not answer; this says nothing about the record. Try again.")
_WRONG = Sentence("dns.dkim.wrong", "Receivers cannot use this record: {problem}. Replace it by the expected one.")


async def dns_checks(survey: DnsSurvey) -> Sequence[DnsCheck]:
    """A check for each key whose record must stand; and one that says so where mail leaves and no key is there to
    sign it. Nothing where signing is off."""
    async with survey.scoped() as connection:
        settings = await settings_of(connection)
        rows = [row for row in await store.every(connection) if row.domain == survey.domain]
        sends = await outbound.sends_for(connection, survey.domain)
    if not settings.enabled:
        return ()
    alive = [row for row in rows if row.state is not State.RETIRED][:MAX_CHECKED]
    checks = await asyncio.gather(*(_key(survey, row, settings) for row in alive))
    if sends and all(row.state is State.RETIRING for row in alive):
        return (_none(survey.domain), *checks)
    return checks


def _none(domain: str) -> DnsCheck:
    return checked("dkim", f"_domainkey.{domain}", "TXT", DnsState.MISSING, why=_WHY, advice=_NO_KEY())


async def _key(survey: DnsSurvey, row: KeyRow, settings: DkimSigningSettings) -> DnsCheck:
    record = shown(row, settings).record
    found: tuple[str, ...] = ()
    try:
        texts = await survey.resolver.txt(record.name)
        problem = await problem_of(row, survey.resolver)
    except DnsTrouble:
        problem = None
    else:
        found = tuple(text.decode("utf-8", "replace") for text in texts[:MAX_SHOWN])
    state, advice = _judge(row, settings, problem, there=bool(found))
    return checked(
        "dkim", record.name, record.type, state, why=_WHY, expected=(record.value,), found=found, advice=advice
    )


def _judge(row: KeyRow, settings: DkimSigningSettings, problem: str | None, *, there: bool) -> tuple[DnsState, Wording]:
    if problem is None:
        return DnsState.UNKNOWN, _SILENT()
    if not there:
        return DnsState.MISSING, _MISSING[row.state](hours=settings.wait_hours)
    if problem:
        return DnsState.WRONG, _WRONG(problem=problem)
    return DnsState.OK, NOTHING
