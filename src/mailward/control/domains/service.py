# SPDX-License-Identifier: Apache-2.0
"""Adding and reading protected domains."""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

DEFAULT_SIZE_LIMIT = 50 * 1024 * 1024


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A protected domain: the server behind us, whether unknown recipients are refused, and the
    largest mail it takes, in bytes."""

    name: str
    next_hop_host: str
    next_hop_port: int
    recipient_filter: bool = False
    size_limit: int = DEFAULT_SIZE_LIMIT


class DomainTaken(Exception):  # noqa: N818 - reads better where it is caught
    """Another organization, or this one, already protects the domain."""


async def add(connection: asyncpg.Connection, organization: UUID, domain: Domain, *, at: datetime) -> None:
    """Protect one more domain.

    Raises:
        DomainTaken
    """
    try:
        await connection.execute(
            "INSERT INTO domains (organization_id, name, next_hop_host, next_hop_port, recipient_filter, size_limit,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            organization, domain.name.lower(), domain.next_hop_host, domain.next_hop_port,
            domain.recipient_filter, domain.size_limit, at,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as exc:
        raise DomainTaken(domain.name) from exc


async def every(connection: asyncpg.Connection) -> list[Domain]:
    """All domains of the organization that the connection is scoped to."""
    rows = await connection.fetch(
        "SELECT name, next_hop_host, next_hop_port, recipient_filter, size_limit FROM domains ORDER BY name"
    )
    return [Domain(**row) for row in rows]
