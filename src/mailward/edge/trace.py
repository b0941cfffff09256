# SPDX-License-Identifier: Apache-2.0
"""The Received field that we put on top of each mail (RFC 5321, 4.4; RFC 3848 and 6531 for the protocol's name)."""

import re
from email.utils import format_datetime

from mailward.contract.envelope import Connection, Envelope

_UNSAFE = re.compile(r"[^!#-'*-:<-\[\]-~]")
MAX_NAME = 255


def received_header(connection: Connection, envelope: Envelope, hostname: str, id: str) -> str:  # noqa: A002 - its name
    """The value of the field, on one line. The recipient is named only where there is one, so that
    nobody learns of others. What the peer said of itself cannot leave its place."""
    peer = f"[IPv6:{connection.peer_ip}]" if ":" in connection.peer_ip else f"[{connection.peer_ip}]"
    name = f"{_safe(connection.peer_name)} " if connection.peer_name else ""
    tls = f" ({_words(connection.tls)})" if connection.tls else ""
    to = ""
    if len(envelope.recipients) == 1 and (envelope.utf8 or envelope.recipients[0].isascii()):
        to = f" for <{_one_line(envelope.recipients[0])}>"
    return (
        f"from {_safe(connection.helo) or 'unknown'} ({name}{peer}) by {hostname} "
        f"with {protocol(connection, envelope)} id {id}{tls}{to}; {format_datetime(envelope.received_at)}"
    )


def protocol(connection: Connection, envelope: Envelope) -> str:
    """SMTP, ESMTP, ESMTPS, UTF8SMTP or UTF8SMTPS."""
    if not connection.extended:
        return "SMTP"
    return f"{'UTF8SMTP' if envelope.utf8 else 'ESMTP'}{'S' if connection.tls else ''}"


def _safe(name: str) -> str:
    """Without what could end a comment or the part before the date: blanks, quotes, parentheses ..."""
    return _UNSAFE.sub("_", name[:MAX_NAME])


def _words(text: str) -> str:
    return " ".join(_safe(word) for word in text.split())


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "_" for sign in text)
