# SPDX-License-Identifier: Apache-2.0
"""New and changed copies, told to whoever watches: one listener on the database, many consoles.

What arrives together is read together: ids are gathered for a moment, each organization's rows are
read once and encoded once, and every watcher gets the same bytes. A watcher that is too slow loses its
oldest events and is told so (`event: resync`), and then asks the list again.
"""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import msgspec
import structlog

from mailward.kit.database import AWAY, Database
from mailward.records.mail_tracking.reading import Reading
from mailward.records.mail_tracking.store import CHANNEL

log = structlog.get_logger()

GATHER_SECONDS = 0.1
PING_SECONDS = 15.0
MAX_WATCHERS = 200
"""Consoles that one process serves at a time."""
MAX_WAITING = 256
"""Events that wait for one watcher."""
MAX_IDS = 200
"""Rows read at once for one organization; beyond that the watchers ask the list."""

PING = b": ping\r\n\r\n"
RESYNC = b"event: resync\r\ndata: {}\r\n\r\n"


class TooManyWatchers(Exception):  # noqa: N818 - reads better where it is caught
    """This process serves `MAX_WATCHERS` consoles already."""


class _Watcher:
    def __init__(self) -> None:
        self.waiting: deque[bytes] = deque()
        self.wake = asyncio.Event()
        self.ended = False

    def tell(self, event: bytes) -> None:
        if len(self.waiting) >= MAX_WAITING:
            self.waiting.clear()
            event = RESYNC
        self.waiting.append(event)
        self.wake.set()


class Live:
    """The fan-out of one process."""

    def __init__(self, database: Database, reading: Reading) -> None:
        self._database = database
        self._reading = reading
        self._watchers: dict[UUID, set[_Watcher]] = defaultdict(set)
        self._changed: dict[UUID, dict[UUID, None]] = defaultdict(dict)
        self._stir = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._database.listen(CHANNEL, self._heard)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End every stream."""
        for watcher in self._all():
            watcher.ended = True
            watcher.wake.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def watch(
        self, organization: UUID, still_allowed: Callable[[], Awaitable[bool]], *, ping: float = PING_SECONDS
    ) -> AsyncIterator[bytes]:
        """Server-sent events for one console, until it goes away or is no longer allowed to see them.

        Raises:
            TooManyWatchers: at once, before the first event.
        """
        if sum(len(some) for some in self._watchers.values()) >= MAX_WATCHERS:
            raise TooManyWatchers
        return self._stream(organization, still_allowed, ping)

    async def _stream(
        self, organization: UUID, still_allowed: Callable[[], Awaitable[bool]], ping: float
    ) -> AsyncIterator[bytes]:
        watcher = _Watcher()
        self._watchers[organization].add(watcher)
        try:
            yield PING
            while not watcher.ended:
                try:
                    async with asyncio.timeout(ping):
                        await watcher.wake.wait()
                except TimeoutError:
                    if not await still_allowed():
                        return
                    yield PING
                watcher.wake.clear()
                while watcher.waiting:
                    yield watcher.waiting.popleft()
        finally:
            self._leave(organization, watcher)

    def _leave(self, organization: UUID, watcher: _Watcher) -> None:
        watchers = self._watchers[organization]
        watchers.discard(watcher)
        if not watchers:
            del self._watchers[organization]

    def _all(self) -> list[_Watcher]:
        return [watcher for some in self._watchers.values() for watcher in some]

    def _heard(self, payload: str) -> None:
        """Called for each notification: an organization and ids of copies, or nothing if some were missed."""
        words = payload.split()
        if not words:
            for watcher in self._all():
                watcher.tell(RESYNC)
            return
        organization = UUID(words[0])
        if organization in self._watchers:
            self._changed[organization].update(dict.fromkeys(UUID(word) for word in words[1:]))
            self._stir.set()

    async def _run(self) -> None:
        while True:
            await self._stir.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._stir.clear()
            changed, self._changed = self._changed, defaultdict(dict)
            for organization, ids in changed.items():
                await self._tell(organization, list(ids))

    async def _tell(self, organization: UUID, ids: list[UUID]) -> None:
        try:
            rows = await self._reading.rows(organization, ids) if len(ids) <= MAX_IDS else None
        except AWAY as exc:
            log.warning("live.rows_not_read", why=type(exc).__name__)
            rows = None
        if rows is None:
            events = [RESYNC]
        else:
            events = [b"event: message\r\ndata: " + msgspec.json.encode(row) + b"\r\n\r\n" for row in reversed(rows)]
        for watcher in list(self._watchers.get(organization, ())):
            for event in events:
                watcher.tell(event)
