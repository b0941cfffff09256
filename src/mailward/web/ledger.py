# SPDX-License-Identifier: Apache-2.0
"""What left this system for an organization, as the console shows it: the ledger's lines, and their sums."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from mailward.contract.data import DataItem
from mailward.contract.principal import Principal
from mailward.kit import paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.http import Cursor, Limit, Refusal, paged, problems

SUMMARY_SPAN = timedelta(days=7)
MAX_DESTINATIONS = 500


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line: requests to one destination within one minute."""

    at: datetime
    feature: str
    destination: str
    items: list[str]
    requests: int
    bytes: int


class LedgerPage(msgspec.Struct, frozen=True):
    """One page of lines, newest first."""

    items: list[LedgerEntry]
    next_cursor: str | None


class LedgerDestination(msgspec.Struct, frozen=True, kw_only=True):
    """All requests of one feature to one destination."""

    destination: str
    feature: str
    items: list[str]
    requests: int
    bytes: int
    last_at: datetime


class LedgerSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of a span of time, the busiest first."""

    since: datetime
    until: datetime
    destinations: list[LedgerDestination]


@get("/api/v1/ledger", operation_id="listLedger", responses=problems(400), summary="What left, line by line")
async def list_ledger(
    request: Request[Any, Any, Any],
    principal: NamedDependency[Principal],
    database: NamedDependency[Database],
    cursor: Cursor = None,
    limit: Limit = paging.DEFAULT_LIMIT,
) -> Response[LedgerPage]:
    """A page of the ledger."""
    before = paging.decode(cursor).int if cursor else _MAX
    async with database.scoped(principal.organization_id) as connection:
        rows = await connection.fetch(
            "SELECT number, at, feature, destination, items, requests, bytes FROM egress_ledger"
            " WHERE number < $1 ORDER BY number DESC LIMIT $2",
            min(before, _MAX), limit + 1,
        )  # fmt: skip
    entries = [
        LedgerEntry(
            at=row["at"], feature=row["feature"], destination=row["destination"], items=_words(row["items"]),
            requests=row["requests"], bytes=row["bytes"],
        )
        for row in rows[:limit]
    ]  # fmt: skip
    following = paging.encode(UUID(int=rows[limit - 1]["number"])) if len(rows) > limit else None
    return paged(request, LedgerPage(entries, following), following)


@get("/api/v1/ledger/summary", operation_id="summarizeLedger", responses=problems(400),
     summary="What left, summed by destination and feature")  # fmt: skip
async def summarize_ledger(
    principal: NamedDependency[Principal],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    since: FromQuery[datetime | None] = None,
) -> LedgerSummary:
    """The sums since a time, by default of seven days."""
    until = clock.now()
    begin = until - SUMMARY_SPAN if since is None else _in_utc(since)
    async with database.scoped(principal.organization_id) as connection:
        rows = await connection.fetch(
            "SELECT destination, feature, array_agg(DISTINCT item) FILTER (WHERE item IS NOT NULL) AS items,"
            " max(at) AS last_at, sum(requests)::bigint AS requests, sum(bytes)::bigint AS bytes FROM ("
            "   SELECT destination, feature, at, items,"
            "     CASE WHEN item_number IS NULL OR item_number = 1 THEN requests ELSE 0 END AS requests,"
            "     CASE WHEN item_number IS NULL OR item_number = 1 THEN bytes ELSE 0 END AS bytes, item"
            "   FROM egress_ledger LEFT JOIN LATERAL unnest(items) WITH ORDINALITY AS i(item, item_number) ON true"
            "   WHERE at >= $1 AND at <= $2) lines"
            " GROUP BY destination, feature ORDER BY requests DESC, destination LIMIT $3",
            begin, until, MAX_DESTINATIONS,
        )  # fmt: skip
    destinations = [
        LedgerDestination(
            destination=row["destination"], feature=row["feature"], items=_words(row["items"] or ()),
            requests=row["requests"], bytes=row["bytes"], last_at=row["last_at"],
        )
        for row in rows
    ]  # fmt: skip
    return LedgerSummary(since=begin, until=until, destinations=destinations)


ROUTES: Sequence[Any] = (list_ledger, summarize_ledger)

_MAX = 2**63 - 1


def _words(items: Iterable[str]) -> list[str]:
    """The ledger keeps the names of data items; people read their words."""
    return sorted(DataItem[item].value if item in DataItem.__members__ else item for item in items)


def _in_utc(at: datetime) -> datetime:
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as exc:
        raise Refusal(400, "this time is too far away", kind="bad-time") from exc
