# SPDX-License-Identifier: Apache-2.0
"""TLS peers and fetched MTA-STS policies in the database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection
from mailward.checks.tls_peers.shapes import NewTlsPeer, StsPolicyRow, TlsPeer

_FIELDS = "direction, peer, domain, level, minimum, certificate_name, note"
_ENTRY = f"id, {_FIELDS}, created_at, created_by"

Key = tuple[str, str]
"""Peer and domain, of one direction."""


class Facts(msgspec.Struct, frozen=True):
    """What an entry says beside its key."""

    level: Level
    minimum: Minimum = Minimum.NONE
    certificate_name: str = ""
    note: str = ""


async def page(
    connection: asyncpg.Connection, *, direction: PeerDirection | None, search: str, before: UUID | None, limit: int
) -> list[TlsPeer]:
    """Entries, newest first, behind the row `before`; `search` looks into peer, domain and note."""
    rows = await connection.fetch(
        f"SELECT {_ENTRY} FROM tls_peers WHERE ($1::text IS NULL OR direction = $1)"  # noqa: S608 - our own words
        " AND ($2 = '' OR strpos(peer, lower($2)) > 0 OR strpos(domain, lower($2)) > 0"
        " OR strpos(lower(note), lower($2)) > 0)"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        direction, search, before, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), TlsPeer) for row in rows]


async def insert(
    connection: asyncpg.Connection, organization: UUID, entries: Iterable[tuple[UUID, NewTlsPeer]], *,
    at: datetime, actor: str,
) -> None:  # fmt: skip
    """Add entries, or give those that are there what is new."""
    await connection.executemany(
        f"INSERT INTO tls_peers (organization_id, id, {_FIELDS}, created_at, created_by)"  # noqa: S608 - our own words
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (organization_id, direction, domain, peer) DO UPDATE SET level = excluded.level,"
        " minimum = excluded.minimum, certificate_name = excluded.certificate_name, note = excluded.note",
        [
            (
                organization,
                id_,
                e.direction,
                e.peer,
                e.domain,
                e.level,
                e.minimum,
                e.certificate_name,
                e.note,
                at,
                actor,
            )
            for id_, e in entries
        ],
    )


async def find(connection: asyncpg.Connection, direction: PeerDirection, peer: str, domain: str) -> TlsPeer:
    """An entry that is there."""
    row = await connection.fetchrow(
        f"SELECT {_ENTRY} FROM tls_peers WHERE direction = $1 AND peer = $2 AND domain = $3",  # noqa: S608 - our own words
        direction, peer, domain,
    )  # fmt: skip
    return msgspec.convert(dict(row), TlsPeer)


async def delete_keys(connection: asyncpg.Connection, direction: PeerDirection, keys: Sequence[Key]) -> None:
    """Remove several entries of one direction."""
    await connection.execute(
        "DELETE FROM tls_peers t USING unnest($2::text[], $3::text[]) AS gone(peer, domain)"
        " WHERE t.direction = $1 AND t.peer = gone.peer AND t.domain = gone.domain",
        direction, [peer for peer, _ in keys], [domain for _, domain in keys],
    )  # fmt: skip


async def facts(connection: asyncpg.Connection, direction: PeerDirection) -> dict[Key, Facts]:
    """All entries of one direction."""
    rows = await connection.fetch(
        "SELECT peer, domain, level, minimum, certificate_name, note FROM tls_peers WHERE direction = $1", direction
    )
    return {
        (row["peer"], row["domain"]): Facts(
            Level(row["level"]), Minimum(row["minimum"]), row["certificate_name"], row["note"]
        )
        for row in rows
    }


async def every(connection: asyncpg.Connection) -> list[NewTlsPeer]:
    """Every entry of the organization that the connection is scoped to."""
    rows = await connection.fetch(f"SELECT {_FIELDS} FROM tls_peers")  # noqa: S608 - our own words
    return [msgspec.convert(dict(row), NewTlsPeer) for row in rows]


async def sts_policy(connection: asyncpg.Connection, domain: str) -> StsPolicyRow | None:
    """The policy that is held for a domain."""
    row = await connection.fetchrow(
        "SELECT domain, policy_id, mode, mx, fetched_at, expires_at FROM sts_policies WHERE domain = $1", domain
    )
    return _policy(row) if row else None


async def sts_policies(connection: asyncpg.Connection, *, most: int) -> list[StsPolicyRow]:
    """The policies that are held, by domain."""
    rows = await connection.fetch(
        "SELECT domain, policy_id, mode, mx, fetched_at, expires_at FROM sts_policies ORDER BY domain LIMIT $1", most
    )
    return [_policy(row) for row in rows]


async def keep_sts_policy(connection: asyncpg.Connection, organization: UUID, policy: StsPolicyRow) -> None:
    """Hold to a policy from now on."""
    await connection.execute(
        "INSERT INTO sts_policies (organization_id, domain, policy_id, mode, mx, fetched_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (organization_id, domain) DO UPDATE SET"
        " policy_id = excluded.policy_id, mode = excluded.mode, mx = excluded.mx, fetched_at = excluded.fetched_at,"
        " expires_at = excluded.expires_at",
        organization, policy.domain, policy.policy_id, policy.mode, policy.mx, policy.fetched_at, policy.expires_at,
    )  # fmt: skip


async def forget_sts_policy(connection: asyncpg.Connection, domain: str) -> bool:
    """Hold to it no longer; whether there was one."""
    return bool(await connection.fetchval("DELETE FROM sts_policies WHERE domain = $1 RETURNING 1", domain))


def _policy(row: Mapping[str, Any]) -> StsPolicyRow:
    return StsPolicyRow(**dict(row))
