# SPDX-License-Identifier: Apache-2.0
"""Who was limited, written down in batches for people to see. Nothing here is asked when a mail comes in."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import structlog

from mailward.checks.rate_limits import store
from mailward.checks.rate_limits.shapes import Limit, Limited
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database

log = structlog.get_logger()

MAX_WAITING = 10_000
"""Different ones between two writings; beyond that, further ones are not noted."""
WRITE_SECONDS = 10.0

Key = tuple[UUID, Limit, str, str]

Note = Callable[[Key, float | None], None]
"""Told of each refusal: whom, and for how many seconds there is a penalty."""


def to_nobody(key: Key, seconds: float | None) -> None:
    """The `Note` where nothing is written down."""


class LimitRecord:
    """What one SMTP process noted. A database that is away costs the notes, nothing else."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: dict[Key, Limited] = {}

    def note(self, key: Key, seconds: float | None) -> None:
        """Somebody was refused."""
        at, known = self._clock.now(), self._waiting.get(key)
        if known is None and len(self._waiting) >= MAX_WAITING:
            return
        _, what, site, address = key
        until = datetime.fromtimestamp(at.timestamp() + seconds, at.tzinfo) if seconds else known and known.until
        self._waiting[key] = Limited(
            what=what, site=site, address=address, refused=(known.refused if known else 0) + 1,
            first_at=known.first_at if known else at, last_at=at, until=until or None,
        )  # fmt: skip

    async def run(self) -> None:
        """Write every `WRITE_SECONDS`, until cancelled; then once more."""
        try:
            while True:
                await self._try(self.write)
                await asyncio.sleep(WRITE_SECONDS)
        finally:
            await asyncio.shield(self._try(self.write))

    async def write(self) -> None:
        """Write what is waiting. Raises database errors, and keeps nothing of what it could not write."""
        waiting, self._waiting = self._waiting, {}
        by_organization: dict[UUID, list[Limited]] = {}
        for (organization, *_), limited in waiting.items():
            by_organization.setdefault(organization, []).append(limited)
        for organization, noted in by_organization.items():
            async with self._database.scoped(organization) as connection:
                await store.add(connection, organization, noted)

    async def _try(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except AWAY as exc:
            log.warning("rate_limits.not_recorded", why=type(exc).__name__)
