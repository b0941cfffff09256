# SPDX-License-Identifier: Apache-2.0
"""The door for other rooms: record a mail, move a copy to another state, tell the consoles."""

from mailward.records.mail_tracking.describe import describe
from mailward.records.mail_tracking.refusals import Refusal, Refusals
from mailward.records.mail_tracking.store import (
    MessageRow,
    RecipientRow,
    announce,
    insert_events,
    insert_messages,
    insert_recipients,
    set_status,
)

__all__ = [
    "MessageRow",
    "RecipientRow",
    "Refusal",
    "Refusals",
    "announce",
    "describe",
    "insert_events",
    "insert_messages",
    "insert_recipients",
    "set_status",
]
