# SPDX-License-Identifier: Apache-2.0
"""What is done with a mail, and the receipt that says why."""

from enum import StrEnum

import msgspec

from mailward.contract.finding import Finding, Skipped, Verdict


class Intercept(StrEnum):
    """The one terminal action of a decision, strongest first."""

    DELETE = "delete"
    QUARANTINE = "quarantine"
    DELIVER = "deliver"


class Edits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The modifications of one recipient's copy; kept as data, applied when the mail goes out, so
    that the original stays what was received. `removed` counts header fields from 0 at the top of
    the original; `headers` are added on top, in order; `subject_tag` is put before the subject;
    `stamp` is put at the start of the body."""

    removed: tuple[int, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    subject_tag: str = ""
    stamp: str = ""


class RuleMatch(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that applied, with the words that say why."""

    rule: str
    intercept: Intercept
    why: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Why a recipient's copy went where it went: the rules that matched, the one that won, and each
    check's finding by the name of its room."""

    winner: str
    matched: tuple[RuleMatch, ...] = ()
    findings: dict[str, Finding] = {}

    @property
    def examined(self) -> bool:
        """Whether any check looked at the mail."""
        return not self.findings or any(not isinstance(finding, Skipped) for finding in self.findings.values())


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one recipient."""

    intercept: Intercept
    verdict: Verdict
    score: float
    edits: Edits = Edits()
    receipt: Receipt
