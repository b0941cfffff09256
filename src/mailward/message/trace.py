# SPDX-License-Identifier: Apache-2.0
"""The header fields that say the mail passed here, and the removal of fields that only pretend it did.

RFC 5321, 4.4; RFC 3848 and 6531 for the protocol's name.
"""

import re
from collections.abc import Iterable
from email.utils import format_datetime
from uuid import UUID

from mailward.contract.decision import Decision
from mailward.contract.envelope import Connection, Direction, Envelope
from mailward.contract.finding import Hit
from mailward.message.headers import Header

PREFIX = "X-Mailward-"
MAX_SIGNALS = 20
MAX_NAME = 255
_UNSAFE = re.compile(r"[^!#-'*-:<-\[\]-~]")


def received(connection: Connection, envelope: Envelope, hostname: str, identifier: UUID) -> str:
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
        f"with {protocol(connection, envelope)} id {identifier}{tls}{to}; {format_datetime(envelope.received_at)}"
    )


def received_to_leave(connection: Connection, envelope: Envelope, hostname: str, identifier: UUID) -> str:
    """The value of the field for mail that leaves the organization: the path stays traceable by our identifier,
    and neither the address nor the name of the server behind us is told to the world (RFC 5321, 7.6)."""
    domain = _safe(envelope.sender.rpartition("@")[2]) or hostname
    return (
        f"from {domain} by {hostname} with {protocol(connection, envelope)} id {identifier};"
        f" {format_datetime(envelope.received_at)}"
    )


def protocol(connection: Connection, envelope: Envelope) -> str:
    """SMTP, ESMTP, ESMTPS, UTF8SMTP or UTF8SMTPS."""
    if not connection.extended:
        return "SMTP"
    return f"{'UTF8SMTP' if envelope.utf8 else 'ESMTP'}{'S' if connection.tls else ''}"


def own_headers(
    connection: Connection, envelope: Envelope, hostname: str, identifier: UUID, results: str, decision: Decision,
    direction: Direction = Direction.IN,
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Our fields, in the order in which they stand on top of the mail. `results` is the value of
    Authentication-Results, empty where nothing was authenticated. Verdicts and results are for those whom we
    protect, not for the world."""
    if direction is Direction.OUT:
        return (("Received", received_to_leave(connection, envelope, hostname, identifier)),)
    fields = [("Authentication-Results", results)] if results else []
    fields.append((f"{PREFIX}Id", str(identifier)))
    if decision.receipt.examined:
        fields += [(f"{PREFIX}Verdict", decision.verdict.value), (f"{PREFIX}Score", f"{decision.score:.1f}")]
    else:
        fields.append((f"{PREFIX}Verdict", "not-examined"))
    hits = [finding for finding in decision.receipt.findings.values() if isinstance(finding, Hit)]
    signals = sorted({reason.id for hit in hits for reason in hit.reasons})[:MAX_SIGNALS]
    if signals:
        fields.append((f"{PREFIX}Signals", " ".join(signals)))
    fields.append(("Received", received(connection, envelope, hostname, identifier)))
    return tuple(fields)


def replaced_headers(headers: Iterable[Header], *, forged: Iterable[int]) -> tuple[int, ...]:
    """Indexes of fields that must not survive: ours from outside, and forged results."""
    ours = {header.index for header in headers if header.name.lower().startswith(PREFIX.lower())}
    return tuple(sorted(ours | set(forged)))


def _safe(name: str) -> str:
    """Without blanks, quotes, parentheses and backslashes, which could close a comment."""
    return _UNSAFE.sub("_", name[:MAX_NAME])


def _words(text: str) -> str:
    return " ".join(_safe(word) for word in text.split())


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "_" for sign in text)
