# SPDX-License-Identifier: Apache-2.0
"""The queue in the database. Only the holder of a row's lease may change or remove it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

CHANNEL = "mailward_queue"
QUEUE_DAYS = 10
"""How long we keep trying before a copy is given up as expired."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One copy on its way out, leased by whoever holds this. `raw` is the original mail where it is
    still in memory; it is not stored here. `outward` copies may go to a domain that nobody here protects."""

    organization_id: UUID
    id: UUID
    message_id: UUID
    sender: str
    recipient: str
    outward: bool = False
    utf8: bool = False
    edits: dict[str, Any] = {}
    attempts: int = 0
    expires_at: datetime
    lease: UUID | None = None
    raw: bytes | None = None

    @property
    def destination(self) -> str:
        """The domain that the copy goes to: what the queue is sorted, paused and flushed by."""
        return self.recipient.rpartition("@")[2].lower()


_STORED = tuple(name for name in Due.__struct_fields__ if name != "raw")


async def enqueue(connection: asyncpg.Connection, rows: Sequence[Due], *, at: datetime) -> None:
    """Put copies into the queue: leased at once where they say so, else announced to everyone."""
    if not rows:
        return
    await connection.executemany(
        "INSERT INTO deliveries (organization_id, id, message_id, sender, recipient, destination, outward, utf8, edits,"
        " attempts, due_at, expires_at, lease, last_reply)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '')",
        [
            (
                row.organization_id, row.id, row.message_id, row.sender, row.recipient, row.destination, row.outward,
                row.utf8, row.edits, row.attempts, at, row.expires_at, row.lease,
            )
            for row in rows
        ],
    )  # fmt: skip
    if any(row.lease is None for row in rows):
        await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


def expiry(at: datetime) -> datetime:
    """When a copy that enters the queue now is given up."""
    return at + timedelta(days=QUEUE_DAYS)


async def say_alive(connection: asyncpg.Connection, token: UUID, *, at: datetime, until: datetime) -> None:
    """The process behind `token` lives at least until `until`; its leases hold for as long."""
    await connection.execute("SELECT say_alive($1, $2, $3)", token, at, until)


async def say_farewell(connection: asyncpg.Connection, token: UUID) -> None:
    """The process behind `token` stops: its leases are free at once."""
    await connection.execute("SELECT say_farewell($1)", token)


async def lease(connection: asyncpg.Connection, token: UUID, *, at: datetime, most: int) -> list[Due]:
    """Take up to `most` due copies of any organization, oldest first."""
    rows = await connection.fetch("SELECT * FROM lease_deliveries($1, $2, $3)", token, at, most)
    return [Due(**{name: row[name] for name in _STORED}) for row in rows]


async def finish(connection: asyncpg.Connection, copies: Sequence[Due]) -> set[UUID]:
    """Remove copies that are settled; the ids of those that were still ours to remove."""
    if not copies:
        return set()
    rows = await connection.fetch(
        "DELETE FROM deliveries d USING unnest($1::uuid[], $2::uuid[]) AS ours(id, lease)"
        " WHERE d.id = ours.id AND d.lease = ours.lease RETURNING d.id",
        [copy.id for copy in copies], [copy.lease for copy in copies],
    )  # fmt: skip
    return {row["id"] for row in rows}


async def defer(connection: asyncpg.Connection, deferred: Sequence[tuple[Due, datetime, str]]) -> None:
    """Give copies back for later: (copy, when it is due again, what the server said)."""
    if deferred:
        await connection.executemany(
            "UPDATE deliveries SET attempts = attempts + 1, due_at = $3, last_reply = $4, lease = NULL"
            " WHERE id = $1 AND lease = $2",
            [(copy.id, copy.lease, due, reply) for copy, due, reply in deferred],
        )


async def queue_state(connection: asyncpg.Connection) -> tuple[int, datetime | None, datetime | None]:
    """How many copies wait anywhere, when the oldest came in, and when the next is due."""
    row = await connection.fetchrow("SELECT * FROM queue_state()")
    oldest = row["oldest"] - timedelta(days=QUEUE_DAYS) if row["oldest"] else None
    return row["waiting"], oldest, row["next_due"]
