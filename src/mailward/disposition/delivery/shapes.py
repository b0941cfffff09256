# SPDX-License-Identifier: Apache-2.0
"""The queue as the API says it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from mailward.records.mail_tracking.service import MAX_QUERY, Row

MAX_IDS = 1000
MAX_NAMES = 100

Name = Annotated[
    str, msgspec.Meta(max_length=253, pattern=r"^(\*|[^\s@/]+)$", description="A domain, or * for all of them")
]


class Condition(StrEnum):
    """How a destination stands: mail goes; nothing goes after a failure, for a while; one mail and then more and more
    find out whether it is back; nothing goes because somebody said so."""

    OPEN = "open"
    RESTING = "resting"
    ON_TRIAL = "on_trial"
    PAUSED = "paused"


class QueueDestination(msgspec.Struct, frozen=True, kw_only=True):
    """One destination of waiting mail. `under_way` of the `waiting` are being delivered now. `oldest_at` is when
    the oldest came, `next_try_at` when the next one is tried, None while nothing will be."""

    name: str
    condition: Condition
    waiting: int
    under_way: int
    outward: bool
    oldest_at: datetime | None
    next_try_at: datetime | None
    last_reply: str
    paused_at: datetime | None
    paused_by: str
    failures: int


class QueueOverview(msgspec.Struct, frozen=True, kw_only=True):
    """The whole queue by destination, those with most mail first; `left_out` destinations are not listed."""

    waiting: int
    everything_paused_at: datetime | None
    everything_paused_by: str
    destinations: list[QueueDestination]
    left_out: int


class QueueRow(Row, frozen=True, kw_only=True):
    """A waiting copy: `attempts` that were about it, when it is due and when it is given up, what was said last."""

    destination: str
    attempts: int
    due_at: datetime
    expires_at: datetime
    last_reply: str
    under_way: bool
    tells_sender: Annotated[bool, msgspec.Meta(description="Whether the sender is told if it is given up")]


class QueuePage(msgspec.Struct, frozen=True):
    """One page of waiting copies, the oldest first."""

    items: list[QueueRow]
    next_cursor: str | None


class QueueOrderKind(StrEnum):
    """What to do with waiting copies: try them now, give them back to their senders, or drop them."""

    RETRY = "retry"
    BOUNCE = "bounce"
    DELETE = "delete"


class QueueSelection(msgspec.Struct, frozen=True):
    """Exactly one of `ids`, `q` and `destination`."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=MAX_IDS)] | UnsetType = UNSET
    q: Annotated[str, msgspec.Meta(max_length=MAX_QUERY)] | UnsetType = UNSET
    destination: Name | UnsetType = UNSET


class QueueOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order for a selection of copies; with `dry_run` they are only counted."""

    action: QueueOrderKind
    selection: QueueSelection
    dry_run: bool = False


class QueueOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How many were selected, and for how many of them it was done. `under_way` were left alone since they are being
    delivered this moment. Of a bounce, `told` senders are told and `held` copies lie in quarantine, since nobody
    may be told. Of a retry, `paused` wait on, since their destination is paused. With `dry_run` it is what would be."""

    matched: int
    done: int
    under_way: int = 0
    told: int = 0
    held: int = 0
    paused: int = 0


class DestinationOrderKind(StrEnum):
    """What to do with a destination."""

    PAUSE = "pause"
    RESUME = "resume"


class DestinationOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Pause or resume destinations; the name * stands for all of them, also those that mail has yet to come for."""

    action: DestinationOrderKind
    names: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=MAX_NAMES)]


class DestinationOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How many destinations changed, and how many copies wait for them."""

    changed: int
    waiting: int
