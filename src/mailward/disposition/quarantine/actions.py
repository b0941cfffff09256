# SPDX-License-Identifier: Apache-2.0
"""The queries behind finding held copies and taking them out. `store` puts them in."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from mailward.records.mail_tracking import service as mail_tracking

_HELD = """
FROM quarantine h CROSS JOIN LATERAL (
  SELECT * FROM message_recipients WHERE received_at = time_of(h.id) AND id = h.id OFFSET 0) r
"""
"""Held copies one by one, in the order of their ids."""


async def search(
    connection: asyncpg.Connection, where: mail_tracking.Where, *, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Held copies that match, newest first, older than the copy `before`."""
    mails, condition, parameters = mail_tracking.bounded(where)
    if before is not None:
        parameters.append(before)
        condition += f" AND h.id < ${len(parameters)}::uuid"
    parameters.append(limit)
    found: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {mail_tracking.ROW}, h.reason, h.held_at, h.expires_at {_HELD} {mails}"
        f" WHERE {condition} ORDER BY h.id DESC LIMIT ${len(parameters)}::bigint",
        *parameters,
    )
    return found


async def select(connection: asyncpg.Connection, where: mail_tracking.Where, *, limit: int) -> list[UUID]:
    """The ids of held copies that match."""
    mails, condition, parameters = mail_tracking.bounded(where)
    rows = await connection.fetch(
        f"SELECT h.id {_HELD} {mails} WHERE {condition} LIMIT ${len(parameters) + 1}::bigint",
        *parameters, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def count(connection: asyncpg.Connection, ids: Sequence[UUID]) -> int:
    """How many of these copies are held."""
    held: int = await connection.fetchval("SELECT count(*) FROM quarantine WHERE id = ANY($1)", list(ids))
    return held


async def take(connection: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Remove copies that are held, in the order of their ids so that two orders never wait for each other in
    a circle. Who gets a copy here has it alone; the others wait for our commit, and then do not find it."""
    rows = await connection.fetch(
        "SELECT id, message_id, sender, recipient, outward, utf8, edits, notices FROM quarantine"
        " WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        list(ids),
    )
    await connection.execute("DELETE FROM quarantine WHERE id = ANY($1)", [row["id"] for row in rows])
    return {row["id"]: row for row in rows}


async def history(connection: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """(kind, actor) of what last took these copies out of quarantine."""
    rows = await connection.fetch(
        "SELECT r.id, e.kind, e.actor FROM unnest($1::uuid[]) AS wanted(id)"
        " JOIN message_recipients r ON r.received_at = time_of(wanted.id) AND r.id = wanted.id"
        " CROSS JOIN LATERAL (SELECT kind, actor FROM message_events"
        "   WHERE received_at = time_of(r.message_id) AND message_id = r.message_id AND recipient_id = r.id"
        "   AND kind IN ('released', 'deleted') ORDER BY number DESC LIMIT 1) e",
        list(ids),
    )
    return {row["id"]: (row["kind"], row["actor"]) for row in rows}
