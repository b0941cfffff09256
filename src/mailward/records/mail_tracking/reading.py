# SPDX-License-Identifier: Apache-2.0
"""Reading what is recorded: searching copies, and telling everything about one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.authentication import Authentication
from mailward.contract.decision import RuleMatch
from mailward.contract.finding import CAUGHT_AT, Reason, Threat, Verdict
from mailward.contract.mail import Address, Ambiguity, Attachment, Link
from mailward.kit import paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.records.mail_tracking import queries, shapes
from mailward.records.mail_tracking.keys import EXAMPLES, KEYS
from mailward.records.mail_tracking.search import compile_query
from mailward.records.mail_tracking.shapes import Message, MessagePage, Row

MAX_EVENTS = 500
MAX_OTHERS = 500


class Reading:
    """The read side of mail tracking."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def search(self, organization: UUID, query: str, *, cursor: str | None, limit: int) -> MessagePage:
        """A page of the copies that match, newest first.

        Raises:
            QueryError, BadCursor
        """
        where = compile_query(query, now=self._clock.now())
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            found = await queries.search(connection, where, before=before, limit=limit + 1)
        rows = [Row(**row_facts(record)) for record in found[:limit]]
        return MessagePage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def rows(self, organization: UUID, ids: Sequence[UUID]) -> list[Row]:
        """The copies that are there, of those asked for."""
        async with self._database.scoped(organization) as connection:
            return [Row(**row_facts(record)) for record in await queries.rows(connection, ids)]

    async def message(self, organization: UUID, identifier: UUID) -> Message | None:
        """Everything about one copy; None if there is no such copy in this organization."""
        async with self._database.scoped(organization) as connection:
            record = await queries.message(connection, identifier)
            if record is None:
                return None
            events = await queries.timeline(connection, record["mail"], identifier, most=MAX_EVENTS)
            others = await queries.other_copies(connection, record["mail"], identifier, most=MAX_OTHERS)
        return _message(record, events, others)

    async def mail_of(self, organization: UUID, identifier: UUID) -> tuple[UUID, bool, str] | None:
        """The mail that a copy belongs to: its id, whether a body was stored, and its Message-ID."""
        async with self._database.scoped(organization) as connection:
            return await queries.mail_of(connection, identifier)


def row_facts(record: asyncpg.Record) -> dict[str, Any]:
    """The fields of a `Row`, out of the columns `ROW`."""
    facts = dict(record)
    classes, failed = facts.pop("classes"), facts.pop("failed")
    facts["top_reason"] = _top_reason(facts["verdict"], classes, failed)
    return facts


def search_schema() -> shapes.SearchSchema:
    """The search language, described."""
    return shapes.SearchSchema(
        keys=[
            shapes.SearchKey(key=name, help=key.help, kind=key.kind, values=key.values or msgspec.UNSET)
            for name, key in KEYS.items()
        ],
        examples=[shapes.SearchExample(q, means) for q, means in EXAMPLES],
    )


def _message(
    record: asyncpg.Record, events: Sequence[asyncpg.Record], others: Sequence[asyncpg.Record]
) -> shapes.Message:
    content, receipt, classes = record["content"], record["receipt"], record["classes"]
    threat = _threat(record["verdict"], classes)
    return shapes.Message(
        **{name: record[name] for name in _PLAIN},
        top_reason=_top_reason(record["verdict"], classes, receipt.get("findings")),
        threat=threat,
        threshold=CAUGHT_AT,
        envelope=shapes.Envelope(
            sender=record["sender"], recipient=record["recipient"], helo=record["helo"],
            peer_ip=str(record["peer_ip"] or ""), peer_name=record["peer_name"], tls=record["tls"],
        ),
        header=shapes.HeaderFacts(
            sender=_list(content, "senders", Address), to=_list(content, "to", Address),
            reply_to=_list(content, "reply_to", Address), message_id=record["message_id"],
            date=str(content.get("date") or ""),
        ),
        reasons=_reasons(classes.get(threat)) if threat else [],
        classes={name: _class(entry) for name, entry in classes.items()},
        rule=shapes.DecidingRule(str(receipt.get("winner") or ""), _list(receipt, "matched", RuleMatch)),
        findings={name: _finding(entry) for name, entry in (receipt.get("findings") or {}).items()},
        authentication=msgspec.convert(record["authentication"], Authentication),
        timeline=[shapes.TimelineEvent(**event) for event in events],
        links=_list(content, "links", Link),
        attachments=_list(content, "attachments", Attachment),
        ambiguities=_list(content, "ambiguities", Ambiguity),
        limits=_list(content, "limits", str),
        edits=record["edits"],
        other_recipients=[shapes.OtherRecipient(**other) for other in others],
        raw_available=record["has_body"],
    )  # fmt: skip


_PLAIN = (
    "id", "message_id", "received_at", "direction", "sender", "recipient", "header_from", "subject", "verdict",
    "score", "action", "status", "size", "language",
)  # fmt: skip


def _list(container: Mapping[str, Any], name: str, kind: Any) -> list[Any]:
    return [msgspec.convert(entry, kind) for entry in container.get(name) or ()]


def _reasons(entry: Mapping[str, Any] | None) -> list[Reason]:
    """The reasons of one class, the heaviest first."""
    reasons: list[Reason] = _list(entry or {}, "reasons", Reason)
    return sorted(reasons, key=lambda reason: -abs(reason.weight))


def _class(entry: Mapping[str, Any]) -> shapes.ThreatClass:
    score = float(entry.get("score", 0.0))
    return shapes.ThreatClass(score, float(entry.get("probability", _probability(score))), _reasons(entry))


def _probability(score: float) -> float:
    """Points on the scale from 0 to 1 on which `CAUGHT_AT` lies in the middle."""
    return round(1 / (1 + math.exp(CAUGHT_AT - max(-50.0, min(50.0, score)))), 3)


def _threat(verdict: str, classes: Mapping[str, Any]) -> Threat | None:
    """The class that the shown reasons belong to: the verdict's, or a clean mail's heaviest."""
    if verdict in classes:
        return Threat(verdict)
    if verdict != Verdict.CLEAN:
        return None
    heaviest = max(classes, key=lambda name: classes[name].get("score", 0.0), default=None)
    return Threat(heaviest) if heaviest and classes[heaviest].get("reasons") else None


def _top_reason(verdict: str, classes: Mapping[str, Any], findings: Mapping[str, Any] | None) -> str:
    """The heaviest reason in words; of a mail that could not be scanned, why not."""
    threat = _threat(verdict, {name: entry for name, entry in classes.items() if entry})
    if threat is not None:
        heaviest = max(classes[threat].get("reasons") or (), key=lambda reason: reason["weight"], default=None)
        return heaviest["text"] if heaviest is not None and heaviest["weight"] > 0 else ""
    if verdict == Verdict.UNSCANNABLE:
        return next((entry["why"] for entry in (findings or {}).values() if entry.get("type") == "failed"), "")
    return ""


def _finding(entry: Mapping[str, Any]) -> shapes.CheckFinding:
    return shapes.CheckFinding(
        outcome=entry["type"],
        why=entry.get("why", msgspec.UNSET),
        threat=Threat(entry["threat"]) if "threat" in entry else msgspec.UNSET,
        reasons=_reasons(entry) if "reasons" in entry else msgspec.UNSET,
    )
