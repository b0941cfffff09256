# SPDX-License-Identifier: Apache-2.0
"""TLS reports as the API says them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

MAX_UPLOAD = 10 * 1024 * 1024


class TlsOverviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions of one outcome. `failure` is RFC 8460's name (4.3), empty for those that went well; `why` is what
    one of the reporters said of it."""

    domain: str
    policy_type: str
    failure: str
    sessions: int
    reporters: int
    last: datetime
    why: str


class TlsOverview(msgspec.Struct, frozen=True):
    """By domain, policy and failure."""

    items: list[TlsOverviewRow]


class ReceivedTlsReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report about your domains. `origin` is who brought it: the sender of the mail, or an administrator."""

    id: UUID
    reporter: str
    report_id: str
    contact: str
    begins_at: datetime
    ends_at: datetime
    received_at: datetime
    origin: str
    sessions: int
    failures: int
    domains: list[str]


class ReceivedTlsReportPage(msgspec.Struct, frozen=True):
    """One page, newest first."""

    items: list[ReceivedTlsReport]
    next_cursor: str | None


class SentTlsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one domain was told about one day; `problems` says which addresses could not be reached, and why."""

    day: date
    domain: str
    sent_to: list[str]
    problems: list[str]
    sessions: int
    failures: int
    at: datetime


class SentTlsReportPage(msgspec.Struct, frozen=True):
    """The newest."""

    items: list[SentTlsReport]


class TlsReportUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A report to bring by hand."""

    content: Annotated[
        str,
        msgspec.Meta(
            max_length=2 * MAX_UPLOAD,
            description="The file in base64: JSON, JSON in gzip, or a whole mail",
            examples=["e30="],
        ),
    ]


class ImportedTlsReports(msgspec.Struct, frozen=True, kw_only=True):
    """How many were new, and why others were not kept."""

    new: int
    problems: list[str]
