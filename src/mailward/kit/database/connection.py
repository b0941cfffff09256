# SPDX-License-Identifier: Apache-2.0
"""The pool, and the one way to touch an organization's rows: inside a transaction that is scoped to it.

Row-level security is the second wall. The program runs as the role `mailward_app`, which sees only
rows whose `organization_id` equals the transaction's `mailward.organization`; without a scope it sees
none. The few questions that span organizations ("which deliveries are due?") are functions in the
database, owned by the schema's owner.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

log = structlog.get_logger()

ROLE = "mailward_app"
CONNECT_SECONDS = 10
COMMAND_SECONDS = 60
RECONNECT_SECONDS = 1
_BEGIN = "BEGIN; SELECT set_config('mailward.organization', '{}', true)"
"""Both in one round trip, and never one without the other."""
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
"""What is raised while the database cannot be asked, for work that is tried again later."""
EVERYTHING = ""
"""The payload that a listener hears when notifications may have been missed."""


class Database:
    """A pool of connections that run as `mailward_app`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._listeners: list[asyncio.Task[None]] = []

    @classmethod
    async def connect(cls, url: str, *, most: int = 10) -> "Database":
        """Open the pool. Raises OSError or asyncpg errors when the database is not there."""
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=most,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            init=prepare,
            reset=_nothing_is_left,
            server_settings={"role": ROLE, "application_name": "mailward"},
        )
        return cls(pool)

    @asynccontextmanager
    async def scoped(self, organization: UUID) -> AsyncIterator[asyncpg.Connection]:
        """A transaction that sees one organization's rows and no others."""
        async with self._one() as connection:
            await connection.execute(_BEGIN.format(UUID(bytes=organization.bytes)))
            try:
                yield connection
                await connection.execute("COMMIT")
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("ROLLBACK")
                raise

    @asynccontextmanager
    async def unscoped(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection without a scope: it can call the functions that span organizations, and sees no rows."""
        async with self._one() as connection:
            try:
                yield connection
            finally:
                await connection.reset()

    @asynccontextmanager
    async def _one(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the pool, waited for no longer than `CONNECT_SECONDS`."""
        async with asyncio.timeout(CONNECT_SECONDS):  # the pool's own timeout would cost a task each time
            connection = await self._pool.acquire()
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """Call `heard(payload)` for each notification, for as long as this object lives.

        After a lost connection `heard(EVERYTHING)` is called, since something may have been missed.
        """
        self._listeners.append(asyncio.create_task(self._listen(channel, heard)))

    async def _listen(self, channel: str, heard: Callable[[str], None]) -> None:
        while True:
            lost = asyncio.Event()
            try:
                await self._hear(channel, heard, lost)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
                log.warning("database.listener_lost", channel=channel, why=type(exc).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, channel: str, heard: Callable[[str], None], lost: asyncio.Event) -> None:
        """Listen on one connection until it is lost or nobody wants to hear any more."""

        def tell(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            heard(str(payload))

        def end(_connection: object) -> None:
            lost.set()

        async with self._pool.acquire() as connection:
            connection.add_termination_listener(end)
            await connection.add_listener(channel, tell)
            heard(EVERYTHING)
            try:
                await lost.wait()
            finally:
                connection.remove_termination_listener(end)
                if not connection.is_closed():
                    await connection.remove_listener(channel, tell)

    async def close(self) -> None:
        """Give all connections back."""
        for task in self._listeners:
            task.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)
        await self._pool.close()


@asynccontextmanager
async def savepoint(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A part of a scoped transaction that may fail on its own."""
    await connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        await connection.execute("ROLLBACK TO SAVEPOINT part")
        raise
    await connection.execute("RELEASE SAVEPOINT part")


async def _nothing_is_left(_connection: object) -> None:
    """A scoped transaction leaves nothing on its connection that would have to be cleaned up."""


async def prepare(connection: asyncpg.Connection) -> None:
    """Teach a connection to speak JSON with msgspec."""
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(kind, encoder=_encode, decoder=json.loads, schema="pg_catalog", format="text")


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode().replace("\\u0000", "")
