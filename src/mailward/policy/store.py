# SPDX-License-Identifier: Apache-2.0
"""Rules and settings in the database, and the announcement of a change."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.announcement import announce
from mailward.kit.ids import new_id
from mailward.policy.rules import DEFAULT_RULES, Rule

__all__ = ["add_default_rules", "announce", "change_settings", "rules", "settings"]


async def rules(connection: asyncpg.Connection) -> tuple[Rule, ...]:
    """The organization's rules in their order."""
    rows = await connection.fetch("SELECT definition FROM rules WHERE enabled ORDER BY position")
    return tuple(msgspec.convert(row["definition"], Rule) for row in rows)


async def settings(connection: asyncpg.Connection) -> dict[str, dict[str, Any]]:
    """What the organization set differently from the defaults, by feature."""
    return {row["feature"]: row["settings"] for row in await connection.fetch("SELECT * FROM feature_settings")}


async def change_settings(
    connection: asyncpg.Connection, organization: UUID, feature: str, values: dict[str, Any]
) -> None:
    """Replace what an organization set for a feature, and announce it."""
    await connection.execute(
        "INSERT INTO feature_settings (organization_id, feature, settings) VALUES ($1, $2, $3)"
        " ON CONFLICT (organization_id, feature) DO UPDATE SET settings = excluded.settings",
        organization, feature, values,
    )  # fmt: skip
    await announce(connection, organization)


async def add_default_rules(connection: asyncpg.Connection, organization: UUID, at: Any) -> None:
    """What a new organization starts with."""
    await connection.executemany(
        "INSERT INTO rules (organization_id, id, position, name, enabled, definition) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (organization, new_id(at), position, rule.name, rule.enabled, rule)
            for position, rule in enumerate(DEFAULT_RULES, start=1)
        ],
    )
