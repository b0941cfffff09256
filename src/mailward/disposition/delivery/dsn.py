# SPDX-License-Identifier: Apache-2.0
"""Delivery status notifications: what became of a mail, for people in words and for programs in fields.

multipart/report (RFC 6522) with three parts: the words, the fields of RFC 3464, and the header of the mail (all
of it where the sender asked for that and it is small). A sender whose address has letters outside ASCII gets the
forms of RFC 6533; everybody else gets pure ASCII. All that strangers wrote is cut, and stripped of line breaks.
"""

import quopri
import re
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from enum import StrEnum
from uuid import uuid4

import msgspec

from mailward.contract.reply import Reply
from mailward.disposition.delivery.dsn_words import subject, words
from mailward.message import parse

MOST_HEADER = 16 * 1024
"""Octets of the original's header that are given back."""
MOST_WHOLE = 64 * 1024
"""Octets up to which the whole original is given back to whoever asked for it."""
MOST_TEXT = 900

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


class Action(StrEnum):
    """What a notice is about (RFC 3464, 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    RELAYED = "relayed"


_CLASSES = {Action.FAILED: "5", Action.DELAYED: "4", Action.RELAYED: "2"}
"""The class of each one's status (RFC 3463, 3.1)."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one recipient's copy. `server` is "host [address]:port" where one answered; `expired` if
    nothing was refused but time ran out."""

    recipient: str
    original_recipient: str = ""
    reply: Reply
    server: str = ""
    expired: bool = False
    tried_at: datetime


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """All that a notice says. `language` is that of the mail ("de"), `original` the mail itself if it is there."""

    action: Action
    reporter: str
    sender: str
    arrived_at: datetime
    envelope_id: str = ""
    language: str = ""
    original: bytes | None = None
    whole: bool = False
    retry_until: datetime
    reports: tuple[Report, ...]

    @property
    def is_global(self) -> bool:
        """Whether it goes to an address that only SMTPUTF8 can carry."""
        return not self.sender.isascii()


def compose(notice: Notice, *, at: datetime) -> bytes:
    """The mail, with CRLF."""
    boundary = f"=_{uuid4().hex}"
    kind = "global-delivery-status" if notice.is_global else "delivery-status"
    message = parse(notice.original or b"")
    about = message.message_id if re.fullmatch(r"<[!-;=?-~]{1,250}>", message.message_id) else ""
    fields = [
        f"From: {_from(notice)}",
        f"To: <{_flat(notice.sender)}>",
        f"Subject: {_encoded(subject(notice.action, notice.language))}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{uuid4().hex}@{notice.reporter}>",
        *([f"In-Reply-To: {about}", f"References: {about}"] if about else []),
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type={kind};\r\n boundary="{boundary}"',
    ]
    parts = [_words(notice, message.subject), _status(notice, kind), *_original(notice)]
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    text = "\r\n".join(fields) + f"\r\n\r\n{body}--{boundary}--\r\n"
    return text.encode() if notice.is_global else text.encode("ascii", "replace")


def _from(notice: Notice) -> str:
    name = "Zustelldienst" if notice.language == "de" else "Mail delivery"
    return f"{name} <mailer-daemon@{notice.reporter}>"


def _words(notice: Notice, about: str) -> str:
    text = words(notice, about=_short(about, 200), told=[(r.recipient, _said(r), r.server) for r in notice.reports])
    encoded = quopri.encodestring(text.encode()).decode("ascii").replace("\r\n", "\n").replace("\n", "\r\n")
    return (
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        f"Content-Description: Notification\r\n\r\n{encoded}\r\n"
    )


def _status(notice: Notice, kind: str) -> str:
    blocks = [_fields_of_mail(notice), *(_fields_of(report, notice) for report in notice.reports)]
    encoding = "Content-Transfer-Encoding: 8bit\r\n" if notice.is_global else ""
    return f"Content-Type: message/{kind}\r\n{encoding}Content-Description: Delivery report\r\n\r\n" + "\r\n".join(
        "".join(f"{line}\r\n" for line in block) for block in blocks
    )


def _fields_of_mail(notice: Notice) -> list[str]:
    """RFC 3464, 2.2."""
    lines = [f"Reporting-MTA: dns; {notice.reporter}"]
    if notice.envelope_id:
        lines.append(f"Original-Envelope-Id: {_short(notice.envelope_id, 100)}")
    return [*lines, f"Arrival-Date: {format_datetime(notice.arrived_at)}"]


def _fields_of(report: Report, notice: Notice) -> list[str]:
    """RFC 3464, 2.3."""
    lines = []
    if report.original_recipient:
        lines.append(f"Original-Recipient: {_short(report.original_recipient, 500)}")
    lines.append(f"Final-Recipient: {_typed(report.recipient, is_global=notice.is_global)}")
    lines += [f"Action: {notice.action}", f"Status: {_status_code(report, notice.action)}"]
    if report.server:
        lines.append(f"Remote-MTA: dns; {_short(report.server.rpartition(':')[0].split(' ')[0], 255)}")
        code = " ".join(word for word in (str(report.reply.code), report.reply.status) if word)
        lines.append(f"Diagnostic-Code: smtp; {code} {_short(report.reply.text, MOST_TEXT)}")
    elif report.reply.text:
        lines.append(f"Diagnostic-Code: X-Mailward; {_short(report.reply.text, MOST_TEXT)}")
    lines.append(f"Last-Attempt-Date: {format_datetime(report.tried_at)}")
    if notice.action is Action.DELAYED:
        lines.append(f"Will-Retry-Until: {format_datetime(notice.retry_until)}")
    return lines


def _original(notice: Notice) -> list[str]:
    """The header, or the whole mail; nothing if it is gone."""
    if notice.original is None:
        return []
    raw = notice.original.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    whole = notice.whole and len(raw) <= MOST_WHOLE and (raw.isascii() or notice.is_global)
    header = raw.split(b"\n\n", 1)[0][:MOST_HEADER]
    text = (raw if whole else header + b"\n").decode("utf-8" if notice.is_global else "ascii", "replace")
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    if notice.is_global:
        kind = "message/global" if whole else "message/global-headers"
    encoding = "Content-Transfer-Encoding: 8bit\r\n" if notice.is_global else ""
    text = "".join(sign for sign in text.replace("\0", "?").replace("\N{REPLACEMENT CHARACTER}", "?"))
    return [f"Content-Type: {kind}\r\n{encoding}Content-Description: Your mail\r\n\r\n" + text.replace("\n", "\r\n")]


def _status_code(report: Report, action: Action) -> str:
    """The enhanced status: the server's where it gave one of the right class, else the class alone."""
    wanted = _CLASSES[action]
    if report.expired and action is Action.FAILED:
        return "5.4.7"
    status = report.reply.status
    return status if _STATUS.fullmatch(status) and status[0] == wanted else f"{wanted}.0.0"


def _said(report: Report) -> str:
    code = " ".join(word for word in (str(report.reply.code), report.reply.status) if word)
    return f"{code} {_short(report.reply.text, MOST_TEXT)}" if report.server else _short(report.reply.text, MOST_TEXT)


def _typed(address: str, *, is_global: bool) -> str:
    """An address with its type; letters outside ASCII in the form that ASCII can carry (RFC 6533, 3)."""
    flat = _flat(address)
    if flat.isascii():
        return f"rfc822; {flat}"
    if is_global:
        return f"utf-8; {flat}"
    return "utf-8; " + "".join(f"\\x{{{ord(sign):X}}}" if ord(sign) > 126 or sign in "\\+=" else sign for sign in flat)  # noqa: PLR2004 - the last printable sign of ASCII


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode()


def _flat(text: str) -> str:
    """Without anything that could begin another line."""
    return _CONTROL.sub(" ", text).strip()


def _short(text: str, most: int) -> str:
    flat = _flat(text)
    return flat if len(flat) <= most else f"{flat[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
