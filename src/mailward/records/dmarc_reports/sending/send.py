# SPDX-License-Identifier: Apache-2.0
"""The daily reports, sent: a few at each turn, each once, and what became of them remembered.

A line in `dmarc_sent` is written before a report is queued. Should we die in between, the report is made again
an hour later with the same id, by which a receiver knows it.
"""

from datetime import datetime, timedelta

import asyncpg
import msgspec
import structlog

from mailward.contract.dmarc_report import Report
from mailward.contract.event import Status
from mailward.contract.job import JobTools
from mailward.contract.organization import Organization
from mailward.contract.own_mail import OwnMail
from mailward.egress.door import ON_BEHALF_OF, AggregateReport
from mailward.kit.database import AWAY
from mailward.records.dmarc_reports.sending import dead_boxes
from mailward.records.dmarc_reports.sending.destinations import Destination
from mailward.records.dmarc_reports.sending.letter import compose
from mailward.records.dmarc_reports.sending.plan import (
    Addressees,
    Candidate,
    addressees,
    candidates,
    due_at,
    problem_of,
    report_of,
)
from mailward.records.dmarc_reports.sending.returns import new_token, return_address
from mailward.records.dmarc_reports.sending.write import pack, write_report
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.records.mail_tracking import service as mail_tracking

log = structlog.get_logger()

FEATURE = "dmarc_reports"
DAYS_BACK = 3
"""Days whose reports are still sent when they could not be sent earlier."""
AT_ONCE = 50
"""Domains of one organization in one turn."""
MAX_PER_HOST = 200
"""Reports a day of one organization to boxes of one domain: services that read reports for many have some more than
they need, and a victim has not too many."""
MAX_PACKED = 10 * 1024 * 1024
"""Bytes of a packed report (RFC 9990, 3.5.1, wants it to be small enough to arrive)."""
FORGOTTEN = timedelta(hours=1)
FOLLOWED = timedelta(days=12)


async def send_due(tools: JobTools) -> None:
    """Send what is due, of all organizations that send reports."""
    for organization in tools.organizations():
        settings = organization.settings[FEATURE]
        assert isinstance(settings, DmarcReportsSettings)
        if not settings.send or problem_of(organization.domains, settings):
            continue
        ON_BEHALF_OF.set((organization.id,))
        try:
            await _send_organization(tools, organization, settings)
            await _follow(tools, organization)
        except AWAY as exc:
            log.warning("dmarc_reports.not_sent", organization=str(organization.id), why=type(exc).__name__)


async def _send_organization(tools: JobTools, organization: Organization, settings: DmarcReportsSettings) -> None:
    now = tools.clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    async with tools.database.scoped(organization.id) as connection:
        await connection.execute("DELETE FROM dmarc_sent WHERE state = 'sending' AND at < $1", now - FORGOTTEN)
        today = await connection.fetchval(
            "SELECT count(DISTINCT (day, policy_domain)) FROM dmarc_sent WHERE at >= $1 AND destination <> ''", midnight
        )
        waiting: list[Candidate] = []
        for back in range(1, DAYS_BACK + 1):
            day = (now - timedelta(days=back)).date()
            waiting += await candidates(connection, day, most=settings.daily_limit)
    due = [one for one in waiting if due_at(organization.id, one.day, one.policy_domain) <= now]
    for candidate in due[: min(AT_ONCE, max(0, settings.daily_limit - today))]:
        await _send_one(tools, organization, settings, candidate)


async def _send_one(
    tools: JobTools, organization: Organization, settings: DmarcReportsSettings, candidate: Candidate
) -> None:
    now = tools.clock.now()
    found = await addressees(tools.database, organization.id, candidate, tools.resolvers(FEATURE), at=now)
    if found.later:
        return
    async with tools.database.scoped(organization.id) as connection:
        report = await report_of(connection, organization, settings, candidate)
        found = await _within_limits(connection, found, now)
    packed = pack(write_report(report))
    fitting = [one for one in found.destinations if len(packed) <= min(one.most or MAX_PACKED, MAX_PACKED)]
    if not fitting:
        why = found.why or f"the report has {len(packed)} bytes, more than is taken"
        await _note(tools, organization, candidate, why, now)
    for destination in fitting:
        await _submit(tools, organization, settings, candidate, report, packed, destination)


async def _within_limits(connection: asyncpg.Connection, found: Addressees, now: datetime) -> Addressees:
    """The addressees without those whose host has had enough reports today."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = await connection.fetch(
        "SELECT split_part(destination, '@', 2) AS host, count(*) AS sent FROM dmarc_sent"
        " WHERE at >= $1 AND destination <> '' GROUP BY 1 HAVING count(*) >= $2",
        midnight, MAX_PER_HOST,
    )  # fmt: skip
    full = {row["host"] for row in rows}
    left = tuple(one for one in found.destinations if one.host not in full)
    if len(left) == len(found.destinations):
        return found
    return msgspec.structs.replace(found, destinations=left, why=found.why or "its host has had enough reports today")


async def _submit(
    tools: JobTools, organization: Organization, settings: DmarcReportsSettings, candidate: Candidate,
    report: Report, packed: bytes, destination: Destination,
) -> None:  # fmt: skip
    now, token = tools.clock.now(), new_token()
    submitter = settings.sender.lower().rpartition("@")[2]
    raw = compose(
        report, packed, submitter=submitter, destination=destination.address, at=now,
        message_id=f"<dmarc.{token}@{tools.gateway.hostname}>",
    )  # fmt: skip
    tools.leaving(FEATURE, AggregateReport, destination=destination.host, size=len(raw))
    place = (candidate.day, candidate.policy_domain, destination.address)
    async with tools.database.scoped(organization.id) as connection:
        await connection.execute(
            "INSERT INTO dmarc_sent (organization_id, day, policy_domain, destination, state, why, report_id, token,"
            " message_id, mails, size, at) VALUES ($1, $2, $3, $4, 'sending', '', $5, $6, NULL, $7, $8, $9)",
            organization.id, *place, report.report_id, token, sum(row.count for row in report.rows), len(raw), now,
        )  # fmt: skip
    identifier = await tools.submit(
        OwnMail(
            organization_id=organization.id, recipients=(destination.address,), raw=raw, kind="aggregate-report",
            sender=return_address(settings.sender, token),
        )
    )  # fmt: skip
    async with tools.database.scoped(organization.id) as connection:
        await connection.execute(
            "UPDATE dmarc_sent SET state = 'queued', message_id = $4"
            " WHERE day = $1 AND policy_domain = $2 AND destination = $3",
            *place, identifier,
        )  # fmt: skip
    log.info("dmarc_reports.sent", policy_domain=candidate.policy_domain, message_id=str(identifier))


async def _note(tools: JobTools, organization: Organization, candidate: Candidate, why: str, now: datetime) -> None:
    """Nobody is told: say why, and do not ask again."""
    async with tools.database.scoped(organization.id) as connection:
        await connection.execute(
            "INSERT INTO dmarc_sent (organization_id, day, policy_domain, destination, state, why, report_id, token,"
            " message_id, mails, size, at) VALUES ($1, $2, $3, '', 'skipped', $4, '', '', NULL, $5, 0, $6)"
            " ON CONFLICT DO NOTHING",
            organization.id, candidate.day, candidate.policy_domain, why[:500], candidate.mails, now,
        )  # fmt: skip


async def _follow(tools: JobTools, organization: Organization) -> None:
    """What became of the reports in the queue. A box that refused one is left alone for a while."""
    now = tools.clock.now()
    async with tools.database.scoped(organization.id) as connection:
        rows = await connection.fetch(
            "SELECT message_id, destination FROM dmarc_sent WHERE state = 'queued' AND message_id IS NOT NULL"
            " AND at > $1 ORDER BY at LIMIT 1000",
            now - FOLLOWED,
        )
        outcomes = await mail_tracking.outcomes(connection, [row["message_id"] for row in rows])
        for row in rows:
            outcome = outcomes.get(row["message_id"])
            if outcome is None or outcome.status not in _FINAL:
                continue
            await connection.execute(
                "UPDATE dmarc_sent SET state = $2, why = $3 WHERE message_id = $1",
                row["message_id"], _FINAL[outcome.status], outcome.reply[:500],
            )  # fmt: skip
            if outcome.status is not Status.DELIVERED:
                why = outcome.reply or "it could not be delivered"
                await dead_boxes.bury(connection, organization.id, row["destination"], why=why, at=now)


_FINAL = {
    Status.DELIVERED: "delivered",
    Status.BOUNCED: "bounced",
    Status.EXPIRED: "bounced",
    Status.QUARANTINED: "bounced",
    Status.DELETED: "bounced",
}
