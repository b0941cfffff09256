# SPDX-License-Identifier: Apache-2.0
"""What people see of the queue and do with it: look, pause, resume, try now, give back, delete.

Whoever takes a copy out of the queue has it alone; copies that are being delivered this moment are left alone and
counted. Every order stands in the timeline of each copy with the name of who gave it.
"""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.event import Event, EventKind
from mailward.contract.reply import Reply
from mailward.disposition.delivery import destinations, queue_store, store
from mailward.disposition.delivery.destinations import EVERY
from mailward.disposition.delivery.outcomes import STATUS, Outcomes
from mailward.disposition.delivery.queue_store import Chosen
from mailward.disposition.delivery.routes import Answer
from mailward.disposition.delivery.shapes import (
    DestinationOrderKind,
    DestinationOutcome,
    QueueOrderKind,
    QueueOutcome,
    QueueOverview,
    QueuePage,
    QueueRow,
    QueueSelection,
)
from mailward.kit import paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.domain_names import domain_of
from mailward.records.mail_tracking import service as mail_tracking

MAX_SELECTED = 20_000
"""Copies that one order may move; a selection of more is refused, not cut."""
AT_ONCE = 200
"""Copies moved in one transaction."""
GIVEN_BACK = Reply(554, "5.0.0", "the administrator of this gateway gave the mail back")


class TooMany(Exception):  # noqa: N818 - reads better where it is caught
    """More than `MAX_SELECTED` copies are selected."""


class Queue:
    """The waiting copies of all organizations."""

    def __init__(self, database: Database, clock: Clock, outcomes: Outcomes) -> None:
        self._database = database
        self._clock = clock
        self._outcomes = outcomes

    async def state(self, organization: UUID) -> QueueOverview:
        """The queue by destination."""
        async with self._database.scoped(organization) as connection:
            return await queue_store.state(connection, at=self._clock.now())

    async def search(
        self, organization: UUID, query: str, *, destination: str | None, cursor: str | None, limit: int
    ) -> QueuePage:
        """A page of waiting copies that match, the oldest first. Raises QueryError and BadCursor."""
        where = mail_tracking.compile_query(query, now=self._clock.now())
        after = paging.decode(cursor) if cursor else None
        destination = domain_of(destination) if destination else None
        async with self._database.scoped(organization) as connection:
            found = await queue_store.search(connection, where, destination=destination, after=after, limit=limit + 1)
        rows = [QueueRow(**mail_tracking.row_facts(record)) for record in found[:limit]]
        return QueuePage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def select(self, organization: UUID, selection: QueueSelection) -> list[Chosen]:
        """The copies that a selection means. Raises QueryError and TooMany."""
        async with self._database.scoped(organization) as connection:
            if selection.ids is not msgspec.UNSET:
                return await queue_store.by_ids(connection, selection.ids)
            if selection.q is not msgspec.UNSET:
                where = mail_tracking.compile_query(selection.q, now=self._clock.now())
                found = await queue_store.by_search(connection, where, limit=MAX_SELECTED + 1)
            else:
                assert selection.destination is not msgspec.UNSET
                name = domain_of(selection.destination)
                found = await queue_store.by_destination(connection, name, limit=MAX_SELECTED + 1)
        if len(found) > MAX_SELECTED:
            raise TooMany
        return found

    async def plan(self, organization: UUID, order: QueueOrderKind, chosen: Sequence[Chosen]) -> QueueOutcome:
        """What an order would do."""
        free = [copy for copy in chosen if not copy.under_way]
        outcome = QueueOutcome(matched=len(chosen), done=len(free), under_way=len(chosen) - len(free))
        if order is QueueOrderKind.BOUNCE:
            told = sum(copy.tells_sender for copy in free)
            return msgspec.structs.replace(outcome, told=told, held=len(free) - told)
        if order is QueueOrderKind.RETRY:
            async with self._database.scoped(organization) as connection:
                paused = await queue_store.paused(connection)
            waits = sum(EVERY in paused or copy.destination in paused for copy in free)
            return msgspec.structs.replace(outcome, paused=waits)
        return outcome

    async def act(
        self, organization: UUID, order: QueueOrderKind, chosen: Sequence[Chosen], *, actor: str
    ) -> QueueOutcome:
        """Do it, in steps that each hold or do not. Raises database errors; what was done until then is done."""
        plan = await self.plan(organization, order, chosen)
        done = told = 0
        step = {
            QueueOrderKind.RETRY: self._retry, QueueOrderKind.BOUNCE: self._bounce, QueueOrderKind.DELETE: self._delete,
        }[order]  # fmt: skip
        ids = sorted(copy.id for copy in chosen)
        for start in range(0, len(ids), AT_ONCE):
            async with self._database.scoped(organization) as connection:
                some_done, some_told = await step(connection, organization, ids[start : start + AT_ONCE], actor)
            done, told = done + some_done, told + some_told
        held = done - told if order is QueueOrderKind.BOUNCE else 0
        return QueueOutcome(
            matched=len(chosen), done=done, under_way=len(chosen) - done, told=told, held=held, paused=plan.paused
        )

    async def steer(
        self, organization: UUID, order: DestinationOrderKind, names: Sequence[str], *, actor: str
    ) -> DestinationOutcome:
        """Pause or resume destinations. All processes see it in their next round, which is now."""
        at = self._clock.now()
        kind = EventKind.PAUSED if order is DestinationOrderKind.PAUSE else EventKind.RESUMED
        async with self._database.scoped(organization) as connection:
            wanted = sorted({domain_of(name) for name in names})
            if order is DestinationOrderKind.PAUSE:
                changed = await destinations.pause(connection, organization, wanted, at=at, actor=actor)
            else:
                changed = await destinations.resume(connection, organization, wanted)
            waiting = await queue_store.of_destinations(connection, changed)
            await store.wake(connection)
        for start in range(0, len(waiting), AT_ONCE):
            event = Event(at=at, kind=kind, actor=actor)
            lines = [(mail, copy, event) for copy, mail in waiting[start : start + AT_ONCE]]
            async with self._database.scoped(organization) as connection:
                await mail_tracking.record(connection, organization, events=lines, at=at)
        return DestinationOutcome(changed=len(changed), waiting=len(waiting))

    async def _retry(
        self, connection: asyncpg.Connection, organization: UUID, ids: list[UUID], actor: str
    ) -> tuple[int, int]:
        at = self._clock.now()
        hurried = await queue_store.hurry(connection, ids, at=at)
        await destinations.end_rests(connection, {row["destination"] for row in hurried}, at=at)
        event = Event(at=at, kind=EventKind.RETRIED, actor=actor)
        lines = [(row["message_id"], row["id"], event) for row in hurried]
        await mail_tracking.record(connection, organization, events=lines, at=at)
        await store.wake(connection)
        return len(hurried), 0

    async def _bounce(
        self, connection: asyncpg.Connection, organization: UUID, ids: list[UUID], actor: str
    ) -> tuple[int, int]:
        taken = await store.take(connection, ids)
        cases = [(due, Answer(GIVEN_BACK)) for due in taken]
        at = self._clock.now()
        told = await self._outcomes.give_up(connection, organization, cases, EventKind.BOUNCED, at=at, actor=actor)
        return len(taken), len(told)

    async def _delete(
        self, connection: asyncpg.Connection, organization: UUID, ids: list[UUID], actor: str
    ) -> tuple[int, int]:
        taken, at = await store.take(connection, ids), self._clock.now()
        event = Event(at=at, kind=EventKind.DELETED, actor=actor)
        await mail_tracking.record(
            connection,
            organization,
            events=[(due.message_id, due.id, event) for due in taken],
            moved=[(due.id, STATUS[EventKind.DELETED]) for due in taken],
            at=at,
        )
        return len(taken), 0
