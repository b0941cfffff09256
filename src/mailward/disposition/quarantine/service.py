# SPDX-License-Identifier: Apache-2.0
"""What people do with held copies: find them, release them, delete them.

A copy leaves quarantine in one transaction together with its new state and the line in its timeline, and
the row in `quarantine` is what entitles to act: whoever removes it acts, and everybody who comes later is
told who was first. So a copy is never released twice, and never both released and deleted.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from mailward.contract.event import Event, EventKind, Status
from mailward.disposition.delivery import service as delivery
from mailward.disposition.quarantine import actions
from mailward.disposition.quarantine.shapes import (
    Order,
    QuarantineOutcome,
    QuarantinePage,
    QuarantineResult,
    QuarantineRow,
    Result,
)
from mailward.disposition.quarantine.store import Held, held_rows, hold
from mailward.kit import paging
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database
from mailward.records.mail_tracking import service as mail_tracking

__all__ = ["Held", "Quarantine", "TooMany", "bodies_in_use", "held_rows", "hold"]

log = structlog.get_logger()

MAX_SELECTED = 10_000
"""Copies that one order may move; a search that finds more is refused, not cut."""
AT_ONCE = 100
"""Copies moved in one transaction."""
RELEASED = "X-Mailward-Released"

_DONE = {Order.RELEASE: Result.RELEASED, Order.DELETE: Result.DELETED}
_STATUS = {Order.RELEASE: Status.QUEUED, Order.DELETE: Status.DELETED}
_KIND = {Order.RELEASE: EventKind.RELEASED, Order.DELETE: EventKind.DELETED}
_ALREADY = {EventKind.RELEASED: Result.ALREADY_RELEASED, EventKind.DELETED: Result.ALREADY_DELETED}


class TooMany(Exception):  # noqa: N818 - reads better where it is caught
    """The search selects more than `MAX_SELECTED` copies."""


async def bodies_in_use(connection: asyncpg.Connection, message: UUID) -> bool:
    """Whether a held copy or one on its way out still needs the body of this mail."""
    needed: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM quarantine WHERE message_id = $1)"
        " OR EXISTS (SELECT FROM deliveries WHERE message_id = $1)",
        message,
    )
    return needed


class Quarantine:
    """The held copies of all organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def search(self, organization: UUID, query: str, *, cursor: str | None, limit: int) -> QuarantinePage:
        """A page of held copies that match, newest first. Raises QueryError and BadCursor."""
        where = mail_tracking.compile_query(query, now=self._clock.now())
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            found = await actions.search(connection, where, before=before, limit=limit + 1)
        rows = [QuarantineRow(**mail_tracking.row_facts(record)) for record in found[:limit]]
        return QuarantinePage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def select(self, organization: UUID, query: str) -> list[UUID]:
        """The ids of all held copies that match. Raises QueryError and TooMany."""
        where = mail_tracking.compile_query(query, now=self._clock.now())
        async with self._database.scoped(organization) as connection:
            found = await actions.select(connection, where, limit=MAX_SELECTED + 1)
        if len(found) > MAX_SELECTED:
            raise TooMany
        return found

    async def count(self, organization: UUID, ids: Sequence[UUID]) -> int:
        """How many of these copies are held."""
        async with self._database.scoped(organization) as connection:
            return await actions.count(connection, ids)

    async def act(self, organization: UUID, order: Order, ids: Sequence[UUID], *, actor: str) -> QuarantineOutcome:
        """Release or delete copies, in the name of `actor`; what became of each of them."""
        wanted = sorted(set(ids))
        results: list[QuarantineResult] = []
        for start in range(0, len(wanted), AT_ONCE):
            batch = wanted[start : start + AT_ONCE]
            try:
                async with self._database.scoped(organization) as connection:
                    results += await self._act(connection, organization, order, batch, actor=actor)
            except AWAY as exc:
                log.warning("quarantine.not_changed", order=order, copies=len(batch), why=type(exc).__name__)
                why = "the database did not take the change; try again"
                results += [QuarantineResult(id=identifier, outcome=Result.FAILED, why=why) for identifier in batch]
        done = sum(result.outcome is _DONE[order] for result in results)
        failed = sum(result.outcome in {Result.FAILED, Result.NOT_FOUND} for result in results)
        missing = sum(result.outcome is Result.NOT_FOUND for result in results)
        return QuarantineOutcome(matched=len(results) - missing, done=done, failed=failed, results=results)

    async def _act(
        self, connection: asyncpg.Connection, organization: UUID, order: Order, ids: list[UUID], *, actor: str
    ) -> list[QuarantineResult]:
        at = self._clock.now()
        taken = await actions.take(connection, ids)
        if order is Order.RELEASE:
            copies = [_leaving(organization, row, at) for row in taken.values()]
            await delivery.enqueue(connection, copies, at=at)
        event = Event(at=at, kind=_KIND[order], actor=actor)
        await mail_tracking.record(
            connection,
            organization,
            events=[(row["message_id"], identifier, event) for identifier, row in taken.items()],
            moved=[(identifier, _STATUS[order]) for identifier in taken],
            at=at,
        )
        earlier = await actions.history(connection, [identifier for identifier in ids if identifier not in taken])
        return [
            QuarantineResult(id=identifier, outcome=_DONE[order])
            if identifier in taken
            else _too_late(identifier, earlier.get(identifier))
            for identifier in ids
        ]


def _leaving(organization: UUID, row: Mapping[str, Any], at: datetime) -> delivery.Due:
    """The copy as it goes out: marked, so that whoever filters behind us lets it pass. The world outside is told
    nothing of that."""
    mark = () if row["outward"] else ([RELEASED, at.strftime("%Y-%m-%dT%H:%M:%SZ")],)
    edits = {**row["edits"], "headers": [*row["edits"].get("headers", ()), *mark]}
    return delivery.Due(
        organization_id=organization, id=row["id"], message_id=row["message_id"], sender=row["sender"],
        recipient=row["recipient"], outward=row["outward"], utf8=row["utf8"], edits=edits,
        expires_at=delivery.expiry(at), notices=msgspec.convert(row["notices"], delivery.Notices),
    )  # fmt: skip


def _too_late(identifier: UUID, earlier: tuple[str, str] | None) -> QuarantineResult:
    if earlier is None:
        return QuarantineResult(id=identifier, outcome=Result.NOT_FOUND, why="no such copy is held")
    kind, actor = earlier
    return QuarantineResult(id=identifier, outcome=_ALREADY[EventKind(kind)], by=actor)
