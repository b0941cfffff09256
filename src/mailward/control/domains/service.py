# SPDX-License-Identifier: Apache-2.0
"""Adding and reading protected domains."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from mailward.control.domains.routing import Server, candidates, in_order

__all__ = ["DEFAULT_SIZE_LIMIT", "Domain", "DomainTaken", "Server", "add", "candidates", "every", "in_order"]

DEFAULT_SIZE_LIMIT = 50 * 1024 * 1024


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A protected domain: the servers behind us, whether unknown recipients are refused, the largest mail it
    takes, in bytes, and whether its ownership is proved. One that is not takes no mail."""

    name: str
    servers: tuple[Server, ...]
    recipient_filter: bool = False
    size_limit: int = DEFAULT_SIZE_LIMIT
    verified: bool = True


class DomainTaken(Exception):  # noqa: N818 - reads better where it is caught
    """Another organization, or this one, already protects the domain."""


async def add(connection: asyncpg.Connection, organization: UUID, domain: Domain, *, at: datetime) -> None:
    """Protect one more domain.

    Raises:
        DomainTaken
    """
    try:
        await connection.execute(
            "INSERT INTO domains (organization_id, name, recipient_filter, size_limit, created_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            organization, domain.name.lower(), domain.recipient_filter, domain.size_limit, at,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as exc:
        raise DomainTaken(domain.name) from exc
    await connection.executemany(
        "INSERT INTO inbound_servers (organization_id, domain, recipient, host, port, preference)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (organization, domain.name.lower(), s.recipient.lower(), s.host, s.port, s.preference)
            for s in domain.servers
        ],
    )


async def every(connection: asyncpg.Connection) -> list[Domain]:
    """All domains of the organization that the connection is scoped to."""
    rows = await connection.fetch(
        "SELECT domain, recipient, host, port, preference FROM inbound_servers ORDER BY preference, host, port"
    )
    servers: dict[str, list[Server]] = defaultdict(list)
    for domain, *values in rows:
        servers[domain].append(Server(**dict(zip(Server.__struct_fields__, values, strict=True))))
    rows = await connection.fetch("SELECT name, recipient_filter, size_limit FROM domains ORDER BY name")
    return [Domain(**row, servers=tuple(servers[row["name"]])) for row in rows]
