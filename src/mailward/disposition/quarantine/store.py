# SPDX-License-Identifier: Apache-2.0
"""Holding new copies. What people do with held copies stands in `service`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.disposition.quarantine.settings import RETENTION_DAYS
from mailward.kit.database.writing import Part, into, write


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One copy that is to be held. `reason` is the verdict that held it; `edits` are applied on release;
    an `outward` copy may go to a domain that nobody here protects; `notices` is what its sender may be told."""

    id: UUID
    message_id: UUID
    sender: str
    recipient: str
    utf8: bool
    edits: dict[str, Any]
    reason: str
    outward: bool = False
    notices: dict[str, Any] = {}


_COLUMNS = ("organization_id", *Held.__struct_fields__, "held_at", "expires_at")


def held_rows(organization: UUID, held: Iterable[Held], *, at: datetime) -> Part:
    """The rows of copies that go into quarantine, for `RETENTION_DAYS`."""
    place = {"organization_id": organization, "held_at": at, "expires_at": at + timedelta(days=RETENTION_DAYS)}
    return into("quarantine", _COLUMNS, [{**msgspec.structs.asdict(copy), **place} for copy in held])


async def hold(connection: asyncpg.Connection, organization: UUID, held: Iterable[Held], *, at: datetime) -> None:
    """Put copies into quarantine."""
    await write(connection, [held_rows(organization, held, at=at)], ())
