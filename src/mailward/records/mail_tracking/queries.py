# SPDX-License-Identifier: Apache-2.0
"""Reading mails, copies and timelines. The connection is scoped to one organization; each query opens only the
day partitions that it needs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from mailward.kit.ids import time_of
from mailward.records.mail_tracking.search import Where

ROW = """
r.id, m.internet_id AS message_id, r.received_at, m.direction, m.sender, r.recipient, m.header_from, m.subject,
m.verdict, m.score, r.action, r.status, m.size, cardinality(m.attachment_names) AS attachments,
CASE m.verdict WHEN 'clean' THEN m.classes ELSE jsonb_build_object(m.verdict, m.classes -> m.verdict) END AS classes,
CASE m.verdict WHEN 'unscannable' THEN r.receipt -> 'findings' END AS failed
"""
"""The columns that `reading.row` reads."""

FROM = """
FROM message_recipients r JOIN messages m
  ON m.organization_id = r.organization_id AND m.received_at = time_of(r.message_id) AND m.id = r.message_id
"""

NEAR = timedelta(hours=1)
"""A copy gets its id soon after its mail did."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_MILLISECONDS = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp() * 1000)


def moment(identifier: UUID) -> datetime:
    """The time inside an id. An id that somebody made up may hold one beyond the calendar: then it is nobody's."""
    return NEVER if identifier.int >> 80 > _MAX_MILLISECONDS else time_of(identifier)


async def search(
    connection: asyncpg.Connection, where: Where, *, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Copies that match, newest first, older than the copy `before`."""
    condition, parameters = bounded(where)
    if before is not None:
        parameters += [moment(before), before]
        condition += f" AND (r.received_at, r.id) < (${len(parameters) - 1}::timestamptz, ${len(parameters)}::uuid)"
    parameters.append(limit)
    found: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {ROW} {FROM} WHERE {condition}"
        f" ORDER BY r.received_at DESC, r.id DESC LIMIT ${len(parameters)}::bigint",
        *parameters,
    )
    return found


def bounded(where: Where) -> tuple[str, list[Any]]:
    """The condition of a search, confined to its span of time, and its parameters."""
    parameters = [*where.parameters, where.since, where.until, where.since - NEAR, where.until + NEAR]
    last = len(parameters)
    return (
        f"{where.condition}"
        f" AND r.received_at >= ${last - 3}::timestamptz AND r.received_at < ${last - 2}::timestamptz"
        f" AND m.received_at >= ${last - 1}::timestamptz AND m.received_at < ${last}::timestamptz"
    ), parameters


async def rows(connection: asyncpg.Connection, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Some copies, by id, newest first."""
    found: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {ROW} {FROM} JOIN unnest($1::uuid[]) AS wanted(id)"
        " ON r.received_at = time_of(wanted.id) AND r.id = wanted.id ORDER BY r.received_at DESC, r.id DESC",
        list(ids),
    )
    return found


async def message(connection: asyncpg.Connection, identifier: UUID) -> asyncpg.Record | None:
    """One copy with everything that is stored about it and its mail."""
    at = moment(identifier)
    return await connection.fetchrow(
        "SELECT r.id, r.message_id AS mail, r.received_at, r.recipient, r.action, r.status, r.receipt, r.edits,"
        " m.internet_id AS message_id, m.direction, m.size, m.has_body, m.peer_ip, m.peer_name, m.helo, m.tls,"
        " m.sender, m.header_from, m.subject, m.language, m.verdict, m.score, m.classes, m.authentication, m.content"
        f" {FROM} WHERE r.received_at = $1 AND r.id = $2 AND m.received_at >= $3 AND m.received_at < $4",
        at, identifier, at - NEAR, at + NEAR,
    )  # fmt: skip


async def mail_of(connection: asyncpg.Connection, identifier: UUID) -> tuple[UUID, bool, str] | None:
    """The mail of one copy, whether its body was stored, and its Message-ID."""
    at = moment(identifier)
    row = await connection.fetchrow(
        f"SELECT m.id, m.has_body, m.internet_id {FROM}"
        " WHERE r.received_at = $1 AND r.id = $2 AND m.received_at >= $3 AND m.received_at < $4",
        at, identifier, at - NEAR, at + NEAR,
    )  # fmt: skip
    return (row["id"], row["has_body"], row["internet_id"]) if row else None


async def timeline(connection: asyncpg.Connection, mail: UUID, identifier: UUID, *, most: int) -> list[asyncpg.Record]:
    """What happened to one copy, and to its mail as a whole; the oldest first, the newest `most` of them."""
    found: list[asyncpg.Record] = await connection.fetch(
        "SELECT at, kind, actor, detail FROM message_events WHERE received_at = $1 AND message_id = $2"
        " AND (recipient_id = $3 OR recipient_id IS NULL) ORDER BY at DESC, number DESC LIMIT $4",
        moment(mail), mail, identifier, most,
    )  # fmt: skip
    return found[::-1]


async def other_copies(
    connection: asyncpg.Connection, mail: UUID, identifier: UUID, *, most: int
) -> list[asyncpg.Record]:
    """The other copies of a mail."""
    found: list[asyncpg.Record] = await connection.fetch(
        "SELECT id, recipient, status FROM message_recipients"
        " WHERE message_id = $1 AND id <> $2 AND received_at >= $3 AND received_at < $4 ORDER BY id LIMIT $5",
        mail, identifier, moment(mail) - NEAR, moment(mail) + NEAR, most,
    )  # fmt: skip
    return found
