# SPDX-License-Identifier: Apache-2.0
"""Mail that was taken in for us, read: reports about our domains, and reports of ours that came back."""

import asyncio
from uuid import UUID

import asyncpg
import structlog

from mailward.contract.dmarc_report import Reading
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.job import JobTools
from mailward.contract.organization import Organization
from mailward.kit.bodies import BodyCorrupt, BodyMissing
from mailward.kit.database import AWAY
from mailward.records.dmarc_reports.received import Kept, Origin, Tally, keep
from mailward.records.dmarc_reports.sending import dead_boxes
from mailward.records.dmarc_reports.sending.returns import failure_in, token_of
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.records.mail_tracking import service as mail_tracking
from mailward.records.mail_tracking.service import TakenCopy

log = structlog.get_logger()

FEATURE = "dmarc_reports"
AT_ONCE = 50
"""Mails read in one turn for one organization; the rest is read at the next."""


async def read_waiting(tools: JobTools) -> None:
    """Read what waits, of all organizations. One organization's trouble is not another's."""
    for organization in tools.organizations():
        try:
            await _read_organization(tools, organization)
        except AWAY as exc:
            log.warning("dmarc_reports.not_read", organization=str(organization.id), why=type(exc).__name__)


async def _read_organization(tools: JobTools, organization: Organization) -> None:
    async with tools.database.scoped(organization.id) as connection:
        waiting = await mail_tracking.taken(connection, FEATURE, most=AT_ONCE)
    settings = organization.settings[FEATURE]
    assert isinstance(settings, DmarcReportsSettings)
    for copy in waiting:
        try:
            raw = await asyncio.to_thread(
                tools.bodies.read, organization.id, copy.message_id, key=organization.key
            )  # fmt: skip
        except (BodyMissing, BodyCorrupt) as exc:
            await _finish(tools, organization.id, copy, {"problems": [f"the mail is gone ({type(exc).__name__})"]})
            continue
        if token := token_of(settings.sender, copy.recipient):
            await _take_back(tools, organization.id, copy, raw, token)
            continue
        reading = await tools.read_reports(raw)
        if reading.temporary:
            return
        try:
            await _keep(tools, organization, copy, reading)
        except asyncpg.DataError as exc:  # what the database cannot keep must not stand in the way of all others
            await _finish(tools, organization.id, copy, {"problems": [f"it cannot be kept ({type(exc).__name__})"]})


async def _keep(tools: JobTools, organization: Organization, copy: TakenCopy, reading: Reading) -> None:
    at = tools.clock.now()
    address = reading.sender or copy.sender
    origin = Origin(
        message_id=copy.message_id, sender_domain=address.rpartition("@")[2].lower(), proved=copy.dmarc == "pass"
    )
    async with tools.database.scoped(organization.id) as connection:
        kept = Tally()
        for report in reading.reports:
            kept[await keep(connection, organization.id, report, origin, domains=organization.domains, at=at)] += 1
        detail = {"reports": kept[Kept.NEW], "problems": [*told(kept), *reading.problems]}
        await _record(connection, organization.id, copy, detail, tools)
    log.info("dmarc_reports.read", message_id=str(copy.message_id), **{kind.value: n for kind, n in kept.items()})


def told(kept: Tally) -> list[str]:
    """What did not become new rows, in words."""
    words = {
        Kept.KNOWN: "{} had come before",
        Kept.FOREIGN: "{} about domains that are not yours",
        Kept.IMPLAUSIBLE: "{} about days that have not come yet",
        Kept.TOO_MANY: "{} too many for one day",
    }
    return [text.format(kept[kind]) for kind, text in words.items() if kept[kind]]


async def _take_back(tools: JobTools, organization: UUID, copy: TakenCopy, raw: bytes, token: str) -> None:
    """A report that came back ends the reports to its box for a while."""
    why = failure_in(raw) if not copy.sender else ""
    async with tools.database.scoped(organization) as connection:
        address = await dead_boxes.returned(connection, token) if why else ""
        if address:
            await dead_boxes.bury(connection, organization, address, why=why, at=tools.clock.now())
        detail: dict[str, object] = {"problems": ["it is not about a report of ours"]}
        if address:
            detail = {"returned": address, "why": why}
        await _record(connection, organization, copy, detail, tools)


async def _finish(tools: JobTools, organization: UUID, copy: TakenCopy, detail: dict[str, object]) -> None:
    async with tools.database.scoped(organization) as connection:
        await _record(connection, organization, copy, detail, tools)


async def _record(
    connection: asyncpg.Connection, organization: UUID, copy: TakenCopy, detail: dict[str, object], tools: JobTools
) -> None:
    at = tools.clock.now()
    await mail_tracking.record(
        connection, organization, at=at, moved=[(copy.id, Status.READ)],
        events=[(copy.message_id, copy.id, Event(at=at, kind=EventKind.READ, detail=detail))],
    )  # fmt: skip
