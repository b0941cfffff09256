# SPDX-License-Identifier: Apache-2.0
"""The deliverer: takes due copies, brings them to the server behind us, and records what that server said.

A copy that was just accepted is delivered by the same process without going through the database
again; everything else is leased from the queue. What a server refuses for good is not dropped: the
copy is kept in quarantine as undeliverable, where people see it.
"""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg
import msgspec
import structlog

from mailward.contract.decision import Edits
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.reply import Reply
from mailward.disposition.delivery import store
from mailward.disposition.delivery.backoff import wait
from mailward.disposition.delivery.routes import Elsewhere, NextHop
from mailward.disposition.delivery.store import Due
from mailward.disposition.quarantine import service as quarantine
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.bodies import Bodies, BodyCorrupt, BodyMissing
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.group_commit import GroupCommit
from mailward.message import edit
from mailward.policy.snapshot import Policies
from mailward.records.mail_tracking import service as mail_tracking

log = structlog.get_logger()

ALIVE_SECONDS = 10
HEARTBEAT_SECONDS = 3
POLL_SECONDS = 1
MOST_AT_ONCE = 40
"""Transactions with servers behind us that run at the same time in one process."""
MOST_HELD = 400
"""Copies that one process holds leased; beyond that, new mail waits in the database."""
MOST_BYTES_HELD = 64 * 1024 * 1024
"""Bytes of mail kept in memory for immediate delivery; beyond that they are read from disk again."""

Send = Callable[[UUID, NextHop, str, Sequence[str], bytes, bool], Awaitable[dict[str, Reply]]]
"""(organization, next hop, sender, recipients, mail, utf8) -> the reply for each recipient."""

DATABASE_TROUBLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class Outcome(NamedTuple):
    """What became of one attempt with one copy."""

    due: Due
    reply: Reply


class Deliverer:
    """Delivers for one process, under one lease."""

    def __init__(self, database: Database, bodies: Bodies, policies: Policies, clock: Clock, *, send: Send) -> None:
        self._database = database
        self._bodies = bodies
        self._policies = policies
        self._clock = clock
        self._send = send
        self._token = uuid4()
        self._alive_until = -1.0
        self._held = 0
        self._missed = False
        """Whether there may be copies in the queue that we had no room for."""
        self._bytes = 0
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._outcomes: GroupCommit[Outcome] = GroupCommit(self._record, most=200)
        self._attempts: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._chance = random.Random()  # noqa: S311 - spreads retries, guards nothing

    def lease(self) -> UUID | None:
        """The token for copies that are accepted now; None when this process should not take more."""
        self._missed |= self._held >= MOST_HELD
        return None if self._missed or not self._may_send() else self._token

    def offer(self, copies: list[Due]) -> None:
        """Deliver copies that are leased to us. Copies of one mail that go the same way share a transaction."""
        groups: dict[tuple[UUID, str, str], list[Due]] = defaultdict(list)
        for due in copies:
            groups[due.message_id, due.recipient.rpartition("@")[2], repr(due.edits)].append(due)
        for group in groups.values():
            self._held += len(group)
            task = asyncio.create_task(self._attempt(self._within_memory(group)))
            self._attempts.add(task)
            task.add_done_callback(self._attempts.discard)

    async def run(self) -> None:
        """Keep our leases alive and take what is due, until cancelled; then finish what is under way."""
        self._database.listen(store.CHANNEL, lambda _: self._wake.set())
        heart = asyncio.create_task(self._beat())
        try:
            while True:
                await self._take()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                self._wake.clear()
        finally:
            self._stopping = True
            heart.cancel()

    async def drain(self, seconds: float) -> None:
        """Let attempts that are under way end, for so long; then free all that we still hold."""
        self._stopping = True
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=seconds)
        with contextlib.suppress(*DATABASE_TROUBLE):
            async with self._database.unscoped() as connection:
                await store.say_farewell(connection, self._token)

    def renew_lease(self) -> None:
        """Work under a new token from now on. After trouble with the database nobody knows which rows
        carry the old one; it is not kept alive any more, so they are free again within seconds."""
        self._token = uuid4()
        self._alive_until = -1.0

    async def _beat(self) -> None:
        while True:
            await self._say_alive()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _say_alive(self) -> None:
        before, at = self._clock.monotonic(), self._clock.now()
        try:
            token = self._token
            async with self._database.unscoped() as connection:
                await store.say_alive(connection, token, at=at, until=at + timedelta(seconds=ALIVE_SECONDS))
            if token == self._token:
                self._alive_until = before + ALIVE_SECONDS
        except DATABASE_TROUBLE as exc:
            log.warning("delivery.no_heartbeat", why=type(exc).__name__)

    def _may_send(self) -> bool:
        """Whether our leases certainly still hold: after a long pause somebody else may have the copies."""
        return not self._stopping and self._clock.monotonic() < self._alive_until

    async def _take(self) -> None:
        room = MOST_HELD - self._held
        if room <= 0 or not self._may_send():
            return
        try:
            async with self._database.unscoped() as connection:
                taken = await store.lease(connection, self._token, at=self._clock.now(), most=room)
            self._missed = len(taken) == room
            self.offer(taken)
        except DATABASE_TROUBLE as exc:
            log.warning("delivery.queue_unreachable", why=type(exc).__name__)
            self.renew_lease()

    def _within_memory(self, group: list[Due]) -> list[Due]:
        """The group, with the mail in memory only if there is room for it."""
        size = len(group[0].raw or b"")
        if self._bytes + size > MOST_BYTES_HELD:
            return [msgspec.structs.replace(due, raw=None) for due in group]
        self._bytes += size
        return group

    async def _attempt(self, group: list[Due]) -> None:
        size = len(group[0].raw or b"")
        try:
            async with self._slots:
                if self._may_send():
                    replies = await self._replies(group)
                    await asyncio.gather(*(self._settle(due, replies[due.recipient]) for due in group))
        finally:
            self._held -= len(group)
            self._bytes -= size
            if self._missed and self._held < MOST_HELD // 2:
                self._wake.set()

    async def _settle(self, due: Due, reply: Reply) -> None:
        """Record an outcome; when the database is away, the lease runs out and the copy is sent again."""
        try:
            await self._outcomes.commit(Outcome(due, reply))
        except DATABASE_TROUBLE as exc:
            log.warning("delivery.outcome_not_recorded", recipient_id=str(due.id), why=type(exc).__name__)
            self.renew_lease()

    async def _replies(self, group: list[Due]) -> dict[str, Reply]:
        """What the next hop says to each recipient of the group. Trouble of ours is always temporary."""
        first, recipients = group[0], [due.recipient for due in group]
        ON_BEHALF_OF.set((first.organization_id,))
        try:
            hop = self._next_hop(first)
            if hop is None:
                return dict.fromkeys(recipients, Reply(451, "4.4.4", "no route: the domain is not configured any more"))
            raw = first.raw if first.raw is not None else await asyncio.to_thread(self._read, first)
            copy = edit.apply(raw, msgspec.convert(first.edits, Edits))
            return await self._send(first.organization_id, hop, first.sender, recipients, copy, first.utf8)
        except BodyMissing:
            reply = Reply(550, "5.3.0", "the stored mail is gone")
        except BodyCorrupt:
            reply = Reply(550, "5.3.0", "the stored mail is damaged and was kept for inspection")
        except Exception:
            log.exception("delivery.attempt_failed", message_id=str(first.message_id))
            reply = Reply(451, "4.3.0", "trouble on our side; we will try again")
        return dict.fromkeys(recipients, reply)

    def _next_hop(self, due: Due) -> NextHop | None:
        """The servers behind us, or, for mail that may leave, those of the world outside."""
        current = self._policies.current
        policy = current.organizations.get(due.organization_id)
        own = policy.domains.get(due.destination) if policy else None
        if own is None and due.outward:
            return Elsewhere(due.destination, ours=due.destination in current.by_domain)
        return own

    def _read(self, due: Due) -> bytes:
        policy = self._policies.current.organizations[due.organization_id]
        return self._bodies.read(due.organization_id, due.message_id, key=policy.key)

    async def _record(self, outcomes: list[Outcome]) -> None:
        by_organization: dict[UUID, list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            by_organization[outcome.due.organization_id].append(outcome)
        for organization, some in by_organization.items():
            await self._record_for(organization, some)

    async def _record_for(self, organization: UUID, outcomes: list[Outcome]) -> None:
        at = self._clock.now()
        kinds = {outcome.due.id: _kind(outcome, at) for outcome in outcomes}
        settled = [outcome for outcome in outcomes if kinds[outcome.due.id] is not EventKind.DEFERRED]
        deferred = [outcome for outcome in outcomes if kinds[outcome.due.id] is EventKind.DEFERRED]
        async with self._database.scoped(organization) as connection:
            ours = await store.finish(connection, [outcome.due for outcome in settled])
            await store.defer(connection, [self._deferral(outcome, at) for outcome in deferred])
            settled = [outcome for outcome in settled if outcome.due.id in ours]
            undelivered = [outcome for outcome in settled if kinds[outcome.due.id] is not EventKind.DELIVERED]
            await quarantine.hold(connection, organization, [_held(outcome) for outcome in undelivered], at=at)
            await mail_tracking.record(
                connection,
                organization,
                events=[_event(outcome, kinds[outcome.due.id], at) for outcome in settled + deferred],
                moved=[(outcome.due.id, _STATUS[kinds[outcome.due.id]]) for outcome in settled],
                at=at,
            )

    def _deferral(self, outcome: Outcome, at: datetime) -> tuple[Due, datetime, str]:
        return outcome.due, at + wait(outcome.due.attempts, self._chance), outcome.reply.text


_STATUS = {
    EventKind.DELIVERED: Status.DELIVERED,
    EventKind.BOUNCED: Status.BOUNCED,
    EventKind.EXPIRED: Status.EXPIRED,
}


def _kind(outcome: Outcome, at: datetime) -> EventKind:
    code = outcome.reply.code
    if 200 <= code < 300:  # noqa: PLR2004 - SMTP's own classes
        return EventKind.DELIVERED
    if code >= 500:  # noqa: PLR2004 - idem
        return EventKind.BOUNCED
    return EventKind.EXPIRED if at >= outcome.due.expires_at else EventKind.DEFERRED


def _event(outcome: Outcome, kind: EventKind, at: datetime) -> tuple[UUID, UUID, Event]:
    reply = outcome.reply
    detail = {"code": reply.code, "status": reply.status, "reply": reply.text, "attempt": outcome.due.attempts + 1}
    return outcome.due.message_id, outcome.due.id, Event(at=at, kind=kind, detail=detail)


def _held(outcome: Outcome) -> quarantine.Held:
    due = outcome.due
    return quarantine.Held(
        id=due.id, message_id=due.message_id, sender=due.sender, recipient=due.recipient, utf8=due.utf8,
        edits=due.edits, reason="undeliverable", outward=due.outward,
    )  # fmt: skip
