# SPDX-License-Identifier: Apache-2.0
"""What people do with reports: look, bring files, take out, and see what is sent."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.dmarc_report import Report
from mailward.contract.dns import Resolver
from mailward.contract.job import ReadReports
from mailward.contract.principal import Principal
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit import csv_export, paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.records.dmarc_reports import overview, received, records
from mailward.records.dmarc_reports.incoming import told
from mailward.records.dmarc_reports.sending import dead_boxes
from mailward.records.dmarc_reports.sending.plan import plan_day, problem_of
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.records.dmarc_reports.shapes import (
    DmarcRecordList,
    DmarcSending,
    DmarcSourceDetail,
    DmarcSourceList,
    DmarcSummary,
    ImportOutcome,
    ReceivedReport,
    ReceivedReportPage,
    ResignedBox,
    SendingPlan,
    SentReport,
    SourceKind,
)

MAX_EXPORT = 1_500_000
"""Rows of an export."""
MAX_SENT_SHOWN = 200
_PIECE = 2000

_REPORT = (
    "id, domain, reporter, reporter_email, report_id, begins_at, ends_at, received_at, message_id, sender_domain,"
    " proved, added_by, coalesce(published ->> 'p', '') AS policy, mails, passed, notes"
)


class DmarcReports:
    """Reports about an organization's domains. `read` has bytes read where they can do no harm."""

    def __init__(self, database: Database, clock: Clock, read: ReadReports) -> None:
        self._database = database
        self._clock = clock
        self._read = read

    async def summary(self, organization: UUID, *, days: int, domain: str) -> DmarcSummary:
        """The last `days` days, today among them, beside those before."""
        async with self._database.scoped(organization) as connection:
            return await overview.summary(connection, until=self._clock.now().date(), days=days, domain=domain)

    async def sources(self, organization: UUID, *, days: int, domain: str, kind: SourceKind | None) -> DmarcSourceList:
        """Who sends, those with most failing mail first."""
        async with self._database.scoped(organization) as connection:
            until = self._clock.now().date()
            return await overview.sources(connection, until=until, days=days, domain=domain, kind=kind)

    async def source(self, organization: UUID, name: str, *, days: int, domain: str) -> DmarcSourceDetail | None:
        """One source, in full; None if nothing is known of it."""
        async with self._database.scoped(organization) as connection:
            return await overview.source(connection, name, until=self._clock.now().date(), days=days, domain=domain)

    async def reports(self, organization: UUID, *, domain: str, cursor: str | None, limit: int) -> ReceivedReportPage:
        """The reports themselves, newest first. Raises `BadCursor`."""
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(
                f"SELECT {_REPORT} FROM dmarc_received WHERE ($1 = '' OR domain = $1)"  # noqa: S608 - our own words
                " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
                domain, before, limit + 1,
            )  # fmt: skip
        items = [ReceivedReport(**row) for row in rows[:limit]]
        return ReceivedReportPage(items, paging.encode(items[-1].id) if len(rows) > limit else None)

    async def delete(self, organization: UUID, identifier: UUID) -> bool:
        """Take a report out, with its rows; whether it was there."""
        async with self._database.scoped(organization) as connection:
            return await received.delete(connection, identifier)

    async def bring(self, principal: Principal, content: bytes) -> ImportOutcome:
        """Keep the reports in a file that a person brings."""
        reading = await self._read(content)
        outcome = await keep_all(
            self._database, principal.organization_id, reading.reports, by=principal.email, clock=self._clock
        )
        return ImportOutcome(new=outcome.new, problems=[*outcome.problems, *reading.problems])

    async def records(self, principal: Principal, resolver: Resolver) -> DmarcRecordList:
        """The DMARC records of the organization's domains, as they should be and as they are."""
        ON_BEHALF_OF.set((principal.organization_id,))
        domains, settings = await self._own(principal.organization_id, verified=False)
        address = settings.report_address
        return DmarcRecordList(address, await records.records_of(domains, address, resolver))

    async def sending(self, organization: UUID) -> DmarcSending:
        """Reports of ours: what was sent, and to whom no more is sent."""
        domains, settings = await self._own(organization, verified=True)
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(
                "SELECT day, policy_domain, destination, state, why, mails, size, message_id, at FROM dmarc_sent"
                " ORDER BY at DESC, policy_domain LIMIT $1",
                MAX_SENT_SHOWN,
            )
            dead = await dead_boxes.every(connection)
        return DmarcSending(
            enabled=settings.send,
            problem=problem_of(domains, settings) if settings.send else "",
            sent=[SentReport(**row) for row in rows],
            dead_boxes=[ResignedBox(**msgspec.structs.asdict(box)) for box in dead],
        )

    async def plan(self, organization: UUID, day: date | None, resolver: Resolver) -> SendingPlan:
        """What would be sent about a day, yesterday if none is named."""
        domains, settings = await self._own(organization, verified=True)
        at = self._clock.now()
        return await plan_day(
            self._database, organization, day or (at - timedelta(days=1)).date(), domains=domains, settings=settings,
            at=at, resolver=resolver,
        )  # fmt: skip

    async def revive(self, organization: UUID, address: str) -> bool:
        """Write to a box again; whether it was left alone."""
        async with self._database.scoped(organization) as connection:
            return await dead_boxes.revive(connection, address)

    async def _own(self, organization: UUID, *, verified: bool) -> tuple[list[str], DmarcReportsSettings]:
        """Its domains, or only those whose ownership is proved, and its settings."""
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(
                "SELECT name FROM domains WHERE verified_by IS NOT NULL OR NOT $1 ORDER BY name", verified
            )
            chosen = await connection.fetchval(
                "SELECT settings FROM feature_settings WHERE feature = 'dmarc_reports'"
            )  # fmt: skip
        return [row["name"] for row in rows], msgspec.convert(chosen or {}, DmarcReportsSettings)

    async def export(self, organization: UUID, *, days: int, domain: str) -> AsyncIterator[str]:
        """The rows of a period as CSV, piece by piece. The last line says so where rows were left out."""
        yield csv_export.lines([overview.COLUMNS])
        until = self._clock.now().date()
        async with self._database.scoped(organization) as connection:
            piece: list[tuple[Any, ...]] = []
            count = 0
            since = until - timedelta(days=days)
            async for row in connection.cursor(overview.EXPORT, since, until, domain, MAX_EXPORT + 1, prefetch=_PIECE):
                count += 1
                if count > MAX_EXPORT:
                    piece.append((f"# cut after {MAX_EXPORT} rows: choose fewer days or one domain",))
                    break
                piece.append(_cells(row))
                if len(piece) >= _PIECE:
                    yield csv_export.lines(piece)
                    piece = []
            yield csv_export.lines(piece)


async def keep_all(
    database: Database, organization: UUID, reports: tuple[Report, ...], *, by: str, clock: Clock
) -> ImportOutcome:
    """Keep reports that `by` brings."""
    origin = received.Origin(added_by=by)
    kept = received.Tally()
    async with database.scoped(organization) as connection:
        domains = [row[0] for row in await connection.fetch("SELECT name FROM domains")]
        for report in reports:
            kept[await received.keep(connection, organization, report, origin, domains=domains, at=clock.now())] += 1
    return ImportOutcome(new=kept[received.Kept.NEW], problems=told(kept))


def _cells(row: asyncpg.Record) -> tuple[Any, ...]:
    signatures = "; ".join(f"{s['domain']} {s['selector']} {s['result']}" for s in row["signatures"])
    permissions = "; ".join(f"{p['domain']} {p['scope']} {p['result']}" for p in row["permissions"])
    overrides = "; ".join(f"{o['kind']} {o['comment']}".strip() for o in row["overrides"])
    values = [row[name] for name in overview.COLUMNS[:12]]
    return (*values, signatures, permissions, overrides, row["reporter"], row["report_id"])
