# SPDX-License-Identifier: Apache-2.0
"""Many waiting for one disk: whatever arrives while a commit is running goes into the next one together.

One sync costs about the same for one mail as for fifty. A lone item is committed at once, a crowd shares;
only where nobody is kept waiting by it, items may wait a moment for company.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class GroupCommit(Generic[Item]):
    """Collects items and hands them to `flush` in lists of at most `most`.

    `flush` commits a whole list or raises; then every waiter of that list gets the same error. Before each
    list `pause` seconds are waited for more to come, unless it is full.
    """

    def __init__(self, flush: Callable[[list[Item]], Awaitable[None]], *, most: int = 64, pause: float = 0.0) -> None:
        self._flush = flush
        self._most = most
        self._pause = pause
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def commit(self, item: Item) -> None:
        """Return once `item` is committed; raise what `flush` raised otherwise."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        await asyncio.shield(future)

    async def _run(self) -> None:
        try:
            while self._waiting:
                if self._pause and len(self._waiting) < self._most:
                    await asyncio.sleep(self._pause)
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                await self._commit(batch)
        finally:
            self._running = None

    async def _commit(self, batch: list[tuple[Item, asyncio.Future[None]]]) -> None:
        try:
            await self._flush([item for item, _ in batch])
        except Exception as exc:  # noqa: BLE001 - each waiter gets it
            for _, future in batch:
                if not future.done():
                    future.set_exception(exc)
        else:
            for _, future in batch:
                if not future.done():
                    future.set_result(None)
