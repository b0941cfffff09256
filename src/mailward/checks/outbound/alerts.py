# SPDX-License-Identifier: Apache-2.0
"""The mail that tells administrators whom the brake paused, and why."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from uuid import UUID

from mailward.checks.outbound.shapes import Pause
from mailward.contract.own_mail import OwnMail


def alert(
    organization: UUID, pauses: Sequence[Pause], *, administrators: Sequence[str], hostname: str, at: datetime
) -> OwnMail:
    """One mail about some pauses. `hostname` is the gateway's; nobody can answer this mail."""
    first = pauses[0].sender
    others = f" and {len(pauses) - 1} more" if len(pauses) > 1 else ""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Mailward <postmaster@{hostname}>"
    mail["To"] = ", ".join(administrators)
    mail["Subject"] = f"Outgoing mail is paused: {_ascii(first)}{others}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = make_msgid(domain=hostname)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(pauses), charset="utf-8", cte="quoted-printable")
    return OwnMail(
        organization_id=organization, recipients=tuple(administrators), raw=mail.as_bytes(), kind="alert", sender=""
    )


def _text(pauses: Sequence[Pause]) -> str:
    lines = [
        "Mailward does not take outgoing mail of these senders for now. It looks as if somebody else uses their",
        "accounts. Their mail servers are asked to come again later, so that nothing is lost.",
        "",
    ]
    for pause in pauses:
        until = f"until {pause.until:%Y-%m-%d %H:%M} UTC" if pause.until else "until somebody lifts it"
        lines += [
            f"  {pause.sender}",
            f"    {pause.why}",
            f"    Paused {pause.paused_at:%Y-%m-%d %H:%M} UTC, {until}.",
            "",
        ]
    lines += [
        "What to do: change the password of the account and end its sessions; look at what it sent, on the console",
        "under Messages (direction:out from:ADDRESS). If all was well, lift the pause on the console under Outbound;",
        "a sender of newsletters or invoices can be named there, so that it is not paused for its numbers again.",
    ]
    return "\n".join(lines) + "\n"


def _ascii(address: str) -> str:
    return address.encode("ascii", "replace").decode()
