# SPDX-License-Identifier: Apache-2.0
"""Writing mails, recipients and events; several at a time, since one commit serves many mails."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.event import Event, Status
from mailward.kit.ids import time_of

CHANNEL = "mailward_rows"
MAX_ANNOUNCED = 100
"""Row ids named in one notification (its payload may have 8,000 bytes)."""

_RECIPIENT_COLUMNS = (
    "organization_id, received_at, id, message_id, recipient, action, status, rule, receipt, edits, changed_at"
)


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


_MESSAGE_COLUMNS = MessageRow.__struct_fields__
_INSERT_MESSAGE = (
    f"INSERT INTO messages ({', '.join(_MESSAGE_COLUMNS)}) "  # noqa: S608 - names from this file
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(_MESSAGE_COLUMNS) + 1))})"
)


async def insert_messages(connection: asyncpg.Connection, rows: Iterable[MessageRow]) -> None:
    """New mails."""
    await connection.executemany(_INSERT_MESSAGE, [_values(row) for row in rows])


async def insert_recipients(
    connection: asyncpg.Connection, organization: UUID, rows: Sequence[RecipientRow], *, at: Any
) -> None:
    """New copies."""
    await connection.executemany(
        f"INSERT INTO message_recipients ({_RECIPIENT_COLUMNS})"  # noqa: S608 - names from this file
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        [
            (
                organization, time_of(row.id), row.id, row.message_id, row.recipient, row.action, row.status,
                row.rule, row.receipt, row.edits, at,
            )
            for row in rows
        ],
    )  # fmt: skip


async def insert_events(
    connection: asyncpg.Connection, organization: UUID, events: Iterable[tuple[UUID, UUID | None, Event]]
) -> None:
    """Lines of timelines: (mail, copy or None for all of them, event)."""
    await connection.executemany(
        "INSERT INTO message_events (organization_id, received_at, message_id, recipient_id, at, kind, actor, detail)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (organization, time_of(message), message, recipient, event.at, event.kind, event.actor, event.detail)
            for message, recipient, event in events
        ],
    )


async def set_status(connection: asyncpg.Connection, changes: Iterable[tuple[UUID, Status]], *, at: Any) -> None:
    """Move copies to another state: (copy, status)."""
    await connection.executemany(
        "UPDATE message_recipients SET status = $3, changed_at = $4 WHERE received_at = $1 AND id = $2",
        [(time_of(identifier), identifier, status, at) for identifier, status in changes],
    )


async def announce(connection: asyncpg.Connection, organization: UUID, recipients: Sequence[UUID]) -> None:
    """Tell the consoles which copies are new or changed; heard when the transaction commits."""
    if recipients:
        ids = " ".join(str(identifier) for identifier in recipients[:MAX_ANNOUNCED])
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"{organization} {ids}")


def _values(row: MessageRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _MESSAGE_COLUMNS)
