# SPDX-License-Identifier: Apache-2.0
"""Holding new copies. What people do with held copies stands in `service`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.disposition.quarantine.settings import RETENTION_DAYS


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One copy that is to be held. `reason` is the verdict that held it; `edits` are applied on release;
    an `outward` copy may go to a domain that nobody here protects."""

    id: UUID
    message_id: UUID
    sender: str
    recipient: str
    utf8: bool
    edits: dict[str, Any]
    reason: str
    outward: bool = False


async def hold(connection: asyncpg.Connection, organization: UUID, held: Iterable[Held], *, at: datetime) -> None:
    """Put copies into quarantine, for `RETENTION_DAYS`."""
    rows = [
        (
            organization, copy.id, copy.message_id, copy.sender, copy.recipient, copy.outward, copy.utf8,
            copy.edits, copy.reason, at, at + timedelta(days=RETENTION_DAYS),
        )
        for copy in held
    ]  # fmt: skip
    if rows:
        await connection.executemany(
            "INSERT INTO quarantine (organization_id, id, message_id, sender, recipient, outward, utf8, edits, reason,"
            " held_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            rows,
        )
