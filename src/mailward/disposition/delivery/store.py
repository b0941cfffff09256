# SPDX-License-Identifier: Apache-2.0
"""The queue in the database. Only the holder of a row's lease may change or remove it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.kit.database.writing import Announcement, Part, into, write

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


def queued(copies: Iterable[Due], *, at: datetime) -> Part:
    """The rows of copies that enter the queue."""
    rows = [
        {
            **{name: getattr(copy, name) for name in _STORED},
            "destination": copy.destination,
            "due_at": at,
            "last_reply": "",
        }
        for copy in copies
    ]
    return into("deliveries", (*_STORED, "destination", "due_at", "last_reply"), rows)


def offered(copies: Iterable[Due]) -> tuple[Announcement, ...]:
    """What everyone who delivers is told, where copies are not leased at once."""
    return (Announcement(CHANNEL),) if any(copy.lease is None for copy in copies) else ()


async def enqueue(connection: asyncpg.Connection, copies: Sequence[Due], *, at: datetime) -> None:
    """Put copies into the queue: leased at once where they say so, else announced to everyone."""
    await write(connection, [queued(copies, at=at)], offered(copies))


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
