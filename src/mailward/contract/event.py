# SPDX-License-Identifier: Apache-2.0
"""State changes of a mail, each with its time, actor and cause: together they are the timeline."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Status(StrEnum):
    """Where one recipient's copy is now. What is for Mailward itself is taken, and then read."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    QUARANTINED = "quarantined"
    TAKEN = "taken"
    READ = "read"
    DELETED = "deleted"
    REJECTED = "rejected"
    BOUNCED = "bounced"
    EXPIRED = "expired"


class EventKind(StrEnum):
    """What happened. The console has a sentence for each."""

    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    AUTHENTICATED = "authenticated"
    SCANNED = "scanned"
    DECIDED = "decided"
    QUARANTINED = "quarantined"
    RELEASED = "released"
    DELETED = "deleted"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    NOTIFIED = "notified"
    RETRIED = "retried"
    PAUSED = "paused"
    RESUMED = "resumed"
    READ = "read"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline. `actor` is "mailward" or an account's address; `detail` is small,
    JSON-ready, and holds no body text."""

    at: datetime
    kind: EventKind
    actor: str = "mailward"
    detail: dict[str, Any] = {}
