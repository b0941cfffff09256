# SPDX-License-Identifier: Apache-2.0
"""A TLS report as RFC 8460 (4.4) writes it, in both directions: what we send, and what we read of others."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

SUCCESS = ""
MAX_POLICIES = 1000
MAX_DETAILS = 10_000
_Text = Annotated[str, Meta(max_length=5000)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]


class DateRange(msgspec.Struct, frozen=True, kw_only=True, rename={"start": "start-datetime", "end": "end-datetime"}):
    """What a report is about."""

    start: datetime
    end: datetime


class Policy(
    msgspec.Struct, frozen=True, kw_only=True,
    rename={"type": "policy-type", "text": "policy-string", "domain": "policy-domain", "mx": "mx-host"},
):  # fmt: skip
    """By what sessions were judged. Some reporters write one string where a list is meant, or `mx-host-pattern`."""

    type: _Text
    domain: _Text
    text: list[_Text] | _Text | None = None
    mx: list[_Text] | _Text | None = None


class Summary(
    msgspec.Struct, frozen=True, kw_only=True,
    rename={"successes": "total-successful-session-count", "failures": "total-failure-session-count"},
):  # fmt: skip
    """How many."""

    successes: _Count = 0
    failures: _Count = 0


class Failure(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True,
    rename={
        "type": "result-type", "sending_address": "sending-mta-ip", "host": "receiving-mx-hostname",
        "address": "receiving-ip", "sessions": "failed-session-count", "why": "failure-reason-code",
    },
):  # fmt: skip
    """Sessions that failed in one way."""

    type: _Text
    sending_address: _Text | None = None
    host: _Text | None = None
    address: _Text | None = None
    sessions: _Count = 0
    why: _Text | None = None


class PolicyReport(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"failures": "failure-details"}
):
    """All about one policy."""

    policy: Policy
    summary: Summary
    failures: Annotated[list[Failure], Meta(max_length=MAX_DETAILS)] | None = None


class TlsReport(
    msgspec.Struct, frozen=True, kw_only=True,
    rename={
        "organization": "organization-name", "range": "date-range", "contact": "contact-info", "id": "report-id",
    },
):  # fmt: skip
    """A whole report."""

    organization: _Text
    range: DateRange
    contact: _Text | None = None
    id: _Text
    policies: Annotated[list[PolicyReport], Meta(max_length=MAX_POLICIES)]
