# SPDX-License-Identifier: Apache-2.0
"""An aggregate report as a value (RFC 9990; RFC 7489, 7.2): what we write, and what we read of others."""

import msgspec

MAX_ROWS = 50_000
"""Rows of one report, written or read; a reader says so when it left some out."""


class Override(msgspec.Struct, frozen=True):
    """Why another thing was done than the policy asks for: `kind` is "local_policy", "trusted_forwarder",
    "mailing_list", "policy_test_mode" or "other", or an older word where it was read."""

    kind: str
    comment: str = ""


class Signature(msgspec.Struct, frozen=True):
    """What became of one DKIM signature, in words of RFC 8601."""

    domain: str
    selector: str
    result: str


class Permission(msgspec.Struct, frozen=True):
    """What SPF said of a domain; `scope` is "mfrom" or "helo"."""

    domain: str
    scope: str
    result: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """So many mails of one source that fared alike. `dkim` and `spf` are "pass" where something aligned
    passed, else "fail"; `disposition` is none, pass, quarantine or reject."""

    source_ip: str
    count: int
    disposition: str
    dkim: str
    spf: str
    header_from: str
    envelope_from: str = ""
    envelope_to: str = ""
    overrides: tuple[Override, ...] = ()
    signatures: tuple[Signature, ...] = ()
    permissions: tuple[Permission, ...] = ()


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The policy of `domain` as the reporter found it. An empty field is one that was not there."""

    domain: str
    p: str = "none"
    sp: str = ""
    np: str = ""
    adkim: str = "r"
    aspf: str = "r"
    fo: str = ""
    testing: bool = False
    pct: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One report. `begin` and `end` are seconds since 1970; `notes` are what a reader had to put right."""

    organization: str
    email: str
    report_id: str
    begin: int
    end: int
    published: Published
    rows: tuple[Row, ...]
    contact: str = ""
    errors: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a mail or a file: reports, and sentences about what could not be read. `sender` is
    the address of From, where it is a mail with one author. `temporary` if nobody looked at it, and somebody should."""

    reports: tuple[Report, ...] = ()
    problems: tuple[str, ...] = ()
    sender: str = ""
    temporary: bool = False
