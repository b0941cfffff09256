# SPDX-License-Identifier: Apache-2.0
"""Copies that another room works on: those it took in, and those of a mail of our own that it follows."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.event import Status


class TakenCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that a room took in and has yet to read. `header_from` and `dmarc` say who wrote it, and whether
    that was proved."""

    id: UUID
    message_id: UUID
    recipient: str
    sender: str
    header_from: str
    dmarc: str


async def taken(connection: asyncpg.Connection, room: str, *, most: int) -> list[TakenCopy]:
    """The oldest copies that wait for a room, of the organization that the connection is scoped to."""
    rows = await connection.fetch(
        "SELECT c.id, c.message_id, c.recipient, m.sender, m.header_from, m.dmarc FROM message_recipients c"
        " JOIN messages m ON m.received_at = c.received_at AND m.id = c.message_id"
        " WHERE c.status = 'taken' AND c.rule = $1 ORDER BY c.id LIMIT $2",
        room, most,
    )  # fmt: skip
    return [TakenCopy(**row) for row in rows]


class Outcome(msgspec.Struct, frozen=True):
    """Where a copy is now, and the newest words of a server about it."""

    status: Status
    reply: str


async def outcomes(connection: asyncpg.Connection, messages: Iterable[UUID]) -> dict[UUID, Outcome]:
    """What became of mails with one recipient each."""
    rows = await connection.fetch(
        "SELECT c.message_id, c.status, coalesce((SELECT e.detail ->> 'reply' FROM message_events e"
        " WHERE e.received_at = c.received_at AND e.message_id = c.message_id AND e.detail ? 'reply'"
        " ORDER BY e.number DESC LIMIT 1), '') AS reply FROM message_recipients c"
        " WHERE c.message_id = ANY($1::uuid[])",
        list(messages),
    )
    return {row["message_id"]: Outcome(Status(row["status"]), row["reply"]) for row in rows}
