# SPDX-License-Identifier: Apache-2.0
"""Exceptions and the health of DNS lists in the database."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.web_reputation.shapes import NewWebException, WebException, WebExceptionList, WebExceptionSort
from mailward.kit import paging
from mailward.policy import list_health as health_of_lists

_ENTRY = "id, list, pattern, note, expires_at, created_at, created_by"
_KEYS = {"created": "id", "pattern": "pattern", "expires": "coalesce(expires_at, 'infinity')"}


class Facts(msgspec.Struct, frozen=True):
    """What an exception says beside its pattern."""

    note: str = ""
    expires_at: datetime | None = None


async def page(
    connection: asyncpg.Connection, *, which: WebExceptionList | None, search: str, sort: WebExceptionSort,
    before: UUID | None, limit: int,
) -> list[WebException]:  # fmt: skip
    """Exceptions behind the row `before`; `search` looks into pattern and note. Raises BadCursor if that row is gone,
    and the order needs it."""
    behind, order = paging.order(
        _KEYS[sort.removeprefix("-")], table="web_exceptions", descending=sort.startswith("-"), place="$3"
    )
    if before is not None and not order.startswith("id ") and not await _is_there(connection, before):
        raise paging.BadCursor("the entry where this page begins was removed; start again without the cursor")
    rows = await connection.fetch(
        f"SELECT {_ENTRY} FROM web_exceptions WHERE ($1::text IS NULL OR list = $1)"  # noqa: S608 - our own words
        " AND ($2 = '' OR strpos(lower(pattern), lower($2)) > 0 OR strpos(lower(note), lower($2)) > 0)"
        f" AND {behind} ORDER BY {order} LIMIT $4",
        which, search, before, limit,
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def insert(
    connection: asyncpg.Connection, organization: UUID, entries: Iterable[tuple[UUID, NewWebException]], *,
    at: datetime, actor: str,
) -> None:  # fmt: skip
    """Add exceptions, or give those that are there what is new."""
    await connection.executemany(
        "INSERT INTO web_exceptions (organization_id, id, list, pattern, note, expires_at, created_at, created_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (organization_id, list, pattern)"
        " DO UPDATE SET note = excluded.note, expires_at = excluded.expires_at",
        [(organization, id_, e.list, e.pattern, e.note, e.expires_at, at, actor) for id_, e in entries],
    )


async def find(connection: asyncpg.Connection, which: WebExceptionList, pattern: str) -> WebException | None:
    """An exception, if it is there."""
    row = await connection.fetchrow(
        f"SELECT {_ENTRY} FROM web_exceptions WHERE list = $1 AND pattern = $2",  # noqa: S608
        which, pattern,
    )  # fmt: skip
    return _entry(row) if row is not None else None


async def delete_patterns(connection: asyncpg.Connection, which: WebExceptionList, patterns: Sequence[str]) -> None:
    """Remove several of one list."""
    await connection.execute("DELETE FROM web_exceptions WHERE list = $1 AND pattern = ANY($2)", which, list(patterns))


async def count(connection: asyncpg.Connection) -> int:
    """How many there are."""
    return int(await connection.fetchval("SELECT count(*) FROM web_exceptions"))


async def facts(connection: asyncpg.Connection, which: WebExceptionList) -> dict[str, Facts]:
    """A whole list by its patterns."""
    rows = await connection.fetch("SELECT pattern, note, expires_at FROM web_exceptions WHERE list = $1", which)
    return {row["pattern"]: Facts(row["note"], row["expires_at"]) for row in rows}


async def lines(connection: asyncpg.Connection, which: WebExceptionList) -> AsyncIterator[tuple[str, ...]]:
    """A whole list, as the lines of a file."""
    async for pattern, note, expires in connection.cursor(
        "SELECT pattern, note, expires_at FROM web_exceptions WHERE list = $1 ORDER BY pattern", which, prefetch=5000
    ):
        yield pattern, note, expires.isoformat() if expires else ""


async def every(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    """Every exception that has not ended: its list and its pattern."""
    rows = await connection.fetch(
        "SELECT list, pattern FROM web_exceptions WHERE expires_at IS NULL OR expires_at > now()"
    )
    return [tuple(row) for row in rows]


async def list_health(connection: asyncpg.Connection) -> list[tuple[str, str, datetime]]:
    """How the organization's DNS lists were when they were last tested."""
    return await health_of_lists.read(connection, "web_list_health")


async def write_health(
    connection: asyncpg.Connection, organization: UUID, health: Mapping[str, str], at: datetime
) -> None:
    """How they are now."""
    await health_of_lists.write(connection, "web_list_health", organization, health, at)


async def sick_lists(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    """The zones that are not asked, and why, over all organizations. Needs no scope."""
    return [(row["zone"], row["why"]) for row in await connection.fetch("SELECT * FROM sick_web_lists()")]


async def _is_there(connection: asyncpg.Connection, identifier: UUID) -> bool:
    return bool(await connection.fetchval("SELECT 1 FROM web_exceptions WHERE id = $1", identifier))


def _entry(row: Mapping[str, Any]) -> WebException:
    return WebException(**{**dict(row), "list": WebExceptionList(row["list"])})
