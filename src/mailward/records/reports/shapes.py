# SPDX-License-Identifier: Apache-2.0
"""The overview as the API says it."""

from datetime import datetime
from enum import StrEnum

import msgspec


class Period(StrEnum):
    """How far the overview looks back."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Copies by what became of them; bounced and expired copies count as received only."""

    received: int = 0
    delivered: int = 0
    queued: int = 0
    quarantined: int = 0
    rejected: int = 0
    deleted: int = 0


class VerdictCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Copies by verdict; refused ones were never judged and do not count."""

    clean: int = 0
    spam: int = 0
    phishing: int = 0
    bec: int = 0
    graymail: int = 0
    social_engineering: int = 0
    web_reputation: int = 0
    malware: int = 0
    unscannable: int = 0


class SeriesPoint(VerdictCounts, frozen=True, kw_only=True):
    """One step of the chart, which begins at `at`."""

    at: datetime
    rejected: int = 0


class TopReason(msgspec.Struct, frozen=True):
    """A reason, and how many caught mails it spoke against."""

    id: str
    text: str
    count: int


class TopSender(msgspec.Struct, frozen=True):
    """A sender, and how many of its copies were caught."""

    sender: str
    count: int


class QueueState(msgspec.Struct, frozen=True):
    """Copies on their way out, and the age of the oldest."""

    waiting: int
    oldest_seconds: int


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a period, beside those of the period before."""

    period: Period
    since: datetime
    until: datetime
    totals: Totals
    previous: Totals
    verdicts: VerdictCounts
    series: list[SeriesPoint]
    top_reasons: list[TopReason]
    top_senders: list[TopSender]
    queue: QueueState
