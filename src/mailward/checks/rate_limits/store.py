# SPDX-License-Identifier: Apache-2.0
"""Who was limited, in the database."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from mailward.checks.rate_limits.shapes import Limit, Limited

MAX_SHOWN = 200


async def add(connection: asyncpg.Connection, organization: UUID, limited: Iterable[Limited]) -> None:
    """On top of what other processes noted. In one order, so that two of them never wait for each other."""
    await connection.executemany(
        "INSERT INTO rate_limited AS r (organization_id, what, site, address, refused, first_at, last_at, until)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organization_id, what, site, address) DO UPDATE SET"
        " refused = r.refused + excluded.refused, last_at = greatest(r.last_at, excluded.last_at),"
        " until = greatest(r.until, excluded.until)",
        [
            (organization, one.what, one.site, one.address, one.refused, one.first_at, one.last_at, one.until)
            for one in sorted(limited, key=lambda one: (one.what, one.site, one.address))
        ],
    )


async def latest(connection: asyncpg.Connection) -> list[Limited]:
    """The latest first."""
    rows = await connection.fetch(
        "SELECT what, site, address, refused, first_at, last_at, until FROM rate_limited"
        " ORDER BY last_at DESC, what, site, address LIMIT $1",
        MAX_SHOWN,
    )
    return [Limited(**{**dict(row), "what": Limit(row["what"])}) for row in rows]
