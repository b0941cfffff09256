# SPDX-License-Identifier: Apache-2.0
"""Counts and pauses of one process, kept equal to those of all the others within seconds."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID  # noqa: TC003 - as everywhere, imported plainly

import structlog

from mailward.checks.outbound import store
from mailward.checks.outbound.brake import Brake, Paused
from mailward.checks.outbound.counts import REACH, Count, Counts
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database

log = structlog.get_logger()

ROUND_SECONDS = 2.0
USUAL_SECONDS = 600.0
OVERLAP = timedelta(seconds=10)
"""Rows are read again for so long, since what is committed later may carry an earlier time."""
FRESH = timedelta(hours=24)
"""What is younger is no history: who was taken over today must not be measured by what the intruder sent."""


class Sharing:
    """One round adds what is new and takes over what the others added. A database that is away costs the round."""

    def __init__(self, database: Database, clock: Clock, counts: Counts, brake: Brake) -> None:
        self._database = database
        self._clock = clock
        self._counts = counts
        self._brake = brake
        self._read_until: datetime | None = None
        self._usual_at = float("-inf")

    async def last(self) -> None:
        """Write down what there is, before the process ends. Raises nothing."""
        await self._try(self.share)

    async def round(self) -> None:
        """Share, hear, and now and then learn the busiest hours anew. Raises nothing."""
        await self._try(self.share)
        await self._try(self.hear)
        if self._clock.monotonic() - self._usual_at >= USUAL_SECONDS:
            await self._try(self.learn)

    async def share(self) -> None:
        """Write down what this process counted, and whom it paused."""
        counts, pauses = self._counts.take(), self._brake.take()
        by_organization: dict[UUID, tuple[list[Count], list[Paused]]] = defaultdict(lambda: ([], []))
        for count in counts:
            by_organization[count.key.organization][0].append(count)
        for paused in pauses:
            by_organization[paused.organization_id][1].append(paused)
        while by_organization:
            organization, (some_counts, some_pauses) = next(iter(by_organization.items()))
            try:
                async with self._database.scoped(organization) as connection:
                    if some_counts:
                        await store.share(connection, organization, some_counts)
                    if some_pauses:
                        await store.write_pauses(connection, organization, some_pauses)
            except BaseException:
                for left_counts, left_pauses in by_organization.values():
                    self._counts.give_back(left_counts)
                    self._brake.give_back(left_pauses)
                raise
            del by_organization[organization]

    async def hear(self) -> None:
        """Take over the sums that changed, and who is paused."""
        now = self._clock.now()
        since = self._read_until - OVERLAP if self._read_until else now - timedelta(seconds=REACH)
        async with self._database.unscoped() as connection:
            counts, last = await store.counted_since(connection, since)
            pauses = await store.open_pauses(connection, now - timedelta(seconds=2 * REACH))
        self._counts.hear(counts, now.timestamp())
        self._brake.hear(pauses)
        self._brake.forget(now.timestamp())
        self._read_until = max(filter(None, (last, self._read_until)), default=None)

    async def learn(self) -> None:
        """The busiest hour of every sender with history."""
        async with self._database.unscoped() as connection:
            self._brake.usual = await store.usual(connection, self._clock.now() - FRESH)
        self._usual_at = self._clock.monotonic()

    async def _try(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except AWAY as exc:
            log.warning("outbound.not_shared", why=type(exc).__name__)
