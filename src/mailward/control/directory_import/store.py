# SPDX-License-Identifier: Apache-2.0
"""Valid recipients in the database."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

import asyncpg

from mailward.control.directory_import.shapes import ListState, ValidRecipient
from mailward.kit.hashed_set import HashedSet, Hashes
from mailward.kit.list_import import Examples

PREFETCH = 10_000

Row = tuple[str, str, str]
"""Domain, address, display name."""


class Compared(NamedTuple):
    """One domain of a file: rows brought, of these new and with another name; and entries that are there now."""

    domain: str
    brought: int
    added: int
    changed: int
    present: int

    @property
    def unchanged(self) -> int:
        """Rows that are there already as they are."""
        return self.brought - self.added - self.changed

    @property
    def absent(self) -> int:
        """Entries that the file does not name."""
        return self.present - self.changed - self.unchanged


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
    """The addresses of one domain, in a form that holds millions. The hashing is done beside the event loop, which
    has mail to take meanwhile."""
    hashes, some = Hashes(), []
    async for row in connection.cursor(
        "SELECT address FROM valid_recipients WHERE domain = $1", domain, prefetch=PREFETCH
    ):
        some.append(row[0])
        if len(some) == PREFETCH:
            await asyncio.to_thread(hashes.add, some)
            some = []
    hashes.add(some)
    return await asyncio.to_thread(hashes.finish)


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


async def compare(connection: asyncpg.Connection) -> list[Compared]:
    """What the brought rows would do to each domain that occurs among them."""
    rows = await connection.fetch(
        "SELECT b.domain, count(*) AS brought, count(*) FILTER (WHERE v.address IS NULL) AS added,"
        " count(*) FILTER (WHERE v.display_name <> b.display_name) AS changed"
        " FROM brought b LEFT JOIN valid_recipients v USING (domain, address) GROUP BY b.domain ORDER BY b.domain"
    )
    present = {domain: state.entries for domain, state in (await lists(connection)).items()}
    return [Compared(**row, present=present.get(row["domain"], 0)) for row in rows]


async def examples(connection: asyncpg.Connection, *, added: int, changed: int, removed: int) -> Examples:
    """So many of the addresses that are added, renamed and removed. Where none are wanted, none are looked for."""
    return Examples(
        added=await _addresses(
            connection, added,
            "SELECT address FROM brought b WHERE NOT EXISTS (SELECT FROM valid_recipients v"
            " WHERE v.domain = b.domain AND v.address = b.address)",
        ),
        changed=await _addresses(
            connection, changed,
            "SELECT address FROM brought b JOIN valid_recipients v USING (domain, address)"
            " WHERE v.display_name <> b.display_name",
        ),
        removed=await _addresses(
            connection, removed,
            "SELECT address FROM valid_recipients v WHERE domain IN (SELECT DISTINCT domain FROM brought)"
            " AND NOT EXISTS (SELECT FROM brought b WHERE b.domain = v.domain AND b.address = v.address)",
        ),
    )  # fmt: skip


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


async def _addresses(connection: asyncpg.Connection, most: int, query: str) -> list[str]:
    rows = await connection.fetch(f"{query} ORDER BY domain, address LIMIT $1", most) if most else []
    return [row["address"] for row in rows]
