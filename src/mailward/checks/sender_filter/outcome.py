# SPDX-License-Identifier: Apache-2.0
"""What the sender lists do to a mail that is here: findings that are spared, copies that are held back."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from mailward.contract.decision import Decision, Intercept, RuleMatch
from mailward.contract.finding import Finding, Skipped, Threat
from mailward.message import Message

MAX_AUTHORS = 20
"""Addresses of From that are looked for among the blocked senders."""
BLOCKED = "Blocked sender"
"""The rule that a receipt names where a mail could not be refused, since other recipients take it."""
SPAM_FAMILY = frozenset(threat.value for threat in Threat if threat is not Threat.MALWARE)


class Approval(NamedTuple):
    """`by` says which sender is approved; `skips` are the checks that the mail is spared; `marked` if the
    mail is to say so."""

    by: str
    skips: frozenset[str]
    marked: bool = False


def authors(message: Message) -> tuple[str, ...]:
    """The addresses that readers may be shown as the sender."""
    return tuple(sender.address for sender in message.senders[:MAX_AUTHORS] if sender.address)


def spare(findings: Mapping[str, Finding], approval: Approval | None, free: frozenset[str]) -> dict[str, Finding]:
    """The findings without those that an approved sender or address is spared. Never the virus scan."""
    skips = free | (approval.skips if approval is not None else frozenset())
    why = "the sender is approved" if approval is not None else "the address is approved"
    return {name: Skipped(why) if name in skips & SPAM_FAMILY else found for name, found in findings.items()}


def marked(decision: Decision, blocked: bool, approval: Approval | None) -> Decision:
    """The decision, held back where the recipient blocks the sender, and saying so where one is approved."""
    if blocked:
        match = RuleMatch(rule=BLOCKED, intercept=Intercept.QUARANTINE, why="the recipient blocks this sender")
        receipt = msgspec.structs.replace(decision.receipt, winner=BLOCKED, matched=(match,))
        return msgspec.structs.replace(decision, intercept=Intercept.QUARANTINE, receipt=receipt)
    if approval is not None and approval.marked:
        edits = msgspec.structs.replace(
            decision.edits, headers=(*decision.edits.headers, ("X-Mailward-Approved-Sender", approval.by))
        )
        return msgspec.structs.replace(decision, edits=edits)
    return decision
