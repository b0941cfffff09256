# SPDX-License-Identifier: Apache-2.0
"""Naming the people whose names are worth borrowing."""

from datetime import datetime
from uuid import UUID

import asyncpg

from mailward.contract.check import HighProfileUser
from mailward.kit.ids import new_id

MAX_USERS = 500


class TooMany(Exception):  # noqa: N818 - reads better where it is caught
    """There are `MAX_USERS` of them already."""


async def add(connection: asyncpg.Connection, organization: UUID, user: HighProfileUser, *, at: datetime) -> UUID:
    """One more high-profile user; the entry's id.

    Raises:
        TooMany
    """
    if await connection.fetchval("SELECT count(*) FROM high_profile_users") >= MAX_USERS:
        raise TooMany
    identifier = new_id(at)
    await connection.execute(
        "INSERT INTO high_profile_users (organization_id, id, name, addresses) VALUES ($1, $2, $3, $4)",
        organization, identifier, user.name, [address.lower() for address in user.addresses],
    )  # fmt: skip
    return identifier


async def every(connection: asyncpg.Connection) -> tuple[HighProfileUser, ...]:
    """All of the organization's high-profile users."""
    rows = await connection.fetch("SELECT name, addresses FROM high_profile_users ORDER BY name")
    return tuple(HighProfileUser(row["name"], tuple(row["addresses"])) for row in rows)
