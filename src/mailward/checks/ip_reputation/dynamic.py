# SPDX-License-Identifier: Apache-2.0
"""What an address has sent us, remembered: whoever sends mostly bad mail is asked to come again later.

Experience fades with time, so that an address that was cleaned is soon heard again. It is kept in memory,
and shared with the other processes and nodes through one small table that is written and read in
batches. Nothing here waits while a peer does.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import structlog

from mailward.checks.ip_reputation import store
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database

log = structlog.get_logger()

MAX_KNOWN = 100_000
"""Addresses remembered in one process; beyond that the longest unseen is forgotten."""
HALF_LIFE = 6 * 3600.0
"""Seconds after which an experience counts half."""
FIRST_PENALTY = 300.0
LONGEST_PENALTY = 12 * 3600.0
FLUSH_SECONDS = 15.0


class Bar(msgspec.Struct, frozen=True):
    """When a level acts: at so many bad mails, if they are this share of all."""

    bad: float
    share: float


BARS = {1: Bar(10, 0.9), 2: Bar(5, 0.75), 3: Bar(3, 0.5), 4: Bar(1, 0.0)}
BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)
_ROUNDING = 0.1
"""What fading may take from a count in the moments in which it is reached."""


class Standing:
    """One address for one organization. `good` and `bad` fade; `until` is when its last penalty ends,
    `penalties` how many it had, both in seconds since 1970. The `new_` counts wait to be shared."""

    __slots__ = ("at", "bad", "good", "new_bad", "new_good", "penalties", "until")

    def __init__(
        self, *, at: float, good: float = 0.0, bad: float = 0.0, until: float = 0.0, penalties: int = 0
    ) -> None:
        self.at, self.good, self.bad, self.until, self.penalties = at, good, bad, until, penalties
        self.new_good = self.new_bad = 0

    def fade(self, now: float) -> None:
        """Let time pass."""
        factor = math.exp2(-max(0.0, now - self.at) / HALF_LIFE)
        self.good, self.bad, self.at = self.good * factor, self.bad * factor, now


class Dynamic:
    """The experience of this process. `level_of(organization)` is read when an experience is made."""

    def __init__(self, database: Database, clock: Clock, *, level_of: Callable[[UUID], int]) -> None:
        self._database = database
        self._clock = clock
        self._level_of = level_of
        self._known: dict[tuple[UUID, str], Standing] = {}
        self._changed: set[tuple[UUID, str]] = set()
        self._read_until = BEGINNING

    def __len__(self) -> int:
        return len(self._known)

    def penalty(self, organization: UUID, site: str) -> float:
        """Seconds for which the address must still wait; 0 if it need not."""
        standing = self._known.get((organization, site))
        return max(0.0, standing.until - self._now()) if standing else 0.0

    def learn(self, organization: UUID, site: str, *, bad: bool) -> None:
        """One mail of this address was judged."""
        key, now = (organization, site), self._now()
        standing = self._known.pop(key, None) or Standing(at=now)
        self._known[key] = standing
        standing.fade(now)
        if bad:
            standing.bad += 1
            standing.new_bad += 1
        else:
            standing.good += 1
            standing.new_good += 1
        self._changed.add(key)
        if bad and standing.until <= now and _is_over(standing, self._level_of(organization)):
            standing.until = now + min(FIRST_PENALTY * 2**standing.penalties, LONGEST_PENALTY)
            standing.penalties += 1
            log.info("ip_reputation.penalty", organization=str(organization), site=site,
                     seconds=round(standing.until - now))  # fmt: skip
        if len(self._known) > MAX_KNOWN:
            self._forget()

    async def run(self) -> None:
        """Share and learn from the others every `FLUSH_SECONDS`, until cancelled; then share once more."""
        try:
            while True:
                await self._try(self.share)
                await self._try(self.hear)
                await asyncio.sleep(FLUSH_SECONDS)
        finally:
            await asyncio.shield(self._try(self.share))

    async def share(self) -> None:
        """Add what this process learned to the table."""
        changed, self._changed = self._changed, set()
        by_organization: dict[UUID, list[store.Experience]] = {}
        for key in changed:
            standing = self._known.get(key)
            if standing is not None:
                by_organization.setdefault(key[0], []).append(_experience(key[1], standing))
        for organization, experiences in by_organization.items():
            try:
                async with self._database.scoped(organization) as connection:
                    await store.share(connection, organization, experiences, half_life=HALF_LIFE)
            except BaseException:
                self._changed |= {(organization, experience.site) for experience in experiences}
                raise
            for experience in experiences:
                standing = self._known.get((organization, experience.site))
                if standing is not None:
                    standing.new_good -= experience.good
                    standing.new_bad -= experience.bad

    async def hear(self) -> None:
        """Take over what changed in the table since the last time, with what is not shared yet on top."""
        async with self._database.unscoped() as connection:
            rows = await store.changed_since(connection, self._read_until, limit=MAX_KNOWN)
        for row in rows:
            key = (row["organization_id"], row["site"])
            known = self._known.pop(key, None)
            heard = Standing(
                at=row["updated_at"].timestamp(), good=row["good"], bad=row["bad"],
                until=row["penalty_until"].timestamp(), penalties=row["penalties"],
            )  # fmt: skip
            heard.fade(self._now())
            if known is not None:
                heard.good += known.new_good
                heard.bad += known.new_bad
                heard.new_good, heard.new_bad = known.new_good, known.new_bad
                heard.until = max(heard.until, known.until)
                heard.penalties = max(heard.penalties, known.penalties)
            self._known[key] = heard
            self._read_until = max(self._read_until, row["updated_at"])
        if len(self._known) > MAX_KNOWN:
            self._forget()

    async def _try(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except AWAY as exc:
            log.warning("ip_reputation.not_shared", why=type(exc).__name__)

    def _forget(self) -> None:
        """A tenth at once, so that it is rarely needed; the longest unseen come first in a dict."""
        for key in list(self._known)[: MAX_KNOWN // 10]:
            del self._known[key]
            self._changed.discard(key)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _is_over(standing: Standing, level: int) -> bool:
    bar = BARS.get(level)
    if bar is None:
        return False
    return standing.bad >= bar.bad - _ROUNDING and standing.bad >= bar.share * (standing.bad + standing.good)


def _experience(site: str, standing: Standing) -> store.Experience:
    return store.Experience(
        site=site, good=standing.new_good, bad=standing.new_bad, penalties=standing.penalties,
        penalty_until=datetime.fromtimestamp(standing.until, UTC),
    )  # fmt: skip
