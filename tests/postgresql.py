# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL for tests: started once per run, with a fresh database for each test module."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from mailward.kit.database import Database
from mailward.kit.database.embedded import EmbeddedServer
from mailward.main.migrations import migrate

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """The server; its database `mailward` is migrated and serves as the template of all others."""
    server = EmbeddedServer(tmp_path_factory.mktemp("postgresql"))
    server.start()
    try:
        asyncio.run(_hurry(server.url))
        asyncio.run(migrate(server.url))
        yield server
    finally:
        server.stop()
        if server._process is not None:
            server._process.wait()


@pytest.fixture(scope="module")
def database_url(postgresql: EmbeddedServer) -> str:
    """The owner's connection string of an empty, migrated database."""
    name = f"test_{next(_NUMBERS)}"
    asyncio.run(_copy(postgresql.url, name))
    return f"postgresql://mailward@/{name}?host={Path(postgresql.sockets)}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The program's own pool on that database."""
    opened = await Database.connect(database_url)
    yield opened
    await opened.close()


async def _hurry(url: str) -> None:
    """Tests need no durability, but for those that are about it; they start a server of their own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


async def _copy(url: str, name: str) -> None:
    connection = await asyncpg.connect(url, database="postgres")
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE mailward')
    finally:
        await connection.close()
