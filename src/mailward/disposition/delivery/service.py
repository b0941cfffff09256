# SPDX-License-Identifier: Apache-2.0
"""The door for other rooms: put copies and mails of our own into the queue, and ask how it stands."""

from mailward.disposition.delivery.notices import Notices, for_known_sender, for_mail_from_outside
from mailward.disposition.delivery.probe import probe
from mailward.disposition.delivery.store import Due, enqueue, expiry, queue_state
from mailward.disposition.delivery.submission import Submission

__all__ = [
    "Due",
    "Notices",
    "Submission",
    "enqueue",
    "expiry",
    "for_known_sender",
    "for_mail_from_outside",
    "probe",
    "queue_state",
]
