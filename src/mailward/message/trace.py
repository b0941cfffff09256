# SPDX-License-Identifier: Apache-2.0
"""The header fields that say the mail passed here, and the removal of fields that only pretend it did."""

import ipaddress
from collections.abc import Iterable
from email.utils import format_datetime
from uuid import UUID

from mailward.contract.decision import Decision
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.finding import Hit
from mailward.message.headers import Header

PREFIX = "X-Mailward-"
MAX_SIGNALS = 20
_ATOM = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]")


def received(connection: Connection, envelope: Envelope, hostname: str, identifier: UUID) -> str:
    """The value of our Received field (RFC 5321, 4.4). Nothing that the peer said can break out of it."""
    peer = f"{connection.peer_name or 'unknown'} [{_literal(connection.peer_ip)}]"
    protocol = ("UTF8" if envelope.utf8 else "E") + "SMTP" if connection.extended else "SMTP"
    if connection.tls:
        protocol += "S"
    to = f"\r\n\tfor <{envelope.recipients[0]}>" if len(envelope.recipients) == 1 else ""
    return (
        f"from {_atom(connection.helo) or 'unknown'} ({peer})\r\n\tby {hostname} (Mailward) with {protocol}"
        f" id {identifier}{to};\r\n\t{format_datetime(envelope.received_at)}"
    )


def own_headers(
    connection: Connection, envelope: Envelope, hostname: str, identifier: UUID, results: str, decision: Decision
) -> tuple[tuple[str, str], ...]:
    """Our fields, in the order in which they stand on top of the mail. `results` is the value of
    Authentication-Results."""
    fields = [
        ("Authentication-Results", results),
        (f"{PREFIX}Id", str(identifier)),
        (f"{PREFIX}Verdict", decision.verdict.value),
        (f"{PREFIX}Score", f"{decision.score:.1f}"),
    ]
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


def _literal(ip: str) -> str:
    """An address literal (RFC 5321, 4.1.3)."""
    try:
        return f"IPv6:{ip}" if ipaddress.ip_address(ip).version == 6 else ip  # noqa: PLR2004 - IP's own versions
    except ValueError:
        return "unknown"


def _atom(text: str) -> str:
    """What the peer called itself, without anything that has a meaning in a header."""
    return "".join(character for character in text[:255] if character in _ATOM)
