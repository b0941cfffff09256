# SPDX-License-Identifier: Apache-2.0
"""TLS reports for people: what others saw of our domains, what we told others, and files that are brought by hand."""

import asyncio
from datetime import timedelta
from uuid import UUID

from mailward.contract.principal import Principal
from mailward.kit import paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.records.tls_reports.reading import NotAReport, read
from mailward.records.tls_reports.received import keep
from mailward.records.tls_reports.shapes import (
    ImportedTlsReports,
    ReceivedTlsReport,
    ReceivedTlsReportPage,
    SentTlsReport,
    SentTlsReportPage,
    TlsOverview,
    TlsOverviewRow,
)

MAX_SENT = 200
MAX_OVERVIEW = 1000


class TlsReports:
    """The reports of all organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def overview(self, organization: UUID, *, days: int) -> TlsOverview:
        """Sessions that others reported about our domains, by domain, policy and failure."""
        since = self._clock.now() - timedelta(days=days)
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(
                "SELECT r.domain, r.policy_type, r.failure, sum(r.sessions)::bigint AS sessions,"
                " count(DISTINCT t.reporter) AS reporters, max(r.ends_at) AS last, max(r.why) AS why"
                " FROM tls_report_rows r JOIN tls_reports t ON t.id = r.report"
                " WHERE r.ends_at >= $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC LIMIT $2",
                since, MAX_OVERVIEW,
            )  # fmt: skip
        return TlsOverview([TlsOverviewRow(**dict(row)) for row in rows])

    async def received(self, organization: UUID, *, cursor: str | None, limit: int) -> ReceivedTlsReportPage:
        """Reports, newest first. Raises BadCursor."""
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(
                "SELECT t.id, t.reporter, t.report_id, t.contact, t.begins_at, t.ends_at, t.received_at, t.origin,"
                " coalesce(sum(r.sessions), 0)::bigint AS sessions,"
                " coalesce(sum(r.sessions) FILTER (WHERE r.failure <> ''), 0)::bigint AS failures,"
                " array_agg(DISTINCT r.domain) AS domains"
                " FROM tls_reports t JOIN tls_report_rows r ON r.report = t.id"
                " WHERE $1::uuid IS NULL OR t.id < $1"
                " GROUP BY t.organization_id, t.id, t.reporter, t.report_id, t.contact, t.begins_at, t.ends_at,"
                " t.received_at, t.origin ORDER BY t.id DESC LIMIT $2",
                before, limit + 1,
            )  # fmt: skip
        items = [ReceivedTlsReport(**dict(row)) for row in rows[:limit]]
        return ReceivedTlsReportPage(items, paging.encode(items[-1].id) if len(rows) > limit else None)

    async def sent(self, organization: UUID) -> SentTlsReportPage:
        """What was reported to whom, the newest first, at most `MAX_SENT`."""
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(
                "SELECT day, domain, sent_to, problems, sessions, failures, at FROM tls_reports_sent"
                " WHERE cardinality(sent_to) + cardinality(problems) > 0 ORDER BY day DESC, domain LIMIT $1",
                MAX_SENT,
            )  # fmt: skip
        return SentTlsReportPage([SentTlsReport(**dict(row)) for row in rows])

    async def bring(self, principal: Principal, content: bytes) -> ImportedTlsReports:
        """Keep the reports of a file or a mail. Raises NotAReport."""
        reports = await asyncio.to_thread(read, content)
        new, problems = 0, []
        async with self._database.scoped(principal.organization_id) as connection:
            own = [row[0] for row in await connection.fetch("SELECT name FROM domains")]
            for report in reports:
                why = await keep(
                    connection, principal.organization_id, report, domains=own, origin=principal.email,
                    at=self._clock.now(),
                )  # fmt: skip
                new += not why
                problems += [f"{report.organization[:60]}: {why}"] if why else []
        return ImportedTlsReports(new=new, problems=problems)


__all__ = ["NotAReport", "TlsReports"]
