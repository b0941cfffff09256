# SPDX-License-Identifier: Apache-2.0
"""What is done with a mail, and the receipt that says why."""

from enum import StrEnum

import msgspec

from mailward.contract.finding import Finding, Skipped, Verdict


class Intercept(StrEnum):
    """The one terminal action of a decision, strongest first. A copy that was taken is never rejected: that
    word stands in the receipt of a mail that was refused as a whole."""

    DELETE = "delete"
    REJECT = "reject"
    QUARANTINE = "quarantine"
    DELIVER = "deliver"


class Action(StrEnum):
    """What a check's own rule asks to be done with a copy, beside the points that the check gives."""

    ACCEPT = "accept"
    TAG = "tag"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    DELETE = "delete"
    DEFER = "defer"


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a check's own rule about one recipient's copy.

    `rule` is the rule's name as people see it, `check` the name of its room; `why` is a sentence that
    the receipt keeps and, where the mail is refused, the peer is told. `status` is the enhanced status
    of that refusal, without its class ("7.26", RFC 3463 and 7372). `subject_tag` is what TAG puts.
    """

    check: str
    rule: str
    action: Action
    why: str
    status: str = "7.1"
    subject_tag: str = ""


class Edits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The modifications of one recipient's copy; kept as data, applied when the mail goes out, so
    that the original stays what was received. `removed` counts header fields from 0 at the top of
    the original; `headers` are added on top, in order; `subject_tag` is put before the subject;
    `stamp` is put at the start of the body; `seal` is the state of the mail's ARC chain to seal on top
    of, "none" or "pass", and empty where nothing is sealed."""

    removed: tuple[int, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    subject_tag: str = ""
    stamp: str = ""
    seal: str = ""


class RuleMatch(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that applied, with the words that say why. `check` is the room whose own rule it is, empty
    for a rule about verdicts."""

    rule: str
    intercept: Intercept
    why: str
    check: str = ""


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

    @property
    def held_for(self) -> str:
        """Why a held copy is held, in a word: the check whose own rule won, or else the verdict."""
        winner = self._winner()
        return winner.check if winner is not None and winner.check else self.verdict

    @property
    def why(self) -> str:
        """The words of the rule that won, "" if none applied."""
        winner = self._winner()
        return winner.why if winner is not None else ""

    def _winner(self) -> RuleMatch | None:
        return next((match for match in self.receipt.matched if match.rule == self.receipt.winner), None)
