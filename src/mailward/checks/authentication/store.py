# SPDX-License-Identifier: Apache-2.0
"""Authentication rules in the database."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.authentication.rules import RULES, Method, Rule


class StoredRule(NamedTuple):
    """A rule that somebody wrote."""

    domain: str
    method: Method
    rule: Rule
    changed_at: datetime
    changed_by: str


async def every(connection: asyncpg.Connection) -> list[StoredRule]:
    """The organization's rules. One of a domain that is gone no longer counts."""
    rows = await connection.fetch(
        "SELECT domain, method, definition, changed_at, changed_by FROM authentication_rules"
        " WHERE domain = '' OR domain IN (SELECT name FROM domains) ORDER BY domain, method"
    )
    return [_stored(row) for row in rows]


async def write(
    connection: asyncpg.Connection, organization: UUID, domain: str, method: Method, rule: Rule, *, at: datetime,
    actor: str,
) -> None:  # fmt: skip
    """Add a rule, or replace it."""
    await connection.execute(
        "INSERT INTO authentication_rules (organization_id, domain, method, definition, changed_at, changed_by)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, domain, method) DO UPDATE SET"
        " definition = excluded.definition, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        organization, domain, method.value, msgspec.to_builtins(rule), at, actor,
    )  # fmt: skip


async def delete(connection: asyncpg.Connection, domain: str, method: Method) -> bool:
    """Remove a rule; whether it was there."""
    return bool(
        await connection.fetchval(
            "DELETE FROM authentication_rules WHERE domain = $1 AND method = $2 RETURNING 1", domain, method.value
        )
    )


def _stored(row: asyncpg.Record) -> StoredRule:
    method = Method(row["method"])
    return StoredRule(
        row["domain"], method, msgspec.convert(row["definition"], RULES[method]), row["changed_at"], row["changed_by"]
    )
