# SPDX-License-Identifier: Apache-2.0
"""How an organization's DNS lists are: one table in each room that asks lists, all of one shape."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import asyncpg


async def read(connection: asyncpg.Connection, table: str) -> list[tuple[str, str, datetime]]:
    """Each list that was tested: its zone, what is wrong with it, and when it was tested."""
    rows = await connection.fetch(f"SELECT zone, why, tested_at FROM {table} ORDER BY zone")  # noqa: S608 - our own words
    return [tuple(row) for row in rows]


async def write(
    connection: asyncpg.Connection, table: str, organization: UUID, health: Mapping[str, str], at: datetime
) -> None:
    """How the lists are now; those that are asked no more are forgotten."""
    await connection.execute(f"DELETE FROM {table} WHERE NOT zone = ANY($1)", list(health))  # noqa: S608
    await connection.executemany(
        f"INSERT INTO {table} VALUES ($1, $2, $3, $4) ON CONFLICT (organization_id, zone)"  # noqa: S608
        " DO UPDATE SET why = excluded.why, tested_at = excluded.tested_at",
        [(organization, zone, why, at) for zone, why in sorted(health.items())],
    )
