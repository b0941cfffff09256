# SPDX-License-Identifier: Apache-2.0
"""The data-collection notice as the console shows it, read from the features' own disclosures."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency

from mailward.contract.feature import Feature
from mailward.kit.http import problems


class NoticeSending(msgspec.Struct, frozen=True):
    """One kind of request to somebody else's service."""

    to: str
    items: list[str]
    purpose: str


class NoticeFeature(msgspec.Struct, frozen=True, kw_only=True):
    """What one feature does with data."""

    name: str
    title: str
    console: str
    does: str
    disabling_costs: str
    collects: list[str]
    sends: list[NoticeSending]
    retention_days: int | None
    removed: str


class Notice(msgspec.Struct, frozen=True):
    """All features."""

    features: list[NoticeFeature]


def entries(features: Iterable[Feature]) -> Notice:
    """The notice of these features."""
    return Notice([_entry(feature) for feature in features])


def _entry(feature: Feature) -> NoticeFeature:
    disclosure = feature.disclosure
    return NoticeFeature(
        name=feature.name,
        title=feature.title,
        console=feature.console,
        does=disclosure.does,
        disabling_costs=disclosure.disabling_costs,
        collects=sorted(disclosure.collects),
        sends=[NoticeSending(sending.to, sorted(sending.items), sending.purpose) for sending in disclosure.sends],
        retention_days=disclosure.retention_days,
        removed=disclosure.removed,
    )


@get("/api/v1/notice", operation_id="readNotice", responses=problems(), sync_to_thread=False,
     summary="What each feature collects and sends")  # fmt: skip
def read_notice(notice: NamedDependency[Notice]) -> Notice:
    """The notice."""
    return notice


ROUTES: Sequence[Any] = (read_notice,)
