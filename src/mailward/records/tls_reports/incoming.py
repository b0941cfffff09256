# SPDX-License-Identifier: Apache-2.0
"""Mail that was taken in for us, read: the reports in it are kept, and the timeline says what they were."""

import asyncio

import asyncpg
import structlog

from mailward.contract.event import Event, EventKind, Status
from mailward.contract.job import JobTools
from mailward.contract.organization import Organization
from mailward.kit.bodies import BodyCorrupt, BodyMissing
from mailward.kit.database import AWAY
from mailward.records.mail_tracking import service as mail_tracking
from mailward.records.mail_tracking.service import TakenCopy
from mailward.records.tls_reports.reading import NotAReport, read
from mailward.records.tls_reports.received import keep
from mailward.records.tls_reports.report import TlsReport

log = structlog.get_logger()

FEATURE_NAME = "tls_reports"
AT_ONCE = 50
"""Mails read in one turn for one organization; the rest is read at the next."""


async def read_waiting(tools: JobTools) -> None:
    """Read what waits, of all organizations. One organization's trouble is not another's."""
    for organization in tools.organizations():
        try:
            await _read_organization(tools, organization)
        except AWAY as exc:
            log.warning("tls_reports.not_read", organization=str(organization.id), why=type(exc).__name__)


async def _read_organization(tools: JobTools, organization: Organization) -> None:
    async with tools.database.scoped(organization.id) as connection:
        waiting = await mail_tracking.taken(connection, FEATURE_NAME, most=AT_ONCE)
    for copy in waiting:
        try:
            raw = await asyncio.to_thread(tools.bodies.read, organization.id, copy.message_id, key=organization.key)
            reports = await asyncio.to_thread(read, raw)
        except (BodyMissing, BodyCorrupt) as exc:
            reports, problems = [], [f"the mail is gone ({type(exc).__name__})"]
        except NotAReport as exc:
            reports, problems = [], [str(exc)]
        else:
            problems = []
        try:
            await _keep(tools, organization, copy, reports, problems)
        except asyncpg.DataError as exc:  # what the database cannot keep must not stand in the way of all others
            await _keep(tools, organization, copy, [], [f"it cannot be kept ({type(exc).__name__})"])


async def _keep(
    tools: JobTools, organization: Organization, copy: TakenCopy, reports: list[TlsReport], problems: list[str]
) -> None:
    at, new, told = tools.clock.now(), 0, list(problems)
    async with tools.database.scoped(organization.id) as connection:
        for report in reports:
            why = await keep(
                connection, organization.id, report, domains=organization.domains, origin=copy.sender, at=at
            )
            new += not why
            told += [why] if why else []
        await mail_tracking.record(
            connection, organization.id, at=at, moved=[(copy.id, Status.READ)],
            events=[
                (copy.message_id, copy.id, Event(at=at, kind=EventKind.READ, detail={"reports": new, "problems": told}))
            ],
        )  # fmt: skip
    log.info("tls_reports.read", message_id=str(copy.message_id), new=new, problems=len(told))
