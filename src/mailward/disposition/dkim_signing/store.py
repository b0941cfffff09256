# SPDX-License-Identifier: Apache-2.0
"""Signing keys in the database."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.disposition.dkim_signing.keys import Algorithm, SigningKey

_KEY = (
    "organization_id, id, domain, selector, algorithm, bits, public, state, created_at, created_by, seen_at, active_at,"
    " retiring_at, retired_at, checked_at, problem"
)


class State(StrEnum):
    """The life of a key: its record is awaited, was seen and must last, it signs, it was replaced, it is gone."""

    WAITING = "waiting"
    SEEN = "seen"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key without its private half. `problem` says what is wrong with its record in the DNS, if something is."""

    organization_id: UUID
    id: UUID
    domain: str
    selector: str
    algorithm: Algorithm
    bits: int
    public: str
    state: State
    created_at: datetime
    created_by: str
    seen_at: datetime | None = None
    active_at: datetime | None = None
    retiring_at: datetime | None = None
    retired_at: datetime | None = None
    checked_at: datetime | None = None
    problem: str = ""


async def insert(connection: asyncpg.Connection, row: KeyRow, sealed: bytes) -> None:
    """Keep a new key."""
    await connection.execute(
        "INSERT INTO dkim_keys (organization_id, id, domain, selector, algorithm, bits, public, sealed, state,"
        " created_at, created_by, problem) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '')",
        row.organization_id, row.id, row.domain, row.selector, row.algorithm.value, row.bits, row.public, sealed,
        row.state.value, row.created_at, row.created_by,
    )  # fmt: skip


async def every(connection: asyncpg.Connection) -> list[KeyRow]:
    """The organization's keys, by domain and age. Those of a domain that is gone are not among them."""
    rows = await connection.fetch(
        f"SELECT {_KEY} FROM dkim_keys WHERE domain IN (SELECT name FROM domains)"  # noqa: S608 - our own words
        " ORDER BY domain, created_at DESC, id DESC"
    )
    return [_row(row) for row in rows]


async def find(connection: asyncpg.Connection, identifier: UUID) -> KeyRow | None:
    """One key, kept from change until the transaction ends."""
    row = await connection.fetchrow(f"SELECT {_KEY} FROM dkim_keys WHERE id = $1 FOR UPDATE", identifier)  # noqa: S608
    return _row(row) if row else None


async def change(connection: asyncpg.Connection, before: KeyRow, after: KeyRow) -> bool:
    """Write the state, its times and the problem; False if the key changed in the meantime. A retired key loses
    its private half."""
    changed = await connection.fetchval(
        "UPDATE dkim_keys SET state = $2, seen_at = $3, active_at = $4, retiring_at = $5, retired_at = $6,"
        " checked_at = $7, problem = $8, sealed = CASE WHEN $2 = 'retired' THEN NULL ELSE sealed END"
        " WHERE id = $1 AND state = $9 RETURNING 1",
        after.id, after.state.value, after.seen_at, after.active_at, after.retiring_at, after.retired_at,
        after.checked_at, after.problem, before.state.value,
    )  # fmt: skip
    return bool(changed)


async def delete(connection: asyncpg.Connection, identifier: UUID) -> bool:
    """Remove a key for good; whether it was there."""
    return bool(await connection.fetchval("DELETE FROM dkim_keys WHERE id = $1 RETURNING 1", identifier))


async def signing(connection: asyncpg.Connection) -> list[SigningKey]:
    """The keys that sign, of domains that the organization protects, and proved to be its own."""
    rows = await connection.fetch(
        "SELECT id, organization_id, domain, selector, algorithm, sealed FROM dkim_keys WHERE state = 'active'"
        " AND sealed IS NOT NULL AND domain IN (SELECT name FROM domains WHERE verified_by IS NOT NULL)"
        " ORDER BY domain, algorithm DESC, id"
    )
    return [SigningKey(row[0], row[1], row[2], row[3], Algorithm(row[4]), row[5]) for row in rows]


async def organizations(connection: asyncpg.Connection) -> Sequence[UUID]:
    """Organizations that have keys to look after."""
    return [row[0] for row in await connection.fetch("SELECT * FROM organizations_with_dkim_keys()")]


def _row(row: asyncpg.Record) -> KeyRow:
    values: dict[str, Any] = dict(row)
    return KeyRow(**{**values, "algorithm": Algorithm(row["algorithm"]), "state": State(row["state"])})
