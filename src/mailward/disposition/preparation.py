# SPDX-License-Identifier: Apache-2.0
"""From findings to copies: each recipient's decision, and how their copy differs from the mail that was received."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from mailward.checks.authentication import service as sender_authentication
from mailward.checks.authentication.service import Rulings
from mailward.checks.sender_filter import service as sender_filter
from mailward.contract.check import Examination, Facts
from mailward.contract.decision import Decision
from mailward.contract.envelope import Direction
from mailward.contract.finding import Finding
from mailward.disposition.acceptance import Accepted, Copy, copies_of
from mailward.disposition.arc_sealing import service as arc_sealing
from mailward.kit.clock import Clock
from mailward.kit.domain_names import domain_of
from mailward.kit.ids import new_id
from mailward.message import Message
from mailward.message.trace import own_headers, replaced_headers
from mailward.policy.decide import decide
from mailward.policy.snapshot import OrganizationPolicy
from mailward.records.mail_tracking.service import arrival, describe


def decide_each(
    policy: OrganizationPolicy, recipients: Sequence[str], message: Message, facts: Facts,
    findings: Mapping[str, Finding], rulings: Rulings, *, skips_spam: bool,
) -> Mapping[str, Decision]:  # fmt: skip
    """Each recipient's decision: recipients who approve or block the sender have one of their own. `skips_spam`
    says that the peer's address is one whose mail is not looked at for spam."""
    assert facts.envelope is not None
    authors, sender = sender_filter.authors(message), facts.envelope.sender
    free = sender_filter.SPAM_FAMILY if skips_spam else frozenset()
    known: dict[tuple[str, bool, sender_filter.Approval | None], Decision] = {}
    decisions: dict[str, Decision] = {}
    for recipient in recipients:
        blocked = bool(sender_filter.blocked_author(policy, authors, recipient))
        approval = None if blocked else sender_filter.approval(
            policy, sender=sender, authors=authors, recipient=recipient,
            proved=lambda address: sender_authentication.proves(facts.authentication, address),
        )  # fmt: skip
        key = (domain_of(recipient), blocked, approval)
        if key not in known:
            decided = decide(sender_filter.spare(findings, approval, free), policy.rules, rulings[policy.id, key[0]])
            known[key] = sender_filter.marked(decided, blocked, approval)
        decisions[recipient] = known[key]
    return decisions


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """Puts together what is stored of a mail. `hostname` is our name in the fields that we add."""

    hostname: str
    clock: Clock

    def prepare(
        self, policy: OrganizationPolicy, decisions: Mapping[str, Decision], message: Message, facts: Facts,
        examination: Examination, *, direction: Direction = Direction.IN,
    ) -> Accepted:  # fmt: skip
        """Everything that is stored of the mail, its copies included."""
        assert facts.connection is not None
        assert facts.envelope is not None
        identifier = new_id(facts.envelope.received_at)
        copies = self._copies(policy, decisions, message, facts, identifier=identifier, direction=direction)
        row = describe(
            identifier, policy.id, connection=facts.connection, envelope=facts.envelope,
            authentication=facts.authentication, examination=examination,
            decision=max((copy.decision for copy in copies), key=lambda made: made.score), size=len(message.raw),
            direction=direction,
        )  # fmt: skip
        return Accepted(
            row=row,
            raw=message.raw,
            key=policy.key,
            envelope=facts.envelope,
            copies=tuple(copies),
            events=arrival(facts, examination, scanned_at=self.clock.now()),
        )

    def _copies(
        self, policy: OrganizationPolicy, decisions: Mapping[str, Decision], message: Message, facts: Facts, *,
        identifier: UUID, direction: Direction,
    ) -> list[Copy]:  # fmt: skip
        """How each copy differs from what was received: our fields, and without those that only we may write."""
        connection, envelope = facts.connection, facts.envelope
        assert connection is not None
        assert envelope is not None
        results = self._authentication_results(facts)
        forged = sender_authentication.forged(
            ((header.index, header.name, header.text) for header in message.headers), self.hostname
        )
        removed = replaced_headers(message.headers, forged=forged)
        copies: list[Copy] = []
        for recipient, decision in decisions.items():
            own = own_headers(connection, envelope, self.hostname, identifier, results, decision, direction)
            edits = msgspec.structs.replace(
                decision.edits, removed=removed, headers=(*decision.edits.headers, *own),
                seal=arc_sealing.to_be_sealed(policy, decision.edits, facts.authentication),
            )  # fmt: skip
            made = msgspec.structs.replace(decision, edits=edits)
            copies += copies_of(policy, Copy(id=new_id(envelope.received_at), recipient=recipient, decision=made))
        return copies

    def _authentication_results(self, facts: Facts) -> str:
        assert facts.connection is not None
        assert facts.envelope is not None
        if not facts.authentication.evaluated:
            return ""
        return sender_authentication.authentication_results(
            facts.authentication, authserv_id=self.hostname, connection=facts.connection, envelope=facts.envelope
        )
