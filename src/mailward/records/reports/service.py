# SPDX-License-Identifier: Apache-2.0
"""Numbers about a period, counted from the records when they are asked for."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from mailward.contract.finding import Verdict
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.records.reports.shapes import (
    Overview,
    Period,
    QueueState,
    SeriesPoint,
    TopReason,
    TopSender,
    Totals,
    VerdictCounts,
)

TOP = 8
NEAR = timedelta(hours=1)
"""A copy gets its id soon after its mail did."""

_LENGTHS = {
    Period.DAY: (timedelta(days=1), timedelta(hours=1)),
    Period.WEEK: (timedelta(days=7), timedelta(hours=6)),
    Period.MONTH: (timedelta(days=30), timedelta(days=1)),
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Waiting = Callable[[asyncpg.Connection], Awaitable[tuple[int, datetime | None]]]
"""How many copies of the connection's organization are on their way out, and since when the oldest is."""

_SPAN = """
FROM message_recipients r JOIN messages m
  ON m.organization_id = r.organization_id AND m.received_at = time_of(r.message_id) AND m.id = r.message_id
WHERE r.received_at >= $1 AND r.received_at < $2 AND m.received_at >= $3 AND m.received_at < $4
"""

_COUNTS = f"""
SELECT date_bin($5::interval, r.received_at, '1970-01-01 00:00:00+00') AS at, m.verdict, r.status, count(*) AS count
{_SPAN} GROUP BY 1, 2, 3
"""

_TOTALS = """
SELECT status, count(*) AS count FROM message_recipients WHERE received_at >= $1 AND received_at < $2 GROUP BY 1
"""

_SENDERS = f"""
SELECT m.sender, count(*) AS count {_SPAN} AND m.verdict <> 'clean' AND r.status <> 'rejected' AND m.sender <> ''
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $5
"""

_REASONS = """
SELECT top.id, top.count, coalesce((
    SELECT said ->> 'text' FROM messages s,
      jsonb_path_query(s.classes, '$.*.reasons[*] ? (@.id == $id)', jsonb_build_object('id', top.id)) said
    WHERE s.received_at >= $1 AND s.received_at < $2 AND s.reason_ids @> ARRAY[top.id] LIMIT 1), top.id) AS text
FROM (
  SELECT reason AS id, count(*) AS count FROM messages m, unnest(m.reason_ids) AS reason
  WHERE m.received_at >= $1 AND m.received_at < $2 AND m.verdict <> 'clean'
  GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $3) top
ORDER BY top.count DESC, top.id
"""


class Reports:
    """Counts for the overview."""

    def __init__(self, database: Database, clock: Clock, *, waiting: Waiting) -> None:
        self._database = database
        self._clock = clock
        self._waiting = waiting

    async def overview(self, organization: UUID, period: Period) -> Overview:
        """The numbers of the period that ends now."""
        length, step = _LENGTHS[period]
        until = self._clock.now()
        since = until - length
        span = (since, until, since - NEAR, until + NEAR)
        async with self._database.scoped(organization) as connection:
            counts = await connection.fetch(_COUNTS, *span, step)
            before = await connection.fetch(_TOTALS, since - length, since)
            senders = await connection.fetch(_SENDERS, *span, TOP)
            reasons = await connection.fetch(_REASONS, since, until, TOP)
            waiting, oldest = await self._waiting(connection)
        return Overview(
            period=period,
            since=since,
            until=until,
            totals=_totals(counts),
            previous=_totals(before),
            verdicts=_verdicts(counts),
            series=_series(counts, since=since, until=until, step=step),
            top_reasons=[TopReason(row["id"], row["text"], row["count"]) for row in reasons],
            top_senders=[TopSender(row["sender"], row["count"]) for row in senders],
            queue=QueueState(waiting, max(0, int((until - oldest).total_seconds())) if oldest else 0),
        )


def _totals(counts: list[asyncpg.Record]) -> Totals:
    sums: dict[str, int] = defaultdict(int)
    for row in counts:
        sums[row["status"]] += row["count"]
        sums["received"] += row["count"]
    return Totals(**{name: sums[name] for name in Totals.__struct_fields__})


def _verdicts(counts: list[asyncpg.Record]) -> VerdictCounts:
    sums: dict[str, int] = defaultdict(int)
    for row in counts:
        if row["status"] != "rejected":
            sums[row["verdict"]] += row["count"]
    return VerdictCounts(**{verdict.value: sums[verdict.value] for verdict in Verdict})


def _series(counts: list[asyncpg.Record], *, since: datetime, until: datetime, step: timedelta) -> list[SeriesPoint]:
    """One point per step, the empty ones too; the first and the last may be cut by the period's ends."""
    points: dict[datetime, dict[str, Any]] = {}
    at = since - (since - _EPOCH) % step
    while at < until:
        points[at] = defaultdict(int)
        at += step
    for row in counts:
        name = "rejected" if row["status"] == "rejected" else row["verdict"]
        points[row["at"]][name] += row["count"]
    return [
        SeriesPoint(at=at, rejected=sums["rejected"], **{verdict.value: sums[verdict.value] for verdict in Verdict})
        for at, sums in points.items()
    ]
