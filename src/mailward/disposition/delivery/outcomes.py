# SPDX-License-Identifier: Apache-2.0
"""What came of attempts goes into the database: many at once, each copy only by the hand that holds its lease.

A settled copy, its new state, the line in its timeline and whatever its sender is told are one transaction.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.event import Event, EventKind, Status
from mailward.disposition.delivery import destinations, store
from mailward.disposition.delivery.backoff import wait
from mailward.disposition.delivery.destinations import OPEN, Standing, Standings
from mailward.disposition.delivery.notifier import Case, Notifier, Told
from mailward.disposition.delivery.routes import Answer
from mailward.disposition.delivery.store import Deferral, Due
from mailward.disposition.quarantine import service as quarantine
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.records.mail_tracking import service as mail_tracking

CLOSING = 421
STATUS = {
    EventKind.DELIVERED: Status.DELIVERED,
    EventKind.BOUNCED: Status.BOUNCED,
    EventKind.EXPIRED: Status.EXPIRED,
    EventKind.DELETED: Status.DELETED,
}


class Outcome(NamedTuple):
    """What became of one copy. Without an answer it was not tried, since its destination stood like this."""

    due: Due
    answer: Answer | None
    standing: Standing = OPEN

    @property
    def delivered(self) -> bool:
        """Whether the server took it."""
        return self.answer is not None and _is_yes(self.answer)


class Outcomes:
    """Records for one process."""

    def __init__(self, database: Database, clock: Clock, *, standings: Standings, notifier: Notifier) -> None:
        self._database = database
        self._clock = clock
        self._standings = standings
        self._notifier = notifier
        self._chance = random.Random()  # noqa: S311 - spreads retries, guards nothing

    async def record(self, outcomes: list[Outcome]) -> None:
        """One transaction for each organization. Raises database errors and OSError."""
        by_organization: dict[UUID, list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            by_organization[outcome.due.organization_id].append(outcome)
        for organization, some in by_organization.items():
            async with self._database.scoped(organization) as connection:
                await self._record(connection, organization, some)

    async def _record(self, connection: asyncpg.Connection, organization: UUID, outcomes: list[Outcome]) -> None:
        at = self._clock.now()
        untried = [outcome for outcome in outcomes if outcome.answer is None]
        tried = [(outcome.due, outcome.answer) for outcome in outcomes if outcome.answer is not None]
        kinds = {due.id: _kind(answer) for due, answer in tried}
        settled = [(due, answer) for due, answer in tried if kinds[due.id] is not EventKind.DEFERRED]
        deferred = [(due, answer) for due, answer in tried if kinds[due.id] is EventKind.DEFERRED]
        ours = await store.finish(connection, [due for due, _ in settled])
        ours |= await store.defer(connection, [self._deferral(due, answer, at) for due, answer in deferred])
        back = await store.put_back(connection, [outcome.due for outcome in untried])
        failed = [
            (due, answer) for due, answer in settled if due.id in ours and kinds[due.id] is not EventKind.DELIVERED
        ]
        told = await self._tell_or_hold(connection, organization, failed, at)
        late = await self._notifier.late(
            connection, organization, [(due, answer) for due, answer in deferred if due.id in ours], at=at
        )
        relayed = await self._notifier.relayed(
            connection, organization, [(due, answer) for due, answer in settled if due.id in ours and _is_yes(answer)],
            at=at,
        )  # fmt: skip
        await self._note_standings(connection, organization, tried, at)
        lines = [(due.message_id, due.id, event(answer, kinds[due.id], at, due)) for due, answer in tried]
        lines += [
            (outcome.due.message_id, outcome.due.id, _untried(outcome, at)) for outcome in untried if _is_news(outcome)
        ]
        await mail_tracking.record(
            connection,
            organization,
            events=[line for line in lines if line[1] in ours | back] + told.lines + late.lines + relayed.lines,
            moved=[(due.id, STATUS[kinds[due.id]]) for due, _ in settled if due.id in ours],
            at=at,
        )  # fmt: skip

    async def give_up(
        self, connection: asyncpg.Connection, organization: UUID, cases: Sequence[Case], kind: EventKind, *,
        at: datetime, actor: str = "mailward",
    ) -> set[UUID]:  # fmt: skip
        """Settle copies that were just taken out of the queue and go nowhere: their senders are told, or the copies
        are held where nobody may be told. Those whose senders were told."""
        told = await self._tell_or_hold(connection, organization, cases, at)
        lines = [(due.message_id, due.id, event(answer, kind, at, actor=actor)) for due, answer in cases]
        await mail_tracking.record(
            connection,
            organization,
            events=lines + told.lines,
            moved=[(due.id, STATUS[kind]) for due, _ in cases],
            at=at,
        )  # fmt: skip
        return told.copies

    async def warn(
        self, connection: asyncpg.Connection, organization: UUID, cases: Sequence[Case], *, at: datetime
    ) -> None:
        """Tell the senders of copies that wait for long."""
        late = await self._notifier.late(connection, organization, cases, at=at)
        if late.lines:
            await mail_tracking.record(connection, organization, events=late.lines, at=at)

    async def _tell_or_hold(
        self, connection: asyncpg.Connection, organization: UUID, cases: Sequence[Case], at: datetime
    ) -> Told:
        told = await self._notifier.failed(connection, organization, cases, at=at)
        untold = [held(due) for due, _ in cases if due.id not in told.copies]
        await quarantine.hold(connection, organization, untold, at=at)
        return told

    async def _note_standings(
        self, connection: asyncpg.Connection, organization: UUID, tried: Sequence[tuple[Due, Answer]], at: datetime
    ) -> None:
        """Destinations that turned out to be down rest; those on trial that were not may have more."""
        down = {due.destination: answer for due, answer in tried if answer.down or answer.reply.code == CLOSING}
        for name, answer in sorted(down.items()):
            await destinations.went_down(connection, organization, name, at=at, reply=answer.reply.text)
        up = {due.destination for due, answer in tried if answer.server} - down.keys()
        on_trial = {name for name in up if self._standings.of((organization, name)).allowance}
        if on_trial and await destinations.went_well(connection, sorted(on_trial), at=at):
            await store.wake(connection)

    def _deferral(self, due: Due, answer: Answer, at: datetime) -> Deferral:
        """A copy whose destination is down goes to the end of its lane: another one tries next."""
        if answer.down:
            return Deferral(due, at, answer.reply.text, counts=False)
        return Deferral(due, at + wait(due.attempts, self._chance), answer.reply.text)


def event(answer: Answer, kind: EventKind, at: datetime, due: Due | None = None, *, actor: str = "mailward") -> Event:
    """The line in a copy's timeline: what was said, by which server, under which TLS."""
    reply = answer.reply
    detail: dict[str, Any] = {"code": reply.code, "status": reply.status, "reply": reply.text}
    if due is not None and not answer.down:
        detail["attempt"] = due.attempts + 1
    if answer.server:
        detail |= (
            {"server": answer.server, "tls": answer.tls or "none"} if not answer.down else {"server": answer.server}
        )
    return Event(at=at, kind=kind, actor=actor, detail=detail)


def held(due: Due) -> quarantine.Held:
    """The copy as it lies in quarantine when nobody may be told."""
    return quarantine.Held(
        id=due.id, message_id=due.message_id, sender=due.sender, recipient=due.recipient, utf8=due.utf8,
        edits=due.edits, reason="undeliverable", outward=due.outward, notices=msgspec.to_builtins(due.notices),
    )  # fmt: skip


def _is_yes(answer: Answer) -> bool:
    return 200 <= answer.reply.code < 300  # noqa: PLR2004 - SMTP's own classes


def _kind(answer: Answer) -> EventKind:
    code = answer.reply.code
    if _is_yes(answer):
        return EventKind.DELIVERED
    if code >= 500:  # noqa: PLR2004 - idem
        return EventKind.BOUNCED
    return EventKind.DEFERRED  # what is too old is for the sweep


def _is_news(outcome: Outcome) -> bool:
    """Whether the copy has just arrived: then its timeline says why it waits. Later it says nothing new."""
    return not outcome.due.chosen


def _untried(outcome: Outcome, at: datetime) -> Event:
    standing = outcome.standing
    why = "the destination is paused" if standing.paused else "the destination rests after a failure"
    detail = {"why": why, **({"reply": standing.last_reply} if standing.last_reply else {})}
    return Event(at=at, kind=EventKind.DEFERRED, detail=detail)
