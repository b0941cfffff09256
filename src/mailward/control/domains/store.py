# SPDX-License-Identifier: Apache-2.0
"""Protected domains in the database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from mailward.control.domains.routing import Server
from mailward.control.domains.shapes import DomainRow, DomainState, VerificationMethod

CONSTRAINT = "uq_domains_name_verified"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A domain as an organization has it. `token` is what the DNS must show."""

    name: str
    recipient_filter: bool
    size_limit: int
    created_at: datetime
    token: str
    verified_by: str | None = None
    verified_at: datetime | None = None
    proof_seen_at: datetime | None = None
    checked_at: datetime | None = None
    check_at: datetime | None = None
    missing: str = ""

    @property
    def method(self) -> VerificationMethod | None:
        """By what it is verified."""
        return VerificationMethod(self.verified_by) if self.verified_by else None

    @property
    def state(self) -> DomainState:
        """Where it stands."""
        if self.verified_by is None:
            return DomainState.UNVERIFIED
        return DomainState.PROOF_MISSING if self.missing else DomainState.VERIFIED


class Owner(msgspec.Struct, frozen=True):
    """Who proved a domain, in whatever organization. The operator's word has no `proof_seen_at`."""

    organization_id: UUID
    verified_by: str
    proof_seen_at: datetime | None


_CLAIM = ", ".join(Claim.__struct_fields__)


async def insert(connection: asyncpg.Connection, organization: UUID, claim: Claim) -> None:
    """Add a claim. Raises asyncpg.UniqueViolationError."""
    places = ", ".join(f"${number}" for number in range(1, len(Claim.__struct_fields__) + 2))
    await connection.execute(
        f"INSERT INTO domains (organization_id, {_CLAIM}) VALUES ({places})",  # noqa: S608 - our own words
        organization, *(getattr(claim, name) for name in Claim.__struct_fields__),
    )  # fmt: skip


async def read(connection: asyncpg.Connection, name: str, *, lock: bool = False) -> Claim | None:
    """One claim of the organization; `lock` keeps it from being changed or deleted meanwhile."""
    row = await connection.fetchrow(
        f"SELECT {_CLAIM} FROM domains WHERE name = $1{' FOR UPDATE' if lock else ''}",  # noqa: S608 - our own words
        name,
    )
    return Claim(**row) if row else None


async def write(connection: asyncpg.Connection, claim: Claim) -> None:
    """Replace a claim that is there. Raises asyncpg.UniqueViolationError if somebody else is its proved owner."""
    names = [name for name in Claim.__struct_fields__ if name not in ("name", "created_at", "token")]
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(names, start=2))
    await connection.execute(
        f"UPDATE domains SET {sets} WHERE name = $1",  # noqa: S608 - our own words
        claim.name, *(getattr(claim, name) for name in names),
    )  # fmt: skip


async def delete(connection: asyncpg.Connection, name: str) -> None:
    """Remove a domain and the servers behind it."""
    await connection.execute("DELETE FROM inbound_servers WHERE domain = $1", name)
    await connection.execute("DELETE FROM domains WHERE name = $1", name)


async def owner(connection: asyncpg.Connection, name: str) -> Owner | None:
    """Who proved the domain, in whatever organization."""
    row = await connection.fetchrow("SELECT organization_id, verified_by, proof_seen_at FROM domain_owner($1)", name)
    return Owner(*row) if row else None


async def release(connection: asyncpg.Connection, name: str, *, unseen_since: datetime) -> UUID | None:
    """Take the domain from an owner whose proof has not been seen since then; who that was."""
    found: UUID | None = await connection.fetchval("SELECT * FROM release_domain($1, $2)", name, unseen_since)
    return found


async def due(connection: asyncpg.Connection, at: datetime, *, most: int) -> list[tuple[UUID, str]]:
    """(organization, name) of claims whose proof is to be looked for, of all organizations."""
    rows = await connection.fetch("SELECT organization_id, name FROM domains_to_check($1, $2)", at, most)
    return [(row["organization_id"], row["name"]) for row in rows]


async def page(
    connection: asyncpg.Connection, *, search: str, state: DomainState | None, after: str, limit: int
) -> list[DomainRow]:
    """Domains by name, behind the name `after`; `search` looks into names and the hosts behind them. How many
    recipients they have is not known here."""
    verified = None if state is None else state is not DomainState.UNVERIFIED
    missing = None if state in (None, DomainState.UNVERIFIED) else state is DomainState.PROOF_MISSING
    rows = await connection.fetch(
        f"SELECT {', '.join(f'd.{name}' for name in Claim.__struct_fields__)},"  # noqa: S608 - our own words
        " (SELECT count(*) FROM inbound_servers s WHERE s.domain = d.name) AS servers"
        " FROM domains d WHERE d.name > $1 AND ($2 = '' OR strpos(d.name, lower($2)) > 0"
        "  OR EXISTS (SELECT FROM inbound_servers s WHERE s.domain = d.name AND strpos(s.host, lower($2)) > 0))"
        " AND ($3::boolean IS NULL OR (d.verified_by IS NOT NULL) = $3)"
        " AND ($4::boolean IS NULL OR (d.missing <> '') = $4) ORDER BY d.name LIMIT $5",
        after, search, verified, missing, limit,
    )  # fmt: skip
    return [_row(row) for row in rows]


async def servers(connection: asyncpg.Connection, domain: str | None = None) -> dict[str, tuple[Server, ...]]:
    """The servers behind each domain, or behind one."""
    rows = await connection.fetch(
        "SELECT domain, recipient, host, port, preference FROM inbound_servers WHERE $1::text IS NULL OR domain = $1"
        " ORDER BY preference, recipient, host, port",
        domain,
    )
    found: dict[str, list[Server]] = defaultdict(list)
    for name, *values in rows:
        found[name].append(Server(**dict(zip(Server.__struct_fields__, values, strict=True))))
    return {name: tuple(some) for name, some in found.items()}


async def put_servers(connection: asyncpg.Connection, organization: UUID, domain: str, rows: Iterable[Server]) -> None:
    """Replace the servers behind a domain."""
    await connection.execute("DELETE FROM inbound_servers WHERE domain = $1", domain)
    await connection.executemany(
        "INSERT INTO inbound_servers (organization_id, domain, recipient, host, port, preference)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [(organization, domain, s.recipient, s.host, s.port, s.preference) for s in rows],
    )


async def every(connection: asyncpg.Connection) -> Sequence[Claim]:
    """All claims of the organization."""
    rows = await connection.fetch(f"SELECT {_CLAIM} FROM domains ORDER BY name")  # noqa: S608 - our own words
    return [Claim(**row) for row in rows]


async def names(connection: asyncpg.Connection) -> frozenset[str]:
    """The names of the organization's domains, verified or not."""
    return frozenset(row[0] for row in await connection.fetch("SELECT name FROM domains"))


def _row(row: asyncpg.Record) -> DomainRow:
    claim = Claim(**{name: row[name] for name in Claim.__struct_fields__})
    return DomainRow(
        name=claim.name, state=claim.state, verified_by=claim.method,
        verified_at=claim.verified_at, checked_at=claim.checked_at, missing=claim.missing, servers=row["servers"],
        recipients=0, recipient_filter=claim.recipient_filter, size_limit=claim.size_limit,
        created_at=claim.created_at,
    )  # fmt: skip
