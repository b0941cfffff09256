# SPDX-License-Identifier: Apache-2.0
"""The product as the trials see it: killed, cut off, lied to, and looked at from outside."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
from tests.faults.ledger import Ledger
from tests.product import DOMAIN, Process, Product

RECIPIENT = f"lee@{DOMAIN}"
BACK_SECONDS = 120.0


class Target(Product):
    """The product; `recipients` of the trial are the only valid ones."""

    def victims(self) -> list[Process]:
        """Every process of it."""
        return self.processes()

    async def recover(self, victim: Process) -> None:
        """The supervisor is started again by whoever runs the service; all else is its own affair."""
        if victim.role == "supervisor":
            self.reap()
            await asyncio.to_thread(self.start)

    def role(self, name: str) -> int:
        """The process id of the first process of a role. Raises `LookupError`."""
        for process in self.processes():
            if process.role == name:
                return process.pid
        raise LookupError(f"no process is called {name}")

    async def query(self, statement: str, *values: Any) -> Any:
        """One value from the embedded database, seen as its owner."""
        from mailward.kit.database.embedded import EmbeddedServer  # noqa: PLC0415 - only trials need it

        connection = await asyncpg.connect(EmbeddedServer(self.data / "postgres").url, timeout=10)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def running(next_hop: int, *, folder: Path | None = None, **options: Any) -> AsyncIterator[Target]:
    """A new organization, its gateway running; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mailward-faults-") as aside:
        target = Target(
            (folder or Path(aside)) / "data", next_hop=f"127.0.0.1:{next_hop}", recipients=(RECIPIENT,),
            aside=Path(aside), **options,
        )  # fmt: skip
        await asyncio.to_thread(target.init)
        await asyncio.to_thread(target.start)
        try:
            yield target
        finally:
            await asyncio.to_thread(target.stop)


async def acknowledges(ledger: Ledger, *, more: int = 1, within: float = BACK_SECONDS) -> None:
    """Until so many more mails were acknowledged. Raises `TimeoutError`."""
    await _grows(lambda: len(ledger.acknowledged), more, within)


async def answers(ledger: Ledger, *, more: int = 1, within: float = BACK_SECONDS) -> None:
    """Until so many more mails were acknowledged or refused. Raises `TimeoutError`."""
    await _grows(lambda: len(ledger.acknowledged) + ledger.refused.total(), more, within)


async def _grows(count: Callable[[], int], more: int, within: float) -> None:
    wanted = count() + more
    async with asyncio.timeout(within):
        while count() < wanted:  # noqa: ASYNC110 - twenty times a second is often enough
            await asyncio.sleep(0.05)
