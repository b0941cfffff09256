# SPDX-License-Identifier: Apache-2.0
"""Valid recipients in the database."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg

from mailward.control.directory_import.shapes import ListState, ValidRecipient
from mailward.kit.hashed_set import HashedSet, Hashes
from mailward.kit.list_import import Examples

PREFETCH = 10_000

Row = tuple[str, str, str]
"""Domain, address, display name."""


async def page(
    connection: asyncpg.Connection, *, domain: str | None, search: str, after: tuple[str, str], limit: int
) -> list[ValidRecipient]:
    """Entries by domain and address, behind `after`; `search` looks into addresses and names."""
    rows = await connection.fetch(
        "SELECT address, display_name FROM valid_recipients WHERE (domain, address) > ($1, $2)"
        " AND ($3::text IS NULL OR domain = $3) AND ($4 = '' OR strpos(address, lower($4)) > 0"
        " OR strpos(lower(display_name), lower($4)) > 0) ORDER BY domain, address LIMIT $5",
        *after, domain, search, limit,
    )  # fmt: skip
    return [ValidRecipient(**row) for row in rows]


async def lists(connection: asyncpg.Connection) -> dict[str, ListState]:
    """Version and length of each domain's list."""
    rows = await connection.fetch("SELECT domain, version, entries, changed_at FROM recipient_lists")
    return {row["domain"]: ListState(row["version"], row["entries"], row["changed_at"]) for row in rows}


async def members(connection: asyncpg.Connection, domain: str) -> HashedSet:
    """The addresses of one domain, in a form that holds millions."""
    hashes, some = Hashes(), []
    async for row in connection.cursor(
        "SELECT address FROM valid_recipients WHERE domain = $1", domain, prefetch=PREFETCH
    ):
        some.append(row[0])
        if len(some) == PREFETCH:
            hashes.add(some)
            some = []
    hashes.add(some)
    return hashes.finish()


async def every(connection: asyncpg.Connection, domain: str | None) -> AsyncIterator[ValidRecipient]:
    """All entries, or those of one domain, in their order."""
    async for row in connection.cursor(
        "SELECT address, display_name FROM valid_recipients WHERE $1::text IS NULL OR domain = $1"
        " ORDER BY domain, address",
        domain, prefetch=PREFETCH,
    ):  # fmt: skip
        yield ValidRecipient(**row)


async def put(connection: asyncpg.Connection, organization: UUID, rows: Sequence[Row]) -> None:
    """Add entries, or give those that are there what is new."""
    await connection.execute(
        "INSERT INTO valid_recipients (organization_id, domain, address, display_name)"
        " SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])"
        " ON CONFLICT (organization_id, domain, address) DO UPDATE SET display_name = excluded.display_name",
        organization, *(list(column) for column in zip(*rows, strict=True)),
    )  # fmt: skip


async def delete(connection: asyncpg.Connection, domain: str, address: str) -> bool:
    """Remove one entry; whether it was there."""
    return bool(
        await connection.fetchval(
            "DELETE FROM valid_recipients WHERE domain = $1 AND address = $2 RETURNING 1", domain, address
        )
    )


async def touch(connection: asyncpg.Connection, organization: UUID, domains: Iterable[str], *, at: datetime) -> None:
    """Give the lists of these domains a new version, and count them."""
    await connection.execute(
        "INSERT INTO recipient_lists (organization_id, domain, version, entries, changed_at)"
        " SELECT $1, d.name, $3, (SELECT count(*) FROM valid_recipients v WHERE v.domain = d.name), $4"
        " FROM unnest($2::text[]) AS d(name)"
        " ON CONFLICT (organization_id, domain) DO UPDATE SET version = excluded.version, entries = excluded.entries,"
        " changed_at = excluded.changed_at",
        organization, sorted(set(domains)), uuid4(), at,
    )  # fmt: skip


async def bring(connection: asyncpg.Connection, rows: Iterable[Row]) -> None:
    """Lay rows beside the list, for as long as the transaction lasts, to be compared and taken over."""
    await connection.execute(
        "CREATE TEMPORARY TABLE brought (domain text, address text, display_name text,"
        " PRIMARY KEY (domain, address)) ON COMMIT DROP"
    )
    await connection.copy_records_to_table("brought", records=rows, columns=["domain", "address", "display_name"])
    await connection.execute("ANALYZE brought")


async def compare(connection: asyncpg.Connection) -> tuple[int, int, int]:
    """How many of the brought rows are new, change a name, or change nothing."""
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE v.address IS NULL) AS added,"
        " count(*) FILTER (WHERE v.display_name <> b.display_name) AS changed,"
        " count(*) FILTER (WHERE v.display_name = b.display_name) AS unchanged"
        " FROM brought b LEFT JOIN valid_recipients v USING (domain, address)"
    )
    return tuple(row)


async def examples(connection: asyncpg.Connection, *, replace: bool, most: int) -> Examples:
    """Some of the addresses that are added, renamed and removed."""
    added = await connection.fetch(
        "SELECT address FROM brought b WHERE NOT EXISTS (SELECT FROM valid_recipients v"
        " WHERE v.domain = b.domain AND v.address = b.address) ORDER BY domain, address LIMIT $1",
        most,
    )
    changed = await connection.fetch(
        "SELECT address FROM brought b JOIN valid_recipients v USING (domain, address)"
        " WHERE v.display_name <> b.display_name ORDER BY domain, address LIMIT $1",
        most,
    )
    removed = await connection.fetch(
        "SELECT address FROM valid_recipients v WHERE domain IN (SELECT DISTINCT domain FROM brought) AND NOT EXISTS"
        " (SELECT FROM brought b WHERE b.domain = v.domain AND b.address = v.address)"
        " ORDER BY domain, address LIMIT $1",
        most if replace else 0,
    )
    return Examples(added=_addresses(added), changed=_addresses(changed), removed=_addresses(removed))


async def by_domain(connection: asyncpg.Connection) -> list[tuple[str, int, int]]:
    """(domain, entries there, of those not in the file) for each domain that was brought."""
    rows = await connection.fetch(
        "SELECT d.domain, (SELECT count(*) FROM valid_recipients v WHERE v.domain = d.domain) AS present,"
        " (SELECT count(*) FROM valid_recipients v WHERE v.domain = d.domain AND NOT EXISTS"
        "  (SELECT FROM brought b WHERE b.domain = v.domain AND b.address = v.address)) AS absent"
        " FROM (SELECT DISTINCT domain FROM brought) d ORDER BY 1"
    )
    return [tuple(row) for row in rows]


async def take_over(connection: asyncpg.Connection, organization: UUID, *, replace: bool) -> None:
    """Write what was brought; `replace` removes what the file does not name, in the domains that it names."""
    if replace:
        await connection.execute(
            "DELETE FROM valid_recipients v WHERE v.domain IN (SELECT DISTINCT domain FROM brought) AND NOT EXISTS"
            " (SELECT FROM brought b WHERE b.domain = v.domain AND b.address = v.address)"
        )
    await connection.execute(
        "INSERT INTO valid_recipients (organization_id, domain, address, display_name)"
        " SELECT $1, domain, address, display_name FROM brought"
        " ON CONFLICT (organization_id, domain, address) DO UPDATE SET display_name = excluded.display_name"
        " WHERE valid_recipients.display_name <> excluded.display_name",
        organization,
    )


def _addresses(rows: Iterable[asyncpg.Record]) -> list[str]:
    return [row["address"] for row in rows]
