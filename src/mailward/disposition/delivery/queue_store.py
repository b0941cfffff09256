# SPDX-License-Identifier: Apache-2.0
"""The queries behind looking at the queue. `store` works it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from mailward.disposition.delivery.destinations import EVERY
from mailward.disposition.delivery.shapes import Condition, QueueDestination, QueueOverview
from mailward.disposition.delivery.store import QUEUE_DAYS
from mailward.records.mail_tracking import service as mail_tracking

MAX_DESTINATIONS = 500
_WAITING = """
FROM deliveries h CROSS JOIN LATERAL (
  SELECT * FROM message_recipients WHERE received_at = time_of(h.id) AND id = h.id OFFSET 0) r
"""
_TELLS = "h.sender <> '' AND coalesce((h.notices ->> 'failure')::boolean, false)"


class Chosen(NamedTuple):
    """A selected copy: where it goes, whether it is being delivered this moment, whether its sender may be told."""

    id: UUID
    destination: str
    under_way: bool
    tells_sender: bool


async def state(connection: asyncpg.Connection, *, at: datetime) -> QueueOverview:
    """The queue by destination, those with most mail first."""
    rows = await connection.fetch(
        "SELECT coalesce(q.destination, s.name) AS name, coalesce(q.waiting, 0) AS waiting,"
        " coalesce(q.under_way, 0) AS under_way, coalesce(q.outward, false) AS outward, q.oldest, q.next_due,"
        " coalesce(nullif(s.last_reply, ''), q.last_reply, '') AS last_reply, coalesce(s.failures, 0) AS failures,"
        " coalesce(s.allowance, 0) AS allowance, s.resting_until, s.paused_at, coalesce(s.paused_by, '') AS paused_by,"
        " count(*) OVER () AS destinations, sum(q.waiting) OVER () AS all_waiting"
        " FROM (SELECT destination, count(*) AS waiting, count(*) FILTER (WHERE lease IS NOT NULL AND is_held(lease))"
        "     AS under_way, bool_or(outward) AS outward, min(expires_at) AS oldest, min(due_at) AS next_due,"
        "     max(last_reply) FILTER (WHERE last_reply <> '') AS last_reply FROM deliveries GROUP BY destination) q"
        " FULL JOIN (SELECT * FROM destinations WHERE name <> $2) s ON s.name = q.destination"
        " WHERE q.destination IS NOT NULL OR s.paused_at IS NOT NULL OR s.resting_until > $3"
        " ORDER BY coalesce(q.waiting, 0) DESC, 1 LIMIT $1",
        MAX_DESTINATIONS, EVERY, at,
    )  # fmt: skip
    everything = await connection.fetchrow("SELECT paused_at, paused_by FROM destinations WHERE name = $1", EVERY)
    stopped = everything is not None
    found = [_destination(row, at, stopped=stopped) for row in rows]
    return QueueOverview(
        waiting=int(rows[0]["all_waiting"] or 0) if rows else 0,
        everything_paused_at=everything["paused_at"] if everything else None,
        everything_paused_by=everything["paused_by"] if everything else "",
        destinations=found,
        left_out=rows[0]["destinations"] - len(rows) if rows else 0,
    )


def _destination(row: asyncpg.Record, at: datetime, *, stopped: bool) -> QueueDestination:
    resting = row["resting_until"] is not None and row["resting_until"] > at
    condition = Condition.ON_TRIAL if row["allowance"] else Condition.OPEN
    if resting:
        condition = Condition.RESTING
    if row["paused_at"] is not None:
        condition = Condition.PAUSED
    next_try = max(row["next_due"], row["resting_until"]) if resting and row["next_due"] else row["next_due"]
    return QueueDestination(
        name=row["name"], condition=condition, waiting=row["waiting"], under_way=row["under_way"],
        outward=row["outward"], oldest_at=row["oldest"] - timedelta(days=QUEUE_DAYS) if row["oldest"] else None,
        next_try_at=None if stopped or condition is Condition.PAUSED else next_try, last_reply=row["last_reply"],
        paused_at=row["paused_at"], paused_by=row["paused_by"], failures=row["failures"],
    )  # fmt: skip


async def search(
    connection: asyncpg.Connection, where: mail_tracking.Where, *, destination: str | None, after: UUID | None,
    limit: int,
) -> list[asyncpg.Record]:  # fmt: skip
    """Waiting copies that match, the oldest first, younger than the copy `after`."""
    mails, condition, parameters = mail_tracking.bounded(where)
    for value, test in ((after, "h.id > {}::uuid"), (destination, "h.destination = lower({})")):
        if value is not None:
            parameters.append(value)
            condition += " AND " + test.format(f"${len(parameters)}")
    parameters.append(limit)
    found: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {mail_tracking.ROW}, h.destination, h.attempts, h.due_at, h.expires_at, h.last_reply,"
        f" h.lease IS NOT NULL AND is_held(h.lease) AS under_way, {_TELLS} AS tells_sender {_WAITING} {mails}"
        f" WHERE {condition} ORDER BY h.id LIMIT ${len(parameters)}::bigint",
        *parameters,
    )
    return found


async def by_ids(connection: asyncpg.Connection, ids: Sequence[UUID]) -> list[Chosen]:
    """Those of the copies that wait."""
    return await _chosen(connection, "WHERE h.id = ANY($1)", list(ids))


async def by_destination(connection: asyncpg.Connection, name: str, *, limit: int) -> list[Chosen]:
    """The copies of one destination, or of all of them, the oldest first."""
    condition = "WHERE $1 = '*' OR h.destination = $1 ORDER BY h.id LIMIT $2"
    return await _chosen(connection, condition, name, limit)


async def by_search(connection: asyncpg.Connection, where: mail_tracking.Where, *, limit: int) -> list[Chosen]:
    """The copies that match."""
    mails, condition, parameters = mail_tracking.bounded(where)
    return await _chosen(
        connection, f"WHERE {condition} LIMIT ${len(parameters) + 1}::bigint", *parameters, limit,
        tables=f"{_WAITING} {mails}",
    )  # fmt: skip


async def _chosen(
    connection: asyncpg.Connection, condition: str, *parameters: Any, tables: str = "FROM deliveries h"
) -> list[Chosen]:
    rows = await connection.fetch(
        "SELECT h.id, h.destination, h.lease IS NOT NULL AND is_held(h.lease) AS under_way,"
        f" {_TELLS} AS tells_sender {tables} {condition}",
        *parameters,
    )
    return [Chosen(**row) for row in rows]


async def paused(connection: asyncpg.Connection) -> set[str]:
    """The destinations that are paused."""
    rows = await connection.fetch("SELECT name FROM destinations WHERE paused_at IS NOT NULL")
    return {row["name"] for row in rows}


async def hurry(connection: asyncpg.Connection, ids: Sequence[UUID], *, at: datetime) -> list[asyncpg.Record]:
    """Make copies due now, but for those that are being delivered; those that were."""
    rows: list[asyncpg.Record] = await connection.fetch(
        "WITH mine AS (SELECT id FROM deliveries WHERE id = ANY($1) AND NOT is_held(lease) ORDER BY id FOR UPDATE)"
        " UPDATE deliveries d SET due_at = least(d.due_at, $2) FROM mine WHERE d.id = mine.id"
        " RETURNING d.id, d.message_id, d.destination",
        list(ids), at,
    )  # fmt: skip
    return rows


async def of_destinations(connection: asyncpg.Connection, names: Iterable[str]) -> list[tuple[UUID, UUID]]:
    """(copy, mail) of all that waits for these destinations."""
    wanted = list(names)
    rows = await connection.fetch(
        "SELECT id, message_id FROM deliveries WHERE destination = ANY($1) OR $2", wanted, EVERY in wanted
    )
    return [(row["id"], row["message_id"]) for row in rows]
