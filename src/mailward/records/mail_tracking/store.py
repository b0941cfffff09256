# SPDX-License-Identifier: Apache-2.0
"""Writing mails, recipients and events: however many there are, in one statement.

Each round trip to the database costs more than what it writes, so a batch of mails is one statement,
and its rows travel as JSON by the names of their columns.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.event import Event, Status
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
    copies = [(row.id, {**msgspec.structs.asdict(row), "changed_at": at}) for row in recipients]
    lines = [
        (mail, {"message_id": mail, "recipient_id": copy, **msgspec.structs.asdict(event)})
        for mail, copy, event in events
    ]
    changed = dict.fromkeys(
        [row.id for row in recipients] + [copy for copy, _ in moved] + [copy for _, copy, _ in events if copy]
    )
    ids = " ".join(str(identifier) for identifier in list(changed)[:MAX_ANNOUNCED])
    await connection.execute(
        _RECORD,
        messages,
        [{"organization_id": organization, "received_at": time_of(identifier), **row} for identifier, row in copies],
        [{"organization_id": organization, "received_at": time_of(identifier), **row} for identifier, row in lines],
        [{"received_at": time_of(copy), "id": copy, "status": status, "changed_at": at} for copy, status in moved],
        CHANNEL,
        f"{organization} {ids}" if ids else "",
    )


def _insert(table: str, columns: Sequence[str], place: str) -> str:
    names = ", ".join(columns)
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, {place})"  # noqa: S608 - names from this file


_OWN = ("organization_id", "received_at")
_RECORD = f"""
WITH mails AS ({_insert("messages", MessageRow.__struct_fields__, "$1")}),
copies AS ({_insert("message_recipients", (*_OWN, *RecipientRow.__struct_fields__, "changed_at"), "$2")}),
lines AS ({_insert("message_events", (*_OWN, "message_id", "recipient_id", *Event.__struct_fields__), "$3")}),
moves AS (
    UPDATE message_recipients AS copy SET status = move.status, changed_at = move.changed_at
    FROM jsonb_to_recordset($4) AS move (received_at timestamptz, id uuid, status text, changed_at timestamptz)
    WHERE copy.received_at = move.received_at AND copy.id = move.id
)
SELECT pg_notify($5, $6) WHERE $6 <> ''
"""  # noqa: S608 - idem
