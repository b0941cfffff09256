# SPDX-License-Identifier: Apache-2.0
"""The door for other rooms: put copies and mails of our own into the queue, ask how it stands, and steer it."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from mailward.disposition.delivery.notices import Notices, is_proved, notices
from mailward.disposition.delivery.probe import probe
from mailward.disposition.delivery.store import Due, enqueue, expiry, offered, queue_state, queued
from mailward.disposition.delivery.submission import Submission
from mailward.disposition.delivery.wire_form import canonical, outgoing
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.vault import Key

if TYPE_CHECKING:
    from mailward.disposition.delivery.queue import Queue

__all__ = [
    "Due",
    "Notices",
    "Submission",
    "canonical",
    "enqueue",
    "expiry",
    "is_proved",
    "notices",
    "offered",
    "open_queue",
    "outgoing",
    "probe",
    "queue_state",
    "queued",
]


def open_queue(
    database: Database, bodies: Bodies, clock: Clock, key_of: Callable[[UUID], Key], hostname: str
) -> "Queue":
    """The queue for people, with all that it needs to tell senders. `hostname` is who reports."""
    from mailward.disposition.delivery.destinations import Standings  # noqa: PLC0415 - they need quarantine, and it us
    from mailward.disposition.delivery.notifier import Notifier  # noqa: PLC0415
    from mailward.disposition.delivery.outcomes import Outcomes  # noqa: PLC0415
    from mailward.disposition.delivery.queue import Queue  # noqa: PLC0415

    notifier = Notifier(Submission(database, bodies, clock, key_of=key_of), hostname=hostname)
    return Queue(database, clock, Outcomes(database, clock, standings=Standings(), notifier=notifier))
