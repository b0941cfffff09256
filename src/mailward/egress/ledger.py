# SPDX-License-Identifier: Apache-2.0
"""What left this house, for whom, to whom, and how much: sums per minute, chained by hashes, never the content."""

import asyncio
import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from mailward.contract.data import DataItem
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database

log = structlog.get_logger()

FLUSH_SECONDS = 60
MAX_LINES = 10_000
"""Different lines kept in memory between two flushes; beyond that the flush comes early."""

_Line = tuple[UUID, str, str, tuple[str, ...]]


class Ledger:
    """Counts in memory, and writes a line per minute, feature and destination."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sums: dict[_Line, list[int]] = defaultdict(lambda: [0, 0])
        self._full = asyncio.Event()

    def count(
        self, organization: UUID, *, feature: str, destination: str, items: Iterable[DataItem], size: int
    ) -> None:
        """One request of `size` bytes left."""
        line = (organization, feature, destination, tuple(sorted(item.name for item in items)))
        sums = self._sums[line]
        sums[0] += 1
        sums[1] += size
        if len(self._sums) >= MAX_LINES:
            self._full.set()

    async def run(self) -> None:
        """Write the sums every minute, until cancelled; then once more."""
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._full.wait(), FLUSH_SECONDS)
                await self._try_flush()
        finally:
            await asyncio.shield(self._try_flush())

    async def flush(self) -> None:
        """Write what was counted since the last time."""
        sums, self._sums = self._sums, defaultdict(lambda: [0, 0])
        self._full.clear()
        by_organization: dict[UUID, list[tuple[_Line, list[int]]]] = defaultdict(list)
        for line, sum_ in sums.items():
            by_organization[line[0]].append((line, sum_))
        for organization, lines in by_organization.items():
            await self._write(organization, lines)

    async def _try_flush(self) -> None:
        sums = self._sums
        try:
            await self.flush()
        except AWAY as exc:
            for line, (requests, size) in sums.items():
                self._sums[line][0] += requests
                self._sums[line][1] += size
            log.warning("ledger.not_written", why=type(exc).__name__)

    async def _write(self, organization: UUID, lines: list[tuple[_Line, list[int]]]) -> None:
        async with self._database.scoped(organization) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"ledger {organization}")
            last = await connection.fetchrow("SELECT number, hash FROM egress_ledger ORDER BY number DESC LIMIT 1")
            number, previous = (last["number"], last["hash"]) if last else (0, b"")
            at = self._clock.now()
            for (_, feature, destination, items), (requests, size) in lines:
                number += 1
                previous = link(previous, number, at, feature, destination, items, requests, size)
                await connection.execute(
                    "INSERT INTO egress_ledger (organization_id, number, at, feature, destination, items, requests,"
                    " bytes, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                    organization, number, at, feature, destination, list(items), requests, size, previous,
                )  # fmt: skip


def link(
    previous: bytes, number: int, at: datetime, feature: str, destination: str, items: Iterable[str],
    requests: int, size: int,
) -> bytes:  # fmt: skip
    """The hash of one line, over the line before it."""
    text = f"{number}|{at.isoformat()}|{feature}|{destination}|{','.join(items)}|{requests}|{size}"
    return hashlib.sha256(previous + text.encode()).digest()


async def verify(connection: asyncpg.Connection) -> int | None:
    """The number of the first line that does not fit its predecessor; None if the chain is whole."""
    previous, expected = b"", 1
    async for row in connection.cursor("SELECT * FROM egress_ledger ORDER BY number"):
        hash_ = link(
            previous, row["number"], row["at"], row["feature"], row["destination"], row["items"],
            row["requests"], row["bytes"],
        )  # fmt: skip
        if row["number"] != expected or hash_ != row["hash"]:
            return expected
        previous, expected = hash_, expected + 1
    return None
