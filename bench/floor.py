# SPDX-License-Identifier: Apache-2.0
"""What cannot be had for less on this machine: the waits of one mail that is stored alone.

A mail is acknowledged when its body and its rows are synced, and it leaves the queue in a transaction of its own.
This does the same with nothing around it: one connection, one file, one row, no parsing, no policy, no SMTP.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import uvloop

from mailward.kit.database.embedded import EmbeddedServer
from mailward.kit.durable import sync_directory

ROUNDS = 300
_BODY = os.urandom(2048)


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """Medians, in milliseconds: a file and its folder synced, a transaction of one row, and both at once as they are
    when a mail is accepted, from a thread and the event loop."""

    file: float
    transaction: float
    both: float


def measure(folder: Path) -> Floor:
    """All three, `ROUNDS` times."""
    bodies = folder / "bodies"
    bodies.mkdir(parents=True)
    server = EmbeddedServer(folder / "postgres")
    server.start()
    try:
        return uvloop.run(_measure(server.url, bodies))
    finally:
        server.stop()


async def _measure(url: str, bodies: Path) -> Floor:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE mails (id uuid PRIMARY KEY, content bytea)")
    file = [await _timed(asyncio.to_thread(_write, bodies)) for _ in range(ROUNDS)]
    transaction = [await _timed(_transaction(connection)) for _ in range(ROUNDS)]
    both = [await _timed(_both(connection, bodies)) for _ in range(ROUNDS)]
    await connection.close()
    return Floor(file=statistics.median(file), transaction=statistics.median(transaction), both=statistics.median(both))


async def _timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return (time.perf_counter() - began) * 1000


async def _transaction(connection: asyncpg.Connection, written: "asyncio.Future[None] | None" = None) -> None:
    await connection.execute("BEGIN; SELECT set_config('mailward.organization', '', true)")
    await connection.execute("INSERT INTO mails VALUES ($1, $2)", uuid4(), _BODY)
    if written is not None:
        await written
    await connection.execute("COMMIT")


async def _both(connection: asyncpg.Connection, folder: Path) -> None:
    await _transaction(connection, asyncio.ensure_future(asyncio.to_thread(_write, folder)))


def _write(folder: Path) -> None:
    descriptor = os.open(folder / str(uuid4()), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, _BODY)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(folder)
