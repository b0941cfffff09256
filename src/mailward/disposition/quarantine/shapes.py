# SPDX-License-Identifier: Apache-2.0
"""Quarantine as the API says it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from mailward.records.mail_tracking.service import MAX_QUERY, Row

MAX_IDS = 1000


class QuarantineRow(Row, frozen=True, kw_only=True):
    """A held copy: `reason` is the class that held it, `expires_at` is when it is deleted for good."""

    reason: str
    held_at: datetime
    expires_at: datetime


class QuarantinePage(msgspec.Struct, frozen=True):
    """One page of held copies, newest first."""

    items: list[QuarantineRow]
    next_cursor: str | None


class Order(StrEnum):
    """What to do with held copies."""

    RELEASE = "release"
    DELETE = "delete"


class Result(StrEnum):
    """What became of one copy."""

    RELEASED = "released"
    DELETED = "deleted"
    ALREADY_RELEASED = "already_released"
    ALREADY_DELETED = "already_deleted"
    NOT_FOUND = "not_found"
    FAILED = "failed"


class Selection(msgspec.Struct, frozen=True):
    """Exactly one of `ids` and `q`."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=MAX_IDS)] | UnsetType = UNSET
    q: Annotated[str, msgspec.Meta(max_length=MAX_QUERY)] | UnsetType = UNSET


class QuarantineOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order for a selection of copies; with `dry_run` they are only counted."""

    action: Order
    selection: Selection
    dry_run: bool | UnsetType = UNSET


class QuarantineResult(msgspec.Struct, frozen=True, kw_only=True):
    """One copy; `by` is who was first, `why` what stood in the way."""

    id: UUID
    outcome: Result
    by: str | UnsetType = UNSET
    why: str | UnsetType = UNSET


class QuarantineOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How many were selected and how many of them were moved now. With `dry_run` only `matched`."""

    matched: int
    done: int | UnsetType = UNSET
    failed: int | UnsetType = UNSET
    results: list[QuarantineResult] | UnsetType = UNSET
