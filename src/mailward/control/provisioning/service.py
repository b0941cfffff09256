# SPDX-License-Identifier: Apache-2.0
"""Making an organization, and reading its record."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from mailward.kit.database import Database
from mailward.kit.vault import Vault


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """An organization's record. The key is wrapped under the master key."""

    id: UUID
    name: str
    wrapped_key: bytes


async def create(connection: asyncpg.Connection, organization: UUID, vault: Vault, *, name: str, at: datetime) -> None:
    """A new organization with a key of its own, under an id that the connection is scoped to."""
    await connection.execute(
        "INSERT INTO organizations (organization_id, name, wrapped_key, created_at) VALUES ($1, $2, $3, $4)",
        organization, name, vault.new_key(context=organization.bytes), at,
    )  # fmt: skip


async def read(connection: asyncpg.Connection) -> Tenant:
    """The record of the organization that the connection is scoped to."""
    row = await connection.fetchrow("SELECT organization_id AS id, name, wrapped_key FROM organizations")
    return Tenant(**row)


async def every(database: Database) -> list[UUID]:
    """The ids of all organizations."""
    async with database.unscoped() as connection:
        return [row[0] for row in await connection.fetch("SELECT * FROM all_organizations()")]
