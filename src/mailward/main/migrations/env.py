# SPDX-License-Identifier: Apache-2.0
"""Alembic's entry point: one transaction, one lock, so that two nodes never migrate at the same time."""

import asyncio

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from mailward.kit.database.schema import METADATA

LOCK = 0x6D61696C77617264


def _migrate(connection: sa.Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=False)
    with context.begin_transaction():
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()


async def _main() -> None:
    url = context.config.attributes["url"].replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
    await engine.dispose()


asyncio.run(_main())
