# SPDX-License-Identifier: Apache-2.0
"""From what is known about a mail to the row that is kept of it, and to the first lines of its timeline."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from mailward.contract.authentication import Authentication
from mailward.contract.check import Examination, Facts
from mailward.contract.decision import Decision
from mailward.contract.envelope import Connection, Direction, Envelope
from mailward.contract.event import Event, EventKind
from mailward.contract.finding import Threat, Verdict, points
from mailward.contract.mail import Content
from mailward.contract.own_mail import OwnMail
from mailward.kit.ids import time_of
from mailward.message import parse
from mailward.records.mail_tracking.store import MessageRow

MAX_HOSTS = 100
MAX_SHORT = 1000
"""Characters kept of a stranger's single-line text."""


def describe(
    identifier: UUID, organization: UUID, *, connection: Connection, envelope: Envelope, authentication: Authentication,
    examination: Examination, decision: Decision, size: int, direction: Direction = Direction.IN,
) -> MessageRow:  # fmt: skip
    """The row of an accepted mail."""
    content = examination.content
    return MessageRow(
        organization_id=organization,
        received_at=time_of(identifier),
        id=identifier,
        direction=direction,
        size=size,
        has_body=True,
        peer_ip=connection.peer_ip or None,
        peer_name=connection.peer_name,
        helo=_short(connection.helo),
        tls=connection.tls,
        sender=_short(envelope.sender),
        header_from=_short(", ".join(address.address or address.name for address in content.senders)),
        subject=_short(content.subject),
        internet_id=_short(content.message_id),
        language=content.language,
        verdict=decision.verdict,
        score=decision.score,
        reason_ids=sorted({reason.id for reasons in examination.reasons.values() for reason in reasons}),
        spf=authentication.spf.result,
        dkim=_best([result.result for result in authentication.dkim]),
        dmarc=authentication.dmarc.result,
        arc=authentication.arc.result,
        hosts=sorted({link.host for link in content.links if link.host})[:MAX_HOSTS],
        attachment_names=[_short(attachment.name) for attachment in content.attachments],
        attachment_hashes=[attachment.sha256 for attachment in content.attachments],
        classes=_classes(examination),
        authentication=msgspec.to_builtins(authentication),
        content=msgspec.to_builtins(content),
    )


def describe_refused(
    identifier: UUID, organization: UUID, *, connection: Connection, sender: str,
    authentication: Authentication | None = None, content: Content | None = None, size: int = 0,
    direction: Direction = Direction.IN,
) -> MessageRow:  # fmt: skip
    """The row of a mail that was refused: there is no body, and nothing was examined."""
    nobody = Envelope(sender=sender, recipients=(), received_at=time_of(identifier))
    row = describe(
        identifier, organization, connection=connection, envelope=nobody,
        authentication=authentication or Authentication(), examination=Examination(content=content or Content()),
        decision=_UNJUDGED, size=size, direction=direction,
    )  # fmt: skip
    return msgspec.structs.replace(row, has_body=False)


def describe_own(identifier: UUID, mail: OwnMail) -> MessageRow:
    """The row of a mail that we wrote ourselves: nothing about it needed to be examined."""
    message = parse(mail.raw)
    row = describe_refused(identifier, mail.organization_id, connection=Connection(peer_ip=""), sender=mail.sender)
    return msgspec.structs.replace(
        row, direction="out", size=len(mail.raw), has_body=True,
        header_from=_short(", ".join(sender.address for sender in message.senders)),
        subject=_short(message.subject), internet_id=_short(message.message_id),
    )  # fmt: skip


def arrival(facts: Facts, examination: Examination, *, scanned_at: datetime) -> tuple[Event, ...]:
    """The first lines of the timeline: who brought the mail, what was proven and what was looked at, if it was."""
    assert facts.connection is not None
    assert facts.envelope is not None
    connection, authentication, at = facts.connection, facts.authentication, facts.envelope.received_at
    peer = {"peer_ip": connection.peer_ip, "helo": connection.helo, "tls": connection.tls}
    events = [Event(at=at, kind=EventKind.ACCEPTED, detail=peer)]
    if authentication.evaluated:
        passed = {
            "spf": authentication.spf.result,
            "dkim": [result.result for result in authentication.dkim],
            "dmarc": authentication.dmarc.result,
        }
        events.append(Event(at=at, kind=EventKind.AUTHENTICATED, detail=passed))
    if examination.milliseconds or examination.failures:
        scanned = {"milliseconds": examination.milliseconds, "failures": examination.failures}
        events.append(Event(at=scanned_at, kind=EventKind.SCANNED, detail=scanned))
    return tuple(events)


def _classes(examination: Examination) -> dict[str, Any]:
    return {
        threat.value: {"score": points(reasons), "reasons": msgspec.to_builtins(reasons)}
        for threat in Threat
        if (reasons := examination.reasons.get(threat, ()))
    }


def _best(results: list[str]) -> str:
    """The result that counts among several signatures."""
    return next(
        (result for result in ("pass", "temperror", "fail") if result in results), results[0] if results else "none"
    )


def _short(text: str) -> str:
    """Cut, and without the one character that PostgreSQL cannot keep."""
    return text[:MAX_SHORT].replace("\x00", "\N{REPLACEMENT CHARACTER}")


_UNJUDGED = msgspec.convert(
    {"intercept": "delete", "verdict": Verdict.CLEAN, "score": 0.0, "receipt": {"winner": ""}}, Decision
)
