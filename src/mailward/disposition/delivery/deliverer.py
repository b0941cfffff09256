# SPDX-License-Identifier: Apache-2.0
"""The deliverer: takes due copies, brings them to their servers, and has recorded what those said.

A copy that was just accepted is delivered by the same process without going through the database
again; everything else is leased from the queue. Whoever stood still for longer than a lease lasts has lost
its copies, even if nobody else has them yet: it neither ends a transaction with them nor begins one.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import msgspec
import structlog

from mailward.contract.decision import Edits
from mailward.contract.reply import Reply
from mailward.disposition.delivery import store
from mailward.disposition.delivery.connections import MOST_PER_DESTINATION
from mailward.disposition.delivery.destinations import Lane, Standings
from mailward.disposition.delivery.lanes import Lanes
from mailward.disposition.delivery.notifier import Notifier
from mailward.disposition.delivery.outcomes import Outcome, Outcomes
from mailward.disposition.delivery.routes import Answer, Elsewhere, NextHop
from mailward.disposition.delivery.store import Due
from mailward.disposition.delivery.transaction import Item
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.bodies import Bodies, BodyCorrupt, BodyMissing
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database
from mailward.kit.group_commit import GroupCommit
from mailward.message import edit
from mailward.policy.snapshot import OrganizationPolicy, Policies

log = structlog.get_logger()

ALIVE_SECONDS = 10
HEARTBEAT_SECONDS = 3
POLL_SECONDS = 1
MOST_AT_ONCE = 100
"""Transactions with servers that run at the same time in one process."""
MOST_HELD = 400
"""Copies that one process holds leased; beyond that, new mail waits in the database."""
MOST_BYTES_HELD = 64 * 1024 * 1024
"""Bytes of mail kept in memory for immediate delivery; beyond that they are read from disk again."""

DELIVERY_SECONDS = 0.02
"""How long the record of a delivery waits for others. After a crash within it, those mails are sent again."""

Send = Callable[[UUID, NextHop, Item], Awaitable[dict[str, Answer]]]
"""(organization, next hop, mail) -> the answer for each recipient."""

Finish = Callable[[OrganizationPolicy, Due, Edits, bytes], Awaitable[bytes]]
"""(organization, copy, its edits, the stored mail) -> the bytes to send: edited, and signed or sealed."""


async def edited(policy: OrganizationPolicy, due: Due, edits: Edits, stored: bytes) -> bytes:
    """The edits and no more: nothing is signed."""
    del policy, due
    return edit.apply(stored, edits)


DATABASE_TROUBLE = AWAY


class Share:
    """How many connections to one server, and attempts with one destination, this process may have: all that are
    allowed, divided by the processes that deliver."""

    def __init__(self, most: int = MOST_PER_DESTINATION) -> None:
        self._most = most
        self.processes = 1

    def __call__(self) -> int:
        """At least one, so that everybody gets on."""
        return max(1, self._most // self.processes)


class Deliverer:
    """Delivers for one process, under one lease."""

    def __init__(
        self, database: Database, bodies: Bodies, policies: Policies, clock: Clock, *, send: Send,
        notifier: Notifier, share: Share | None = None, finish: Finish = edited,
    ) -> None:  # fmt: skip
        self._database = database
        self._bodies = bodies
        self._policies = policies
        self._clock = clock
        self._send = send
        self._finish = finish
        self._share = share or Share()
        self._token = uuid4()
        self._alive_until = -1.0
        self._held = 0
        self._missed = False
        """Whether there may be copies in the queue that we had no room for."""
        self._bytes = 0
        self._standings = Standings()
        self._lanes: Lanes[list[Due]] = Lanes(self._begin, most=MOST_AT_ONCE, share=self._share)
        recorder = Outcomes(database, clock, standings=self._standings, notifier=notifier)
        self._deliveries: GroupCommit[Outcome] = GroupCommit(recorder.record, most=200, pause=DELIVERY_SECONDS)
        self._troubles: GroupCommit[Outcome] = GroupCommit(recorder.record, most=200)
        self._attempts: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False

    def lease(self) -> UUID | None:
        """The token for copies that are accepted now; None when this process should not take more."""
        self._missed |= self._held >= MOST_HELD
        return None if self._missed or not self._may_send() else self._token

    def offer(self, copies: list[Due]) -> None:
        """Deliver copies that are leased to us. Copies of one mail that go the same way share a transaction."""
        groups: dict[tuple[UUID, str, str], list[Due]] = defaultdict(list)
        for due in copies:
            groups[due.message_id, due.destination, repr(due.edits)].append(due)
        for group in groups.values():
            self._held += len(group)
            self._lanes.put((group[0].organization_id, group[0].destination), self._within_memory(group))

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
        """Work under a new token from now on, and let go of all copies under the old one: it is not kept alive any
        more, so they are free again within seconds. So it is after trouble with the database, when nobody knows
        which rows carry the token, and after a long pause, when others may have taken them."""
        self._token = uuid4()
        self._alive_until = -1.0

    async def _beat(self) -> None:
        while True:
            await self._say_alive()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _say_alive(self) -> None:
        before = self._clock.monotonic()
        if 0 <= self._alive_until <= before:
            log.warning("delivery.lease_lapsed", seconds=round(before - self._alive_until, 1))
            self.renew_lease()
        try:
            token = self._token
            async with self._database.unscoped() as connection:
                self._share.processes = await store.say_alive(connection, token, seconds=ALIVE_SECONDS)
            if token == self._token:
                self._alive_until = before + ALIVE_SECONDS
        except DATABASE_TROUBLE as exc:
            log.warning("delivery.no_heartbeat", why=type(exc).__name__)

    def _may_send(self) -> bool:
        """Whether our leases certainly still hold: after a long pause somebody else may have the copies."""
        return not self._stopping and self._clock.monotonic() < self._alive_until

    def _owns(self, due: Due) -> bool:
        """Whether this copy is certainly still ours."""
        return due.lease == self._token and self._clock.monotonic() < self._alive_until

    async def _take(self) -> None:
        room = MOST_HELD - self._held
        if room <= 0 or not self._may_send():
            return
        try:
            async with self._database.unscoped() as connection:
                await self._standings.read(connection)
                taken = await store.lease(connection, self._token, at=self._clock.now(), most=room)
            self._missed = bool(taken)
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

    def _begin(self, lane: Lane, group: list[Due]) -> None:
        task = asyncio.create_task(self._attempt(lane, group))
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)

    async def _attempt(self, lane: Lane, group: list[Due]) -> None:
        """The lane is free for the next as soon as the server has taken the mail; after trouble, when that is
        recorded. Until then the copies stay ours."""
        free = False
        try:
            if not self._stopping and self._owns(group[0]):
                outcomes = await self._outcome(lane, group)
                if all(outcome.delivered for outcome in outcomes):
                    free = True
                    self._lanes.done(lane)
                await asyncio.gather(*(self._settle(outcome) for outcome in outcomes))
        finally:
            self._let_go(group)
            if not free:
                self._lanes.done(lane)
            if self._missed and self._held < MOST_HELD // 2:
                self._wake.set()

    async def _outcome(self, lane: Lane, group: list[Due]) -> list[Outcome]:
        """Try, unless the destination is closed, or on trial and these copies were not chosen for it."""
        standing, at = self._standings.of(lane), self._clock.now()
        if standing.is_closed(at):
            return [Outcome(due, None, standing) for due in group + self._withdrawn(lane)]
        if standing.allowance and not group[0].chosen:
            return [Outcome(due, None, standing) for due in group]
        answers = await self._answers(group)
        outcomes = [Outcome(due, answers[due.recipient]) for due in group]
        down = next((answer for answer in answers.values() if answer.down), None)
        if down is not None:
            self._standings.is_down(lane, at=at, reply=down.reply.text)
            outcomes += [Outcome(due, None, self._standings.of(lane)) for due in self._withdrawn(lane)]
        return outcomes

    def _withdrawn(self, lane: Lane) -> list[Due]:
        """The copies that wait for a destination that turned out to be closed: they go back all at once."""
        groups = self._lanes.withdraw(lane)
        for group in groups:
            self._let_go(group)
        return [due for group in groups for due in group if self._owns(due)]

    def _let_go(self, group: list[Due]) -> None:
        self._held -= len(group)
        self._bytes -= len(group[0].raw or b"")

    async def _settle(self, outcome: Outcome) -> None:
        """Record an outcome; when the database is away, the lease runs out and the copy is sent again."""
        try:
            await (self._deliveries if outcome.delivered else self._troubles).commit(outcome)
        except DATABASE_TROUBLE as exc:
            log.warning("delivery.outcome_not_recorded", recipient_id=str(outcome.due.id), why=type(exc).__name__)
            self.renew_lease()

    async def _answers(self, group: list[Due]) -> dict[str, Answer]:
        """What each recipient of the group was told. Trouble of ours is always temporary."""
        first, recipients = group[0], tuple(due.recipient for due in group)
        ON_BEHALF_OF.set((first.organization_id,))
        try:
            hop = self._next_hop(first)
            if hop is None:
                reply = Reply(451, "4.4.4", "no route: the domain is not configured any more")
                return dict.fromkeys(recipients, Answer(reply))
            raw = first.raw if first.raw is not None else await asyncio.to_thread(self._read, first)
            policy = self._policies.current.organizations[first.organization_id]
            copy = await self._finish(policy, first, msgspec.convert(first.edits, Edits), raw)
            asked = {due.recipient: due.notices.recipient_parameters for due in group}
            item = Item(
                first.sender, recipients, copy, first.utf8, permitted=lambda: self._owns(first),
                mail_parameters=first.notices.mail_parameters, recipient_parameters=asked,
            )  # fmt: skip
            return await self._send(first.organization_id, hop, item)
        except BodyMissing:
            reply = Reply(550, "5.3.0", "the stored mail is gone")
        except BodyCorrupt:
            reply = Reply(550, "5.3.0", "the stored mail is damaged and was kept for inspection")
        except Exception:
            log.exception("delivery.attempt_failed", message_id=str(first.message_id))
            reply = Reply(451, "4.3.0", "trouble on our side; we will try again")
        return dict.fromkeys(recipients, Answer(reply))

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
