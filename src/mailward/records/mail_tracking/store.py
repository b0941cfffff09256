# SPDX-License-Identifier: Apache-2.0
"""Writing mails, recipients and events: however many there are, in one statement, and for whoever holds the
transaction, as rows to be written with others."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.event import Event, Status
from mailward.kit.database.writing import Announcement, Part, into, write
from mailward.kit.ids import time_of

CHANNEL = "mailward_rows"
MAX_ANNOUNCED = 100
"""Row ids named in one notification (its payload may have 8,000 bytes)."""


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One mail, as it is stored. Its fields are the columns of the same names."""

    organization_id: UUID
    received_at: Any
    id: UUID
    direction: str
    size: int
    has_body: bool
    peer_ip: str | None
    peer_name: str
    helo: str
    tls: str
    sender: str
    header_from: str
    subject: str
    internet_id: str
    language: str
    verdict: str
    score: float
    reason_ids: list[str]
    spf: str
    dkim: str
    dmarc: str
    arc: str
    hosts: list[str]
    attachment_names: list[str]
    attachment_hashes: list[str]
    classes: dict[str, Any]
    authentication: dict[str, Any]
    content: dict[str, Any]


class RecipientRow(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient's copy of a mail, as it is stored."""

    id: UUID
    message_id: UUID
    recipient: str
    action: str
    status: Status
    rule: str
    receipt: dict[str, Any]
    edits: dict[str, Any]


Line = tuple[UUID, UUID | None, Event]
"""A line of a timeline: (mail, copy or None for all of them, event)."""


def rows_of(
    organization: UUID,
    *,
    messages: Sequence[MessageRow] = (),
    recipients: Sequence[RecipientRow] = (),
    events: Sequence[Line] = (),
    at: datetime,
) -> tuple[Part, ...]:
    """The rows of new mails, new copies and lines of timelines."""
    copies = [{**_own(organization, row.id), **msgspec.structs.asdict(row), "changed_at": at} for row in recipients]
    lines = [
        {**_own(organization, mail), "message_id": mail, "recipient_id": copy, **msgspec.structs.asdict(event)}
        for mail, copy, event in events
    ]
    return (
        into("messages", MessageRow.__struct_fields__, messages),
        into("message_recipients", _COPY_COLUMNS, copies),
        into("message_events", _LINE_COLUMNS, lines),
    )


def changed(organization: UUID, copies: Iterable[UUID]) -> tuple[Announcement, ...]:
    """What the consoles are told of copies that are new or changed."""
    ids = " ".join(str(identifier) for identifier in islice(dict.fromkeys(copies), MAX_ANNOUNCED))
    return (Announcement(CHANNEL, f"{organization} {ids}"),) if ids else ()


async def record(
    connection: asyncpg.Connection,
    organization: UUID,
    *,
    messages: Sequence[MessageRow] = (),
    recipients: Sequence[RecipientRow] = (),
    events: Sequence[Line] = (),
    moved: Sequence[tuple[UUID, Status]] = (),
    at: datetime,
) -> None:
    """Write new mails, new copies, lines of timelines, and copies that move to another state; and tell
    the consoles which copies are new or changed, which they hear when the transaction commits."""
    moves = [{"received_at": time_of(copy), "id": copy, "status": status, "changed_at": at} for copy, status in moved]
    touched = [row.id for row in recipients] + [copy for copy, _ in moved] + [copy for _, copy, _ in events if copy]
    rows = rows_of(organization, messages=messages, recipients=recipients, events=events, at=at)
    await write(connection, (*rows, Part(_MOVE, moves)), changed(organization, touched))


def _own(organization: UUID, identifier: UUID) -> dict[str, Any]:
    """Whose row it is, and in which day's partition it lies."""
    return {"organization_id": organization, "received_at": time_of(identifier)}


_OWN = ("organization_id", "received_at")
_COPY_COLUMNS = (*_OWN, *RecipientRow.__struct_fields__, "changed_at")
_LINE_COLUMNS = (*_OWN, "message_id", "recipient_id", *Event.__struct_fields__)
_MOVE = """
UPDATE message_recipients AS copy SET status = move.status, changed_at = move.changed_at
FROM jsonb_to_recordset({rows}) AS move (received_at timestamptz, id uuid, status text, changed_at timestamptz)
WHERE copy.received_at = move.received_at AND copy.id = move.id
"""
