# SPDX-License-Identifier: Apache-2.0
"""Mail tracking as the API says it: a row of the list, and everything known about one copy."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from mailward.contract.authentication import Authentication
from mailward.contract.decision import RuleMatch
from mailward.contract.envelope import Direction
from mailward.contract.event import EventKind, Status
from mailward.contract.finding import Reason, Threat, Verdict
from mailward.contract.mail import Address, Ambiguity, Attachment, Link
from mailward.records.mail_tracking.keys import Action, Kind


class RowFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a list and a page say alike. `id` is the copy's, `message_id` the Message-ID field of its mail."""

    id: UUID
    message_id: str
    received_at: datetime
    direction: Direction
    sender: str
    recipient: str
    header_from: str
    subject: str
    verdict: Verdict
    score: float
    action: Action
    status: Status
    top_reason: str
    size: int


class Row(RowFacts, frozen=True, kw_only=True):
    """One copy in a list; `attachments` counts them."""

    attachments: int


class MessagePage(msgspec.Struct, frozen=True):
    """One page of a search, newest first."""

    items: list[Row]
    next_cursor: str | None


class ThreatClass(msgspec.Struct, frozen=True):
    """One class of threat: points, the same as a number between 0 and 1, and the reasons that add up to them."""

    score: float
    probability: float
    reasons: list[Reason]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """The SMTP session that brought the mail."""

    sender: str
    recipient: str
    helo: str
    peer_ip: str
    peer_name: str
    tls: str


class HeaderFacts(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """What the mail says of itself."""

    sender: list[Address]
    to: list[Address]
    reply_to: list[Address]
    message_id: str
    date: str


class DecidingRule(msgspec.Struct, frozen=True):
    """The rule that won, and all that matched, in their order."""

    winner: str
    matched: list[RuleMatch]


class CheckFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What one check answered: clear, hit, skipped or failed."""

    outcome: str
    why: str | UnsetType = UNSET
    threat: Threat | UnsetType = UNSET
    reasons: list[Reason] | UnsetType = UNSET


class TimelineEvent(msgspec.Struct, frozen=True):
    """One state change."""

    at: datetime
    kind: EventKind
    actor: str
    detail: dict[str, Any]


class OtherRecipient(msgspec.Struct, frozen=True):
    """Another copy of the same mail."""

    id: UUID
    recipient: str
    status: Status


class Message(RowFacts, frozen=True, kw_only=True):
    """Everything known about one copy. The weights of `reasons` add up to the points of `threat`, the class
    they belong to; `threshold` is the points at which a class counts as caught."""

    threat: Threat | None
    threshold: float
    envelope: Envelope
    header: HeaderFacts
    reasons: list[Reason]
    classes: dict[str, ThreatClass]
    rule: DecidingRule
    findings: dict[str, CheckFinding]
    authentication: Authentication
    timeline: list[TimelineEvent]
    links: list[Link]
    attachments: list[Attachment]
    ambiguities: list[Ambiguity]
    limits: list[str]
    edits: dict[str, Any]
    language: str
    other_recipients: list[OtherRecipient]
    raw_available: bool


class PreviewPart(msgspec.Struct, frozen=True):
    """One part of the MIME tree."""

    path: str
    type: str
    name: str
    size: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A mail made safe to look at. `url` is where the HTML is, for five minutes; None if there is none (`why`)."""

    url: str | None
    text: str
    source: str
    headers: list[tuple[str, str]]
    tree: list[PreviewPart]
    blocked_images: int
    why: str | UnsetType = UNSET


class SearchKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of the search language."""

    key: str
    help: str
    kind: Kind
    values: tuple[str, ...] | UnsetType = UNSET


class SearchExample(msgspec.Struct, frozen=True):
    """A search, and what it means."""

    q: str
    means: str


class SearchSchema(msgspec.Struct, frozen=True):
    """The search language, for the console's typeahead."""

    keys: list[SearchKey]
    examples: list[SearchExample]
