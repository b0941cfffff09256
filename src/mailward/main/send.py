# SPDX-License-Identifier: Apache-2.0
"""`mailward send`: one mail to a server over SMTP, and what it answers. Also behind "try a message"."""

import asyncio
import sys
from pathlib import Path

import msgspec

from mailward.contract.reply import Reply
from mailward.disposition.delivery import client
from mailward.disposition.delivery.client import Destination
from mailward.main.configuration import Address
from mailward.message import parse

EXIT_REFUSED, EXIT_USAGE, EXIT_TRY_AGAIN = 1, 2, 75
MAX_RECIPIENTS = 500


def send(smtp: Address, path: str, *, to: tuple[str, ...], sender: str | None, as_json: bool) -> int:
    """Send a file, or standard input; exit status 0, 1 (refused), 75 (try again later)."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as exc:
        print(f"mailward: cannot read {path}: {exc.strerror}", file=sys.stderr)  # noqa: T201 - the command's output
        return EXIT_USAGE
    recipients = to or addressees(raw)
    if not recipients:
        print("mailward: the mail names no recipient; say --to ADDRESS", file=sys.stderr)  # noqa: T201
        return EXIT_USAGE
    replies = asyncio.run(_send(smtp, raw, sender if sender is not None else author(raw), recipients))
    if as_json:
        print(msgspec.json.encode(replies).decode())  # noqa: T201
    else:
        for recipient, reply in replies.items():
            print(f"{recipient}: {reply.code} {reply.status} {reply.text}")  # noqa: T201
    worst = max(reply.code for reply in replies.values())
    return 0 if worst < 400 else EXIT_TRY_AGAIN if worst < 500 else EXIT_REFUSED  # noqa: PLR2004 - SMTP's own classes


async def letter(raw: bytes, smtp: Address, *, fallback: str) -> Reply:
    """Send a pasted mail to the recipients it names, or to `fallback`; the first reply."""
    recipients = addressees(raw) or (fallback,)
    replies = await _send(smtp, raw, author(raw), recipients)
    return replies[recipients[0]]


def author(raw: bytes) -> str:
    """The envelope sender that a mail's From suggests; empty for the null sender."""
    senders = parse(raw).senders
    return senders[0].address if senders else ""


def addressees(raw: bytes) -> tuple[str, ...]:
    """The recipients that a mail's To and Cc name."""
    message = parse(raw)
    addresses = [mailbox.address for mailbox in (*message.to, *message.cc) if mailbox.address]
    return tuple(dict.fromkeys(addresses))[:MAX_RECIPIENTS]


async def _send(smtp: Address, raw: bytes, sender: str, recipients: tuple[str, ...]) -> dict[str, Reply]:
    return await client.send(Destination(host=smtp.host, port=smtp.port), sender, recipients, raw)
