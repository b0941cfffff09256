# SPDX-License-Identifier: Apache-2.0
"""What the header alone says of a mail: read without opening any part of it."""

from mailward.contract.mail import MAX_TEXT, Content
from mailward.message.message import Message

MAX_ADDRESSES = 50
"""Addresses kept of one field."""
MAX_ID = 1000
MAX_DATE = 200


def heading(message: Message) -> Content:
    """What is kept of a mail that nobody examined: who wrote to whom about what. Opens no part of it."""
    return Content(
        subject=message.subject[:MAX_TEXT],
        senders=message.senders[:MAX_ADDRESSES],
        reply_to=message.reply_to[:MAX_ADDRESSES],
        to=message.to[:MAX_ADDRESSES],
        message_id=message.message_id[:MAX_ID],
        date=message.date[:MAX_DATE],
    )
