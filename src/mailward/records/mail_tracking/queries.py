# SPDX-License-Identifier: Apache-2.0
"""Reading mails, copies and timelines. The connection is scoped to one organization; each query opens only the
day partitions that it needs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from mailward.kit.ids import time_of
from mailward.records.mail_tracking.search import Where

ROW = """
r.id, m.internet_id AS message_id, r.received_at, m.direction, m.sender, r.recipient, m.header_from, m.subject,
m.verdict, m.score, r.action, r.status, m.size, cardinality(m.attachment_names) AS attachments,
CASE m.verdict WHEN 'clean' THEN m.classes ELSE jsonb_build_object(m.verdict, m.classes -> m.verdict) END AS classes,
CASE m.verdict WHEN 'unscannable' THEN r.receipt -> 'findings' END AS failed
"""
"""The columns that `reading.row_facts` reads."""

NEAR = timedelta(hours=1)
"""A copy gets its id soon after its mail did."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
STEPS = (timedelta(days=2), timedelta(days=12))
"""A search looks at the newest days first, in order; only if they do not fill its page, at all the rest at once."""

_MAX_MILLISECONDS = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp() * 1000)


class Bounded(NamedTuple):
    """A search within a span of time: the mails of the copies `r` as `m`, the condition, and all parameters."""

    mails: str
    condition: str
    parameters: list[Any]


def moment(identifier: UUID) -> datetime:
    """The time inside an id. An id that somebody made up may hold one beyond the calendar: then it is nobody's."""
    return NEVER if identifier.int >> 80 > _MAX_MILLISECONDS else time_of(identifier)


def bounded(where: Where, *, in_order: bool = True) -> Bounded:
    """The search, confined to its span."""
    parameters = [*where.parameters, where.since, where.until, where.since - NEAR, where.until + NEAR]
    since, until, mails_since, mails_until = (f"${len(parameters) - rest}::timestamptz" for rest in (3, 2, 1, 0))
    condition = f"r.received_at >= {since} AND r.received_at < {until} AND {where.condition}"
    return Bounded(mails(mails_since, mails_until, in_order=in_order), condition, parameters)


def mails(since: str, until: str, *, in_order: bool = True) -> str:
    """Joins the mail of each copy: one by one in the order of the copies, so that a full page ends the search
    (OFFSET 0 holds the planner to that), or all at once, which is cheaper where nearly all must be seen."""
    fence = "OFFSET 0" if in_order else ""
    return (
        "CROSS JOIN LATERAL (SELECT * FROM messages WHERE received_at = time_of(r.message_id)"  # noqa: S608 - constant
        f" AND id = r.message_id AND received_at >= {since} AND received_at < {until} {fence}) m"
    )


async def search(
    connection: asyncpg.Connection, where: Where, *, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Copies that match, newest first, older than the copy `before`."""
    found: list[asyncpg.Record] = []
    newest = where.until if before is None else min(where.until, moment(before) + timedelta(milliseconds=1))
    until = newest
    for step in (*STEPS, newest - where.since):
        since = max(where.since, newest - step)
        if since < until and len(found) < limit:
            part = msgspec.structs.replace(where, since=since, until=until)
            in_order = step in STEPS
            found += await _page(connection, part, before=before, limit=limit - len(found), in_order=in_order)
            until = since
    return found


async def _page(
    connection: asyncpg.Connection, where: Where, *, before: UUID | None, limit: int, in_order: bool
) -> list[asyncpg.Record]:
    mail, condition, parameters = bounded(where, in_order=in_order)
    if before is not None:
        parameters += [moment(before), before]
        condition += f" AND (r.received_at, r.id) < (${len(parameters) - 1}::timestamptz, ${len(parameters)}::uuid)"
    parameters.append(limit)
    found: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {ROW} FROM message_recipients r {mail} WHERE {condition}"  # noqa: S608 - placeholders only
        f" ORDER BY r.received_at DESC, r.id DESC LIMIT ${len(parameters)}::bigint",
        *parameters,
    )
    return found


async def rows(connection: asyncpg.Connection, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Some copies, by id, newest first."""
    if not ids:
        return []
    times = [moment(identifier) for identifier in ids]
    found: list[asyncpg.Record] = await connection.fetch(
        f"SELECT {ROW} FROM unnest($1::uuid[]) AS wanted(id) CROSS JOIN LATERAL ("  # noqa: S608 - constant text
        " SELECT * FROM message_recipients WHERE received_at = time_of(wanted.id) AND id = wanted.id"
        f" AND received_at >= $2 AND received_at < $3 OFFSET 0) r {mails('$2', '$3')}"
        " ORDER BY r.received_at DESC, r.id DESC",
        list(ids), min(times) - NEAR, max(times) + NEAR,
    )  # fmt: skip
    return found


async def message(connection: asyncpg.Connection, identifier: UUID) -> asyncpg.Record | None:
    """One copy with everything that is stored about it and its mail."""
    at = moment(identifier)
    return await connection.fetchrow(
        "SELECT r.id, r.message_id AS mail, r.received_at, r.recipient, r.action, r.status, r.receipt, r.edits,"  # noqa: S608 - constant
        " m.internet_id AS message_id, m.direction, m.size, m.has_body, m.peer_ip, m.peer_name, m.helo, m.tls,"
        " m.sender, m.header_from, m.subject, m.language, m.verdict, m.score, m.classes, m.authentication, m.content"
        f" FROM message_recipients r {mails('$3', '$4')} WHERE r.received_at = $1 AND r.id = $2",
        at, identifier, at - NEAR, at + NEAR,
    )  # fmt: skip


async def mail_of(connection: asyncpg.Connection, identifier: UUID) -> tuple[UUID, bool, str] | None:
    """The mail of one copy, whether its body was stored, and its Message-ID."""
    at = moment(identifier)
    row = await connection.fetchrow(
        f"SELECT m.id, m.has_body, m.internet_id FROM message_recipients r {mails('$3', '$4')}"  # noqa: S608 - constant
        " WHERE r.received_at = $1 AND r.id = $2",
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
