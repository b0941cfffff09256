# SPDX-License-Identifier: Apache-2.0
"""Connectors, counts, busiest hours and pauses in the database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from mailward.checks.outbound.brake import Paused, Sender
from mailward.checks.outbound.counts import Count, Key, What
from mailward.checks.outbound.registered import Registered
from mailward.checks.outbound.shapes import EVERY_DOMAIN, Connector, NewConnector, Pause, PauseReason, ProofKind
from mailward.kit.networks import Network, NetworkSet

MAX_PAUSES = 200
MAX_HEARD = 200_000
"""Counts that one round takes over."""

_CONNECTOR = "id, name, domain, networks, cloud, proof, header, value, secret_hash, created_at, created_by"
_PAUSE = "id, sender, reason, why, paused_at, until, lifted_at, lifted_by, alerted_at"
_WRITE = (  # noqa: S608 - our own words
    "INSERT INTO outbound_connectors AS c (organization_id, id, name, domain, networks, cloud, proof, header,"
    " value, secret_hash, created_at, created_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, ''::bytea), $11, $12)"
    " ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name, domain = excluded.domain,"
    " networks = excluded.networks, cloud = excluded.cloud, proof = excluded.proof, header = excluded.header,"
    " value = excluded.value, secret_hash = CASE WHEN excluded.proof <> 'secret' THEN ''::bytea"
    " ELSE coalesce($10, c.secret_hash) END RETURNING "
) + _CONNECTOR


async def registered(connection: asyncpg.Connection) -> tuple[Registered, ...]:
    """The organization's connectors, as the data plane asks them."""
    rows = await connection.fetch(f"SELECT {_CONNECTOR} FROM outbound_connectors ORDER BY id")  # noqa: S608 - our words
    return tuple(
        Registered(
            id=row["id"], name=row["name"], domain=row["domain"], networks=NetworkSet(row["networks"]),
            cloud=row["cloud"], proof=ProofKind(row["proof"]), header=row["header"], value=row["value"],
            secret_hash=row["secret_hash"],
        )
        for row in rows
    )  # fmt: skip


async def connectors(connection: asyncpg.Connection) -> list[Connector]:
    """The organization's connectors, oldest first."""
    rows = await connection.fetch(f"SELECT {_CONNECTOR} FROM outbound_connectors ORDER BY id")  # noqa: S608 - idem
    return [_connector(row) for row in rows]


async def sends_for(connection: asyncpg.Connection, domain: str) -> bool:
    """Whether any of the organization's connectors sends for the domain."""
    return any(connector.domain in (EVERY_DOMAIN, domain) for connector in await connectors(connection))


async def write(
    connection: asyncpg.Connection, organization: UUID, identifier: UUID, new: NewConnector,
    networks: Sequence[Network], *, secret_hash: bytes | None, at: datetime, actor: str,
) -> Connector | None:  # fmt: skip
    """Add a connector, or change the one with this id; without a new hash it keeps the one it has, as long as it
    is proved by a secret. None if another organization has this id. Raises UniqueViolationError."""
    row = await connection.fetchrow(
        _WRITE,
        organization, identifier, new.name, new.domain, list(networks), new.cloud, new.proof, new.header, new.value,
        secret_hash, at, actor,
    )  # fmt: skip
    return _connector(row) if row else None


async def connector(connection: asyncpg.Connection, identifier: UUID) -> Connector | None:
    """One connector."""
    row = await connection.fetchrow(f"SELECT {_CONNECTOR} FROM outbound_connectors WHERE id = $1", identifier)  # noqa: S608
    return _connector(row) if row else None


async def delete(connection: asyncpg.Connection, identifier: UUID) -> bool:
    """Remove a connector; whether it was there."""
    return bool(await connection.fetchval("DELETE FROM outbound_connectors WHERE id = $1 RETURNING 1", identifier))


async def count_for(connection: asyncpg.Connection, domain: str) -> int:
    """How many connectors send for this domain alone."""
    found: int = await connection.fetchval("SELECT count(*) FROM outbound_connectors WHERE domain = $1", domain)
    return found


async def delete_for(connection: asyncpg.Connection, domain: str) -> None:
    """Remove the connectors that send for this domain alone."""
    await connection.execute("DELETE FROM outbound_connectors WHERE domain = $1", domain)


async def share(connection: asyncpg.Connection, organization: UUID, counts: Iterable[Count]) -> None:
    """Add what one process counted to the sums. Always in the same order, so that processes do not block."""
    await connection.executemany(
        "INSERT INTO outbound_counts AS c (organization_id, minute, what, who, count, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, clock_timestamp()) ON CONFLICT (organization_id, minute, what, who)"
        " DO UPDATE SET count = c.count + excluded.count, updated_at = excluded.updated_at",
        sorted((organization, minute, key.what.value, key.who, count) for key, minute, count in counts),
    )


async def counted_since(connection: asyncpg.Connection, at: datetime) -> tuple[list[Count], datetime | None]:
    """The sums of all organizations that changed since, and the time of the last change. Needs no scope."""
    rows = await connection.fetch("SELECT * FROM outbound_counts_since($1, $2)", at, MAX_HEARD)
    counts = [
        Count(Key(row["organization_id"], What(row["what"]), row["who"]), row["minute"], row["count"]) for row in rows
    ]
    return counts, max((row["updated_at"] for row in rows), default=None)


async def usual(connection: asyncpg.Connection, before: datetime) -> dict[Sender, int]:
    """The busiest hour of every sender who has history from before that time. Needs no scope."""
    rows = await connection.fetch("SELECT * FROM usual_outbound($1)", before)
    return {Sender(row["organization_id"], row["sender"]): row["recipients"] for row in rows}


async def write_pauses(connection: asyncpg.Connection, organization: UUID, pauses: Iterable[Paused]) -> None:
    """New pauses; where another process was quicker, its pause stands, and if that was lifted since, so is this."""
    await end(connection)
    await connection.executemany(
        "INSERT INTO outbound_pauses (organization_id, id, sender, reason, why, paused_at, until, lifted_by,"
        " updated_at) SELECT $1, $2, $3, $4, $5, $6, $7, '', clock_timestamp()"
        " WHERE NOT EXISTS (SELECT FROM outbound_pauses WHERE sender = $3 AND lifted_at >= $6)"
        " ON CONFLICT (organization_id, sender) WHERE lifted_at IS NULL DO NOTHING",
        [(organization, p.id, p.sender, p.reason.value, p.why, p.paused_at, p.until) for p in pauses],
    )


async def end(connection: asyncpg.Connection) -> None:
    """End the organization's pauses whose time is over."""
    await connection.execute(
        "UPDATE outbound_pauses SET lifted_at = until, updated_at = clock_timestamp()"
        " WHERE lifted_at IS NULL AND until <= clock_timestamp()"
    )


async def open_pauses(connection: asyncpg.Connection, lifted_after: datetime) -> list[Paused]:
    """The pauses of all organizations that hold, or were lifted after that time. Needs no scope."""
    rows = await connection.fetch("SELECT * FROM outbound_pauses_open($1)", lifted_after)
    return [
        Paused(**{**{name: row[name] for name in Paused.__struct_fields__}, "reason": PauseReason(row["reason"])})
        for row in rows
    ]


async def pauses(connection: asyncpg.Connection) -> list[Pause]:
    """The organization's pauses: those that hold first, then newest first."""
    rows = await connection.fetch(
        f"SELECT {_PAUSE} FROM outbound_pauses ORDER BY lifted_at IS NOT NULL, id DESC LIMIT $1",  # noqa: S608
        MAX_PAUSES,
    )
    return [_pause(row) for row in rows]


async def lift(connection: asyncpg.Connection, identifier: UUID, *, at: datetime, actor: str) -> Pause | None:
    """End a pause. One that was ended before stays as it is; None if there is none."""
    await connection.execute(
        "UPDATE outbound_pauses SET lifted_at = $2, lifted_by = $3, updated_at = clock_timestamp()"
        " WHERE id = $1 AND lifted_at IS NULL",
        identifier, at, actor,
    )  # fmt: skip
    row = await connection.fetchrow(f"SELECT {_PAUSE} FROM outbound_pauses WHERE id = $1", identifier)  # noqa: S608
    return _pause(row) if row else None


async def unannounced(connection: asyncpg.Connection) -> list[Pause]:
    """The organization's pauses that nobody was told of yet. They are locked until the transaction ends."""
    rows = await connection.fetch(
        f"SELECT {_PAUSE} FROM outbound_pauses WHERE alerted_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE",  # noqa: S608
        MAX_PAUSES,
    )
    return [_pause(row) for row in rows]


async def announced(connection: asyncpg.Connection, identifiers: Sequence[UUID], at: datetime) -> None:
    """The administrators were told."""
    await connection.execute(
        "UPDATE outbound_pauses SET alerted_at = $2 WHERE id = ANY($1::uuid[])", list(identifiers), at
    )


def _connector(row: Mapping[str, Any]) -> Connector:
    return Connector(
        id=row["id"], name=row["name"], domain=row["domain"], networks=tuple(_plain(n) for n in row["networks"]),
        cloud=row["cloud"], proof=ProofKind(row["proof"]), header=row["header"], value=row["value"],
        has_secret=bool(row["secret_hash"]), created_at=row["created_at"], created_by=row["created_by"],
    )  # fmt: skip


def _plain(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _pause(row: Mapping[str, Any]) -> Pause:
    return Pause(**{**dict(row), "reason": PauseReason(row["reason"])})
