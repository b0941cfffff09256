# SPDX-License-Identifier: Apache-2.0
"""Copies that nobody tries just now still grow old: their senders are told when they are late, and in the end they
are given up, even while their destination rests or is paused. Nobody is given up by a clock that jumped, and times
that such a clock left behind are mended.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from mailward.contract.event import EventKind
from mailward.contract.reply import Reply
from mailward.disposition.delivery import store
from mailward.disposition.delivery.deliverer import DATABASE_TROUBLE
from mailward.disposition.delivery.notifier import LATE
from mailward.disposition.delivery.outcomes import Outcomes
from mailward.disposition.delivery.routes import Answer
from mailward.disposition.delivery.store import Due
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.database.steady import held_until

log = structlog.get_logger()

EVERY_SECONDS = 60
AT_ONCE = 200
"""Copies that one round looks after; the next round follows at once while there are more."""
NO_REPLY = "its destination could not be reached in time"


class Sweep:
    """Looks after old copies. Several may run at once: a copy is given up, and a sender told, once."""

    def __init__(self, database: Database, clock: Clock, outcomes: Outcomes) -> None:
        self._database = database
        self._clock = clock
        self._outcomes = outcomes

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            more = False
            try:
                more = await self.once() == AT_ONCE
            except DATABASE_TROUBLE as exc:
                log.warning("delivery.not_swept", why=type(exc).__name__)
            await asyncio.sleep(0 if more else EVERY_SECONDS)

    async def once(self) -> int:
        """One round; how many copies it found."""
        at = self._clock.now()
        async with self._database.unscoped() as connection:
            await connection.execute("SELECT forget_destinations()")
            if mended := await store.mend_times(connection, at=at):
                log.warning("delivery.times_mended", copies=mended, why="they were due later than anything waits")
            if await held_until(connection, "delivery.sweep", at=at):
                return 0
            overdue = await store.overdue(connection, at=at, late_before=at - LATE, most=AT_ONCE)
        by_organization: dict[UUID, list[Due]] = defaultdict(list)
        for due in overdue:
            by_organization[due.organization_id].append(due)
        for organization, copies in by_organization.items():
            await self._look_after(organization, copies, at)
        return len(overdue)

    async def _look_after(self, organization: UUID, copies: Sequence[Due], at: datetime) -> None:
        async with self._database.scoped(organization) as connection:
            ours = await store.take(connection, [due.id for due in copies if due.expires_at <= at])
            gone = [(due, _answer(due)) for due in ours]
            await self._outcomes.give_up(connection, organization, gone, EventKind.EXPIRED, at=at)
            late = [(due, _answer(due)) for due in copies if due.expires_at > at]
            await self._outcomes.warn(connection, organization, late, at=at)


def _answer(due: Due) -> Answer:
    """What was said last, which is all that can be said."""
    return Answer(Reply(451, "4.4.7", due.last_reply or NO_REPLY))
