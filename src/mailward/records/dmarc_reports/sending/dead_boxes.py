# SPDX-License-Identifier: Apache-2.0
"""Boxes that do not take our reports: after a failure they are left alone, longer each time."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

FIRST_REST = timedelta(days=7)
LONGEST_REST = timedelta(days=90)
MAX_WHY = 300


class DeadBox(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is not written to until `until`; `times` it failed."""

    address: str
    why: str
    times: int
    since: datetime
    until: datetime


async def bury(connection: asyncpg.Connection, organization: UUID, address: str, *, why: str, at: datetime) -> None:
    """Leave a box alone: a week, and twice as long each time that it fails again."""
    times = await connection.fetchval("SELECT times FROM dmarc_dead_boxes WHERE address = $1", address) or 0
    until = at + min(FIRST_REST * 2 ** min(times, 10), LONGEST_REST)
    await connection.execute(
        "INSERT INTO dmarc_dead_boxes (organization_id, address, why, times, since, until)"
        " VALUES ($1, $2, $3, 1, $4, $5) ON CONFLICT (organization_id, address) DO UPDATE SET why = excluded.why,"
        " times = dmarc_dead_boxes.times + 1, since = excluded.since, until = excluded.until",
        organization, address, why[:MAX_WHY].replace("\x00", ""), at, until,
    )  # fmt: skip


async def every(connection: asyncpg.Connection, *, most: int = 1000) -> list[DeadBox]:
    """All that are known, those that failed last first."""
    rows = await connection.fetch(
        "SELECT address, why, times, since, until FROM dmarc_dead_boxes ORDER BY since DESC LIMIT $1", most
    )
    return [DeadBox(**row) for row in rows]


async def closed(connection: asyncpg.Connection, addresses: list[str], at: datetime) -> set[str]:
    """Those of the addresses that are to be left alone now."""
    rows = await connection.fetch(
        "SELECT address FROM dmarc_dead_boxes WHERE address = ANY($1) AND until > $2", addresses, at
    )
    return {row["address"] for row in rows}


async def revive(connection: asyncpg.Connection, address: str) -> bool:
    """Write to a box again; whether it was left alone."""
    return bool(await connection.fetchval("DELETE FROM dmarc_dead_boxes WHERE address = $1 RETURNING 1", address))


async def returned(connection: asyncpg.Connection, token: str) -> str:
    """The box from which a report with this tag came back, "" if there is no such report; it is marked."""
    address = await connection.fetchval(
        "UPDATE dmarc_sent SET state = 'bounced' WHERE token = $1 AND state IN ('queued', 'delivered')"
        " RETURNING destination",
        token,
    )
    return address or ""
