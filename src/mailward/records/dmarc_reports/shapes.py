# SPDX-License-Identifier: Apache-2.0
"""DMARC reports as the API says them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

MAX_UPLOAD = 10 * 1024 * 1024


class SourceKind(StrEnum):
    """What a source looks like: all of its mail passes; some does; it sends with a name of its own that is proved,
    but is not yours; it hands your mail on; or nothing proves it."""

    GOOD = "good"
    MIXED = "mixed"
    UNALIGNED = "unaligned"
    FORWARDER = "forwarder"
    UNPROVED = "unproved"


class PolicyStep(StrEnum):
    """The next step towards a policy that protects: gather reports first, put sources right, ask for quarantine,
    ask for rejection, or nothing more."""

    GATHER = "gather"
    FIX = "fix"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    DONE = "done"


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """Mails in your name. `passed` passed DMARC, `dkim` and `spf` passed so far as they are aligned;
    `quarantined` and `rejected` are what receivers did."""

    mails: int = 0
    passed: int = 0
    dkim: int = 0
    spf: int = 0
    quarantined: int = 0
    rejected: int = 0


class Day(msgspec.Struct, frozen=True):
    """Mails of one day (UTC)."""

    day: date
    passed: int
    failed: int


class DomainSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One domain. `policy` is what the newest report found published; `step` is what the numbers advise:
    `days` have reports, of `reporters`; `doubtful` mails failed that come from sources that look like yours."""

    domain: str
    mails: int
    passed: int
    sources: int
    policy: str
    step: PolicyStep
    days: int
    reporters: int
    doubtful: int


class DmarcSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A period beside the one before."""

    since: date
    until: date
    now: Numbers
    before: Numbers
    series: list[Day]
    domains: list[DomainSummary]


class DmarcSource(Numbers, frozen=True, kw_only=True):
    """Who sends: `source` is the domain above the names of its addresses, or an address without a name.
    `foreign_dkim` and `foreign_spf` are failing mails that passed for another domain; `forwarded` those that
    the receiver took for forwarded; `broken` those with a signature of yours that no longer fits."""

    source: str
    kind: SourceKind
    addresses: int
    days: int
    first_day: date
    last_day: date
    foreign_dkim: int
    foreign_spf: int
    forwarded: int
    broken: int


class DmarcSourceList(msgspec.Struct, frozen=True):
    """Sources in order; `left_out` are those beyond the limit."""

    items: list[DmarcSource]
    left_out: int


class SourceAddress(Numbers, frozen=True, kw_only=True):
    """One address of a source, with the name that it was confirmed to have."""

    address: str
    name: str


class SourceResult(msgspec.Struct, frozen=True, kw_only=True):
    """Mails of a source that fared alike."""

    mails: int
    header_from: str
    envelope_from: str
    disposition: str
    dkim: str
    spf: str
    signatures: list[dict[str, str]]
    permissions: list[dict[str, str]]
    overrides: list[dict[str, str]]


class Reporter(msgspec.Struct, frozen=True):
    """Who reports, and how many mails."""

    name: str
    mails: int


class DmarcSourceDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one source."""

    summary: DmarcSource
    addresses: list[SourceAddress]
    results: list[SourceResult]
    reporters: list[Reporter]
    series: list[Day]


class ReceivedReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `proved` if the mail that brought it was proved to come from `sender_domain`; `notes` are
    errors that the reporter names, and what had to be put right."""

    id: UUID
    domain: str
    reporter: str
    reporter_email: str
    report_id: str
    begins_at: datetime
    ends_at: datetime
    received_at: datetime
    message_id: UUID | None
    sender_domain: str
    proved: bool
    added_by: str
    policy: str
    mails: int
    passed: int
    notes: list[str]


class ReceivedReportPage(msgspec.Struct, frozen=True):
    """One page, newest first."""

    items: list[ReceivedReport]
    next_cursor: str | None


class ReportUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A file: XML, gzip, zip, or a whole mail."""

    content: Annotated[
        str, msgspec.Meta(min_length=1, max_length=MAX_UPLOAD * 4 // 3 + 4, description="The bytes, in base64")
    ]
    name: Annotated[str, msgspec.Meta(max_length=300, description="What the file is called")] = ""


class ImportOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: reports that are `new`, and sentences about all else."""

    new: int
    problems: list[str]


class RecordState(StrEnum):
    """How a DNS record is: as it should be, not there, otherwise, or not to be had just now."""

    OK = "ok"
    MISSING = "missing"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class DmarcRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A TXT record. `purpose` is "policy" for the record that asks for reports about `domain`, or "agreement" for the
    one by which the owner of the report address agrees to them. `notes` are "several", "no_policy", "no_address" and
    "old_tags"."""

    domain: str
    name: str
    purpose: str
    expected: str
    found: list[str]
    state: RecordState
    notes: list[str]


class DmarcRecordList(msgspec.Struct, frozen=True):
    """The records of all domains; `address` is where reports come to, which may be empty."""

    address: str
    items: list[DmarcRecord]


class SentReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report of ours, or the words why there was none (then `destination` is empty)."""

    day: date
    policy_domain: str
    destination: str
    state: str
    why: str
    mails: int
    size: int
    message_id: UUID | None
    at: datetime


class ResignedBox(msgspec.Struct, frozen=True, kw_only=True):
    """A box that is left alone until `until`, since reports to it came back."""

    address: str
    why: str
    times: int
    since: datetime
    until: datetime


class DmarcSending(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of ours: whether they are sent, what stands against it, the newest, and the boxes that are left alone."""

    enabled: bool
    problem: str
    sent: list[SentReport]
    dead_boxes: list[ResignedBox]


class PlannedReport(msgspec.Struct, frozen=True, kw_only=True):
    """What would be sent for a day; `why` says why not, where `destinations` is empty or cut."""

    policy_domain: str
    mails: int
    destinations: list[str]
    why: str


class SendingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A day's reports, without sending them."""

    day: date
    problem: str
    items: list[PlannedReport]
    left_out: int
