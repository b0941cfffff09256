# SPDX-License-Identifier: Apache-2.0
"""Sender lists in the database."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.sender_filter.shapes import NewSenderEntry, SenderEntry, SenderList, SenderSort
from mailward.kit import paging

_ENTRY = "id, list, pattern, target, unauthenticated, note, expires_at, created_at, created_by"

Key = tuple[str, str]
"""Target and pattern."""


class Facts(msgspec.Struct, frozen=True):
    """What an entry says beside its key."""

    note: str = ""
    unauthenticated: bool = False
    expires_at: datetime | None = None


_KEYS = {"created": "id", "pattern": "pattern", "target": "target", "expires": "coalesce(expires_at, 'infinity')"}


async def page(
    connection: asyncpg.Connection, *, which: SenderList | None, target: str | None, search: str, sort: SenderSort,
    before: UUID | None, limit: int,
) -> list[SenderEntry]:  # fmt: skip
    """Entries behind the row `before`; `search` looks into pattern, target and note. Raises BadCursor if that row is
    gone, and the order needs it."""
    behind, order = paging.order(
        _KEYS[sort.removeprefix("-")], table="sender_entries", descending=sort.startswith("-"), place="$4"
    )
    if before is not None and not order.startswith("id ") and not await _is_there(connection, before):
        raise paging.BadCursor("the entry where this page begins was removed; start again without the cursor")
    rows = await connection.fetch(
        f"SELECT {_ENTRY} FROM sender_entries WHERE ($1::text IS NULL OR list = $1)"  # noqa: S608 - our own words
        " AND ($2::text IS NULL OR target = $2) AND ($3 = '' OR strpos(pattern, lower($3)) > 0"
        " OR strpos(target, lower($3)) > 0 OR strpos(lower(note), lower($3)) > 0)"
        f" AND {behind} ORDER BY {order} LIMIT $5",
        which, target, search, before, limit,
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def insert(
    connection: asyncpg.Connection, organization: UUID, entries: Iterable[tuple[UUID, NewSenderEntry]], *,
    at: datetime, actor: str,
) -> None:  # fmt: skip
    """Add entries, or give those that are there what is new."""
    await connection.executemany(
        "INSERT INTO sender_entries (organization_id, id, list, target, pattern, unauthenticated, note, expires_at,"
        " created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (organization_id, list, target, pattern) DO UPDATE SET note = excluded.note,"
        " unauthenticated = excluded.unauthenticated, expires_at = excluded.expires_at",
        [
            (organization, id_, e.list, e.target, e.pattern, e.unauthenticated, e.note, e.expires_at, at, actor)
            for id_, e in entries
        ],
    )


async def find(connection: asyncpg.Connection, which: SenderList, target: str, pattern: str) -> SenderEntry:
    """An entry that is there."""
    row = await connection.fetchrow(
        f"SELECT {_ENTRY} FROM sender_entries WHERE list = $1 AND target = $2 AND pattern = $3",  # noqa: S608
        which, target, pattern,
    )  # fmt: skip
    return _entry(row)


async def named(connection: asyncpg.Connection, pattern: str) -> list[SenderEntry]:
    """The entries of exactly this pattern, for whomever they count."""
    rows = await connection.fetch(f"SELECT {_ENTRY} FROM sender_entries WHERE pattern = $1", pattern)  # noqa: S608
    return [_entry(row) for row in rows]


async def naming(connection: asyncpg.Connection, targets: Sequence[str], patterns: Sequence[str]) -> list[SenderEntry]:
    """The entries that have not ended, for one of the targets and with one of the patterns."""
    rows = await connection.fetch(
        f"SELECT {_ENTRY} FROM sender_entries WHERE target = ANY($1) AND pattern = ANY($2)"  # noqa: S608
        " AND coalesce(expires_at, 'infinity') > now() ORDER BY id",
        list(targets), list(patterns),
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def delete_keys(connection: asyncpg.Connection, which: SenderList, keys: Sequence[Key]) -> None:
    """Remove several entries of one list."""
    await connection.execute(
        "DELETE FROM sender_entries s USING unnest($2::text[], $3::text[]) AS gone(target, pattern)"
        " WHERE s.list = $1 AND s.target = gone.target AND s.pattern = gone.pattern",
        which, [target for target, _ in keys], [pattern for _, pattern in keys],
    )  # fmt: skip


async def facts(connection: asyncpg.Connection, which: SenderList) -> dict[Key, Facts]:
    """A whole list."""
    rows = await connection.fetch(
        "SELECT target, pattern, note, unauthenticated, expires_at FROM sender_entries WHERE list = $1", which
    )
    return {
        (row["target"], row["pattern"]): Facts(row["note"], row["unauthenticated"], row["expires_at"]) for row in rows
    }


async def lines(connection: asyncpg.Connection, which: SenderList) -> AsyncIterator[tuple[str, ...]]:
    """A whole list, as the lines of a file."""
    async for pattern, target, note, unauthenticated, expires in connection.cursor(
        "SELECT pattern, target, note, unauthenticated, expires_at FROM sender_entries WHERE list = $1"
        " ORDER BY pattern, target", which, prefetch=5000,
    ):  # fmt: skip
        yield pattern, target, note, "yes" if unauthenticated else "", expires.isoformat() if expires else ""


async def every(connection: asyncpg.Connection) -> AsyncIterator[tuple[str, str, str, bool]]:
    """Every entry that has not expired: list, target, pattern, and whether it needs no proof."""
    async for row in connection.cursor(
        "SELECT list, target, pattern, unauthenticated FROM sender_entries"
        " WHERE expires_at IS NULL OR expires_at > now()",
        prefetch=5000,
    ):
        yield tuple(row)


async def _is_there(connection: asyncpg.Connection, identifier: UUID) -> bool:
    return bool(await connection.fetchval("SELECT 1 FROM sender_entries WHERE id = $1", identifier))


def _entry(row: Mapping[str, Any]) -> SenderEntry:
    return SenderEntry(**{**dict(row), "list": SenderList(row["list"])})
