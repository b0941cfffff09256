# SPDX-License-Identifier: Apache-2.0
"""The queue in the database. Only the holder of a row's lease may change or remove it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from mailward.disposition.delivery.notices import NOBODY, Notices
from mailward.kit.database.writing import Announcement, Part, into, write
from mailward.kit.domain_names import domain_of

CHANNEL = "mailward_queue"
QUEUE_DAYS = 10
"""How long we keep trying before a copy is given up as expired."""


MOST_WAIT = timedelta(hours=2)
MOST_REST = timedelta(hours=1)
"""Beyond what `backoff` and `destinations` ever give: no clock that is right writes later times."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One copy on its way out, leased by whoever holds this. `raw` is the original mail where it is
    still in memory; it is not stored here. `outward` copies may go to a domain that nobody here protects;
    `chosen` ones came out of the queue for this process, with regard to how their destination stands."""

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
    notices: Notices = NOBODY
    warned: bool = False
    last_reply: str = ""
    raw: bytes | None = None
    chosen: bool = False

    @property
    def destination(self) -> str:
        """The domain that the copy goes to: what the queue is sorted, paused and flushed by."""
        return domain_of(self.recipient)


_STORED = tuple(name for name in Due.__struct_fields__ if name not in ("raw", "chosen"))


def queued(copies: Iterable[Due], *, at: datetime) -> Part:
    """The rows of copies that enter the queue."""
    rows = [
        {
            **{name: getattr(copy, name) for name in _STORED},
            "destination": copy.destination,
            "due_at": at,
            "warned": not copy.notices.delay,
            "last_reply": "",
        }
        for copy in copies
    ]
    return into("deliveries", (*_STORED, "destination", "due_at"), rows)


def offered(copies: Iterable[Due]) -> tuple[Announcement, ...]:
    """What everyone who delivers is told, where copies are not leased at once."""
    return (Announcement(CHANNEL),) if any(copy.lease is None for copy in copies) else ()


async def enqueue(connection: asyncpg.Connection, copies: Sequence[Due], *, at: datetime) -> None:
    """Put copies into the queue: leased at once where they say so, else announced to everyone."""
    await write(connection, [queued(copies, at=at)], offered(copies))


async def wake(connection: asyncpg.Connection) -> None:
    """Tell every process to look at the queue and its destinations, once this transaction commits."""
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


def expiry(at: datetime) -> datetime:
    """When a copy that enters the queue now is given up."""
    return at + timedelta(days=QUEUE_DAYS)


async def say_alive(connection: asyncpg.Connection, token: UUID, *, seconds: float) -> int:
    """The process behind `token` lives for at least so long, by the database's clock, and its leases hold for as
    long. How many such processes there are, this one among them."""
    living: int = await connection.fetchval("SELECT say_alive($1, $2)", token, seconds)
    return living


def arrival(copy: Due) -> datetime:
    """When a copy entered the queue."""
    return copy.expires_at - timedelta(days=QUEUE_DAYS)


async def say_farewell(connection: asyncpg.Connection, token: UUID) -> None:
    """The process behind `token` stops: its leases are free at once."""
    await connection.execute("SELECT say_farewell($1)", token)


async def lease(connection: asyncpg.Connection, token: UUID, *, at: datetime, most: int) -> list[Due]:
    """Take up to `most` due copies: fair to organizations and destinations, the oldest of each first, and no more
    of a destination than it may have under way."""
    rows = await connection.fetch("SELECT * FROM lease_deliveries($1, $2, $3)", token, at, most)
    return sorted((due_of(row, chosen=True) for row in rows), key=lambda due: due.id)


def due_of(row: asyncpg.Record, *, chosen: bool = False) -> Due:
    """A row of the queue."""
    values = {name: row[name] for name in _STORED}
    return Due(**{**values, "notices": msgspec.convert(values["notices"], Notices)}, chosen=chosen)


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


class Deferral(NamedTuple):
    """A copy that waits: until when, what was said, and whether that was about this copy (which counts as one of
    its attempts) or about its destination."""

    copy: Due
    due_at: datetime
    reply: str
    counts: bool = True


async def defer(connection: asyncpg.Connection, deferrals: Sequence[Deferral]) -> set[UUID]:
    """Give copies back for later; the ids of those that were still ours to give back."""
    if not deferrals:
        return set()
    rows = await connection.fetch(
        "UPDATE deliveries d SET attempts = attempts + w.counts, due_at = w.due_at, last_reply = w.reply, lease = NULL"
        " FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::integer[])"
        " AS w(id, lease, due_at, reply, counts) WHERE d.id = w.id AND d.lease = w.lease RETURNING d.id",
        [wait.copy.id for wait in deferrals], [wait.copy.lease for wait in deferrals],
        [wait.due_at for wait in deferrals], [wait.reply for wait in deferrals],
        [int(wait.counts) for wait in deferrals],
    )  # fmt: skip
    return {row["id"] for row in rows}


async def put_back(connection: asyncpg.Connection, copies: Sequence[Due]) -> set[UUID]:
    """Let go of copies that were not tried; the ids of those that were still ours."""
    if not copies:
        return set()
    rows = await connection.fetch(
        "UPDATE deliveries d SET lease = NULL FROM unnest($1::uuid[], $2::uuid[]) AS ours(id, lease)"
        " WHERE d.id = ours.id AND d.lease = ours.lease RETURNING d.id",
        [copy.id for copy in copies], [copy.lease for copy in copies],
    )  # fmt: skip
    return {row["id"] for row in rows}


async def take(connection: asyncpg.Connection, ids: Sequence[UUID]) -> list[Due]:
    """Remove copies that nobody is delivering just now, in the order of their ids so that two who take never wait
    for each other in a circle. Who gets a copy here has it alone."""
    if not ids:
        return []
    rows = await connection.fetch(
        "WITH mine AS (SELECT id FROM deliveries WHERE id = ANY($1) AND NOT is_held(lease) ORDER BY id FOR UPDATE)"
        " DELETE FROM deliveries d USING mine WHERE d.id = mine.id RETURNING d.*",
        list(ids),
    )
    return [due_of(row) for row in rows]


async def overdue(connection: asyncpg.Connection, *, at: datetime, late_before: datetime, most: int) -> list[Due]:
    """Copies of any organization whose time is over, or that came before `late_before` and whose sender was not told
    yet; none that somebody is delivering."""
    rows = await connection.fetch(
        "SELECT * FROM overdue_deliveries($1, $2, $3)", at, late_before + timedelta(days=QUEUE_DAYS), most
    )
    return [due_of(row) for row in rows]


async def mend_times(connection: asyncpg.Connection, *, at: datetime) -> int:
    """Make due now what is due later than anything waits, and end such rests and leases: a clock that stood wrong
    wrote them. How many copies there were."""
    mended: int = await connection.fetchval("SELECT mend_times($1, $2, $3)", at, MOST_WAIT, MOST_REST)
    return mended


async def warned(connection: asyncpg.Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Note that the senders of these copies are told now that they are late; those who were not told before."""
    rows = await connection.fetch(
        "UPDATE deliveries SET warned = true WHERE id = ANY($1) AND NOT warned RETURNING id", list(ids)
    )
    return {row["id"] for row in rows}


async def queue_state(connection: asyncpg.Connection) -> tuple[int, datetime | None, datetime | None]:
    """How many copies wait anywhere, when the oldest came in, and when the next is due."""
    row = await connection.fetchrow("SELECT * FROM queue_state()")
    oldest = row["oldest"] - timedelta(days=QUEUE_DAYS) if row["oldest"] else None
    return row["waiting"], oldest, row["next_due"]
