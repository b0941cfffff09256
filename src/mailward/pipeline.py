# SPDX-License-Identifier: Apache-2.0
"""The journey of one mail, from the peer's first word to our 250. Read it aloud.

The edge calls these steps in the order of SMTP. A step refuses by raising `Refused`; any other error
becomes a temporary refusal at the edge, so that the peer keeps the mail.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mailward.checks.authentication import service as sender_authentication
from mailward.checks.recipient_filter import service as recipient_filter
from mailward.checks.virus import service as virus
from mailward.contract.authentication import Authentication
from mailward.contract.check import Examination, Facts, View
from mailward.contract.decision import Decision
from mailward.contract.dns import Resolver
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.event import Event, EventKind
from mailward.contract.feature import Feature
from mailward.contract.finding import Failed, Finding
from mailward.contract.reply import PermFail, Reply, TempFail
from mailward.disposition.acceptance import Acceptance, Accepted, Copy
from mailward.egress.door import ON_BEHALF_OF
from mailward.engines.scanning.client import UNREACHABLE, ScanClient
from mailward.kit.clock import Clock
from mailward.kit.ids import new_id
from mailward.message import Message, parse
from mailward.message.trace import own_headers, replaced_headers
from mailward.policy.decide import decide
from mailward.policy.snapshot import OrganizationPolicy, Policies
from mailward.records.mail_tracking.service import Refusal, Refusals, describe

MAX_HOPS = 50
"""Received fields after which a mail is going in circles."""


class Journey:
    """What happens to a mail, step by step. One object serves all sessions of a process."""

    def __init__(
        self, *, hostname: str, policies: Policies, resolver: Resolver, scan: ScanClient, clamd: virus.Clamd,
        checks: Sequence[Feature], acceptance: Acceptance, refusals: Refusals, clock: Clock,
    ) -> None:  # fmt: skip
        self._hostname = hostname
        self._policies = policies
        self._resolver = resolver
        self._scan = scan
        self._clamd = clamd
        self._checks = checks
        self._acceptance = acceptance
        self._refusals = refusals
        self._clock = clock

    def connect(self, connection: Connection) -> None:
        """1. Somebody connects. Everybody may."""

    async def sender(self, connection: Connection, sender: str, size: int) -> None:
        """2. MAIL FROM. Any sender may try."""

    async def recipient(self, connection: Connection, sender: str, recipient: str) -> int:
        """3. RCPT TO: a domain of ours, and a person who exists. The largest mail in bytes that the domain takes."""
        try:
            _, domain = recipient_filter.admit(self._policies.current, recipient)
        except PermFail as refused:
            policy = self._policies.current.owner(recipient)
            if policy is not None:
                self._refusals.add(Refusal(policy.id, connection, sender, recipient, refused.reply))
            raise
        return domain.size_limit

    async def accept(self, connection: Connection, envelope: Envelope, raw: bytes) -> Reply:
        """4. The mail is here: authenticate, and for each organization examine, decide and store."""
        message = parse(raw)
        if len(message.every("Received")) > MAX_HOPS:
            raise PermFail(554, "5.4.6", f"this mail passed more than {MAX_HOPS} servers: it is going in circles")
        by_organization = self._split(envelope.recipients)
        ON_BEHALF_OF.set(tuple(policy.id for policy in by_organization))
        authentication = await sender_authentication.authenticate(
            raw, connection, envelope, self._resolver, now=envelope.received_at.timestamp()
        )
        for policy, recipients in by_organization.items():
            ON_BEHALF_OF.set((policy.id,))
            facts = _facts(policy, connection, envelope, authentication)
            examination = await self._examine(policy, raw, facts)
            findings = self._check(policy, View(facts=facts, examination=examination))
            decision = decide(findings, policy.rules)
            accepted = self._prepare(policy, recipients, message, facts, examination, decision)
            await self._acceptance.store(accepted)
        return Reply(250, "2.0.0", f"accepted as {accepted.row.id}")

    def _split(self, recipients: Iterable[str]) -> Mapping[OrganizationPolicy, list[str]]:
        """The recipients of each organization."""
        split: dict[OrganizationPolicy, list[str]] = defaultdict(list)
        for recipient in recipients:
            policy, _ = recipient_filter.admit(self._policies.current, recipient)
            split[policy].append(recipient)
        return split

    async def _examine(self, policy: OrganizationPolicy, raw: bytes, facts: Facts) -> Examination:
        """One hop to a scan worker; beside it, clamd where the organization has one."""
        examination = await self._scan.examine(raw, facts)
        if UNREACHABLE in examination.failures.values():
            raise TempFail(451, "4.3.0", "we cannot examine mail just now; please try again", why=UNREACHABLE)
        return await virus.with_clamd(examination, raw, policy.settings["virus"], self._clamd)

    def _check(self, policy: OrganizationPolicy, view: View) -> dict[str, Finding]:
        """Every check's answer. A check that breaks has failed; it has not passed."""
        findings: dict[str, Finding] = {}
        for feature in self._checks:
            assert feature.examine is not None
            try:
                findings[feature.name] = feature.examine(view, policy.settings[feature.name])
            except Exception as exc:  # noqa: BLE001 - the four outcomes have no fifth
                findings[feature.name] = Failed(f"the check broke ({type(exc).__name__})")
        return findings

    def _prepare(
        self, policy: OrganizationPolicy, recipients: Sequence[str], message: Message, facts: Facts,
        examination: Examination, decision: Decision,
    ) -> Accepted:  # fmt: skip
        """Everything that is stored of the mail, and how each copy differs from what was received."""
        assert facts.connection is not None
        assert facts.envelope is not None
        at = facts.envelope.received_at
        identifier = new_id(at)
        results = sender_authentication.authentication_results(
            facts.authentication, authserv_id=self._hostname, connection=facts.connection, envelope=facts.envelope
        )
        edits = msgspec.structs.replace(
            decision.edits,
            removed=replaced_headers(message.headers, forged=_forged(message, self._hostname)),
            headers=own_headers(facts.connection, facts.envelope, self._hostname, identifier, results, decision),
        )
        decision = msgspec.structs.replace(decision, edits=edits)
        row = describe(
            identifier, policy.id, connection=facts.connection, envelope=facts.envelope,
            authentication=facts.authentication, examination=examination, decision=decision, size=len(message.raw),
        )  # fmt: skip
        return Accepted(
            row=row,
            raw=message.raw,
            key=policy.key,
            envelope=facts.envelope,
            copies=tuple(Copy(id=new_id(at), recipient=recipient, decision=decision) for recipient in recipients),
            events=_events(facts, examination, self._clock),
        )


def _forged(message: Message, hostname: str) -> tuple[int, ...]:
    """Authentication-Results that pretend to be ours."""
    fields = [(header.index, header.name, header.text) for header in message.headers]
    return sender_authentication.forged(fields, hostname)


def _facts(
    policy: OrganizationPolicy, connection: Connection, envelope: Envelope, authentication: Authentication
) -> Facts:
    return Facts(
        connection=connection,
        envelope=envelope,
        authentication=authentication,
        own_domains=tuple(policy.domains),
        high_profile_users=policy.high_profile_users,
        now=envelope.received_at.timestamp(),
    )


def _events(facts: Facts, examination: Examination, clock: Clock) -> tuple[Event, ...]:
    """The first lines of the timeline."""
    assert facts.connection is not None
    assert facts.envelope is not None
    connection, authentication = facts.connection, facts.authentication
    peer = {"peer_ip": connection.peer_ip, "helo": connection.helo, "tls": connection.tls}
    passed = {
        "spf": authentication.spf.result,
        "dkim": [result.result for result in authentication.dkim],
        "dmarc": authentication.dmarc.result,
    }
    scanned = {"milliseconds": examination.milliseconds, "failures": examination.failures}
    return (
        Event(at=facts.envelope.received_at, kind=EventKind.ACCEPTED, detail=peer),
        Event(at=facts.envelope.received_at, kind=EventKind.AUTHENTICATED, detail=passed),
        Event(at=clock.now(), kind=EventKind.SCANNED, detail=scanned),
    )
