# SPDX-License-Identifier: Apache-2.0
"""What several rooms write in one transaction, sent as one statement.

A round trip to the database costs more than what it writes. So each room that takes part says what it
wants written, and whoever holds the transaction sends that together; rows travel as JSON by the names of
their columns. What is announced is heard when the transaction commits.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import asyncpg


class Part(NamedTuple):
    """One thing to be written: SQL in which `{rows}` stands for the rows, and the rows, structs or dicts."""

    sql: str
    rows: Sequence[Any]


class Announcement(NamedTuple):
    """A notification for those who listen on a channel."""

    channel: str
    payload: str = ""


def into(table: str, columns: tuple[str, ...], rows: Sequence[Any]) -> Part:
    """New rows of a table, whose fields are named like its columns."""
    return Part(_insert(table, columns), rows)


async def write(connection: asyncpg.Connection, parts: Sequence[Part], announcements: Sequence[Announcement]) -> None:
    """Write all parts that have rows, and announce. No part may depend on what another one writes."""
    filled = [part for part in parts if part.rows]
    if filled or announcements:
        await connection.execute(
            _statement(tuple(part.sql for part in filled)),
            [announcement.channel for announcement in announcements],
            [announcement.payload for announcement in announcements],
            *(part.rows for part in filled),
        )


@lru_cache(maxsize=64)
def _insert(table: str, columns: tuple[str, ...]) -> str:
    """Names come from the code of the rooms, never from anybody's mail."""
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, {{rows}})"  # noqa: S608


@lru_cache(maxsize=256)
def _statement(parts: tuple[str, ...]) -> str:
    first = 3
    named = [f"part{number} AS ({sql.format(rows=f'${number + first}')})" for number, sql in enumerate(parts)]
    head = f"WITH {', '.join(named)} " if named else ""
    return f"{head}SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS said (channel, payload)"  # noqa: S608
