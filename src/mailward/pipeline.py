# SPDX-License-Identifier: Apache-2.0
"""The journey of one mail, from the peer's first word to our 250. Read it aloud.

The edge calls these steps in the order of SMTP. A step refuses by raising `Refused`; any other error
becomes a temporary refusal at the edge, so that the peer keeps the mail.
"""

from collections.abc import Iterable, Mapping, Sequence

from mailward.checks.authentication import service as sender_authentication
from mailward.checks.authentication.service import Rulings
from mailward.checks.outbound.service import Outbound, Vouched
from mailward.checks.recipient_filter import service as recipient_filter
from mailward.checks.sender_filter import service as sender_filter
from mailward.checks.virus import service as virus
from mailward.checks.web_reputation.service import WebReputation
from mailward.contract.authentication import Authentication
from mailward.contract.check import Examination, Facts, View
from mailward.contract.decision import Intercept
from mailward.contract.dns import Resolver
from mailward.contract.envelope import Connection, Direction, Envelope
from mailward.contract.feature import Feature
from mailward.contract.mail import Content
from mailward.contract.reply import PermFail, Refused, Reply, TempFail
from mailward.disposition.acceptance import Acceptance
from mailward.disposition.preparation import Preparation, decide_each
from mailward.egress.door import ON_BEHALF_OF
from mailward.engines.scanning.client import UNREACHABLE, ScanClient
from mailward.entrance import Entrance
from mailward.kit.domain_names import domain_of
from mailward.message import Message, parse
from mailward.message.heading import heading
from mailward.policy.decide import ask, decide, refusal_of, refusal_receipt
from mailward.policy.snapshot import OrganizationPolicy, Policies, Snapshot
from mailward.records.dmarc_reports import service as dmarc_reports
from mailward.records.mail_tracking.service import Refusal, Refusals

MAX_HOPS = 50
"""Received fields after which a mail is going in circles."""
ASKED_OUTWARD = frozenset({"virus", "phishing", "web_reputation", "spam"})
"""The checks that judge mail which leaves. The others are about strangers who write to us."""


class Journey:
    """What happens to a mail, step by step. One object serves all sessions of a process."""

    def __init__(
        self, *, policies: Policies, resolver: Resolver, scan: ScanClient, clamd: virus.Clamd,
        web_reputation: WebReputation, checks: Sequence[Feature], preparation: Preparation, acceptance: Acceptance,
        refusals: Refusals, entrance: Entrance, outbound: Outbound, dmarc: dmarc_reports.Counter,
    ) -> None:  # fmt: skip
        self._policies = policies
        self._resolver = resolver
        self._scan = scan
        self._clamd = clamd
        self._checks = checks
        self._outward_checks = [feature for feature in checks if feature.name in ASKED_OUTWARD]
        self._preparation = preparation
        self._acceptance = acceptance
        self._refusals = refusals
        self._entrance = entrance
        self._outbound = outbound
        self._dmarc = dmarc
        self._web_reputation = web_reputation

    def connect(self, connection: Connection) -> None:
        """1. Somebody connects. Everybody may who is not shut out for guessing addresses."""
        self._entrance.greet(connection)

    async def sender(self, connection: Connection, sender: str, size: int) -> None:
        """2. MAIL FROM. Any sender may try: what is against it depends on whom the mail is for."""

    async def recipient(self, connection: Connection, sender: str, recipient: str) -> int:
        """3. RCPT TO: a domain of ours, an address and a sender that may come in, and a person who exists; or
        a sender of ours who may write to the outside. The largest mail in bytes that the domain takes."""
        snapshot = self._policies.current
        if recipient_filter.is_ours(snapshot, recipient):
            return await self._entrance.admit(snapshot, connection, sender, recipient)
        return self._let_out(snapshot, connection, sender, recipient)

    def _let_out(self, snapshot: Snapshot, connection: Connection, sender: str, recipient: str) -> int:
        """To the outside: from a registered server, for a sender of its organization, and not too much."""
        policy = self._outbound.admit(snapshot, connection, sender, recipient)
        if policy is None:
            raise recipient_filter.not_ours(snapshot, recipient)
        try:
            self._outbound.count(policy, connection, sender)
        except Refused as refused:
            self._refuse_to_leave(policy, connection, sender, (recipient,), refused)
            raise
        return self._outbound.size_limit(policy, sender)

    def _refuse_to_leave(
        self, policy: OrganizationPolicy, connection: Connection, sender: str, recipients: Iterable[str], why: Refused
    ) -> None:
        for recipient in recipients:
            self._refusals.add(Refusal(policy.id, connection, sender, recipient, why.reply, direction=Direction.OUT))

    async def accept(self, connection: Connection, envelope: Envelope, raw: bytes) -> Reply:
        """4. The mail is here: what of it leaves is sent on, what of it is for us is taken in."""
        message = parse(raw)
        if len(message.every("Received")) > MAX_HOPS:
            raise PermFail(554, "5.4.6", f"this mail passed more than {MAX_HOPS} servers: it is going in circles")
        snapshot = self._policies.current
        vouched = self._outbound.vouch(
            snapshot, connection, envelope, message, author=lambda: sender_authentication.author_domain(raw)
        )
        inside, outside = recipient_filter.split(snapshot, envelope.recipients)
        sends = self._may_leave(vouched, outside, connection, envelope) if outside else None
        identifier = ""
        if inside:
            identifier = await self._take_in(vouched, inside, message, connection, envelope)
        if sends is not None:
            identifier = await self._send_out(sends, outside, message, connection, envelope)
        return Reply(250, "2.0.0", f"accepted as {identifier}")

    async def _take_in(
        self, vouched: Vouched, inside: Mapping[OrganizationPolicy, Sequence[str]], message: Message,
        connection: Connection, envelope: Envelope,
    ) -> str:  # fmt: skip
        """For us: authenticate, and for each organization examine, decide and store."""
        self._entrance.refuse_blocked_author(inside, message, connection, envelope)
        ON_BEHALF_OF.set(tuple(policy.id for policy in inside))
        authentication = await self._authenticate(vouched, inside, message.raw, connection, envelope)
        rulings = sender_authentication.rulings(
            inside, authentication=authentication, connection=connection, envelope=envelope
        )
        self._refuse_unproven(inside, rulings, message, connection, envelope, authentication)
        identifier = ""
        for policy, recipients in inside.items():
            ON_BEHALF_OF.set((policy.id,))
            facts = policy.facts(connection, envelope, authentication)
            examination = await self._examine(policy, message, facts)
            findings = ask(self._checks, View(facts=facts, examination=examination), policy.settings)
            unspared = decide(findings, policy.rules)
            decisions = decide_each(
                policy, recipients, message, facts, findings, rulings,
                skips_spam=self._entrance.ip_reputation.skips_spam(policy, connection.peer_ip),
            )  # fmt: skip
            accepted = self._preparation.prepare(policy, decisions, message, facts, examination)
            await self._acceptance.store(accepted)
            self._entrance.ip_reputation.learn(policy, connection.peer_ip, unspared.verdict)
            if vouched.policy is None:
                intercepts = {recipient: decision.intercept for recipient, decision in decisions.items()}
                self._count(policy, facts, intercepts, clean=unspared.verdict in dmarc_reports.CLEAN)
            identifier = str(accepted.row.id)
        return identifier

    def _may_leave(
        self, vouched: Vouched, outside: Sequence[str], connection: Connection, envelope: Envelope
    ) -> OrganizationPolicy:
        """The organization that sends; before anything of the mail is stored, it must be proved whose it is."""
        try:
            return self._outbound.leave(vouched, connection, envelope, len(outside))
        except Refused as refused:
            owner = vouched.policy or self._policies.current.owner(envelope.sender)
            if owner is not None:
                self._refuse_to_leave(owner, connection, envelope.sender, outside, refused)
            raise

    async def _send_out(
        self, policy: OrganizationPolicy, outside: Sequence[str], message: Message, connection: Connection,
        envelope: Envelope,
    ) -> str:  # fmt: skip
        """For the outside: examine, decide by the rules for mail that leaves, and store. Nothing is
        authenticated: the server that brought it is known."""
        ON_BEHALF_OF.set((policy.id,))
        facts = policy.facts(connection, envelope, Authentication())
        examination = await self._examine(policy, message, facts)
        findings = ask(self._outward_checks, View(facts=facts, examination=examination), policy.settings)
        decision = decide(findings, policy.outbound_rules)
        self._outbound.judged(policy, envelope.sender, decision.verdict)
        accepted = self._preparation.prepare(
            policy, dict.fromkeys(outside, decision), message, facts, examination, direction=Direction.OUT
        )
        await self._acceptance.store(accepted)
        return str(accepted.row.id)

    async def _authenticate(
        self, vouched: Vouched, policies: Iterable[OrganizationPolicy], raw: bytes, connection: Connection,
        envelope: Envelope,
    ) -> Authentication:  # fmt: skip
        """SPF, DKIM, DMARC and ARC, once for all organizations; nothing is asked if none of them takes the answer."""
        if not any(self._takes_authentication(policy) for policy in policies):
            return Authentication()
        now = envelope.received_at.timestamp()
        return await sender_authentication.authenticate(
            raw, connection, envelope, self._resolver, now=now, vouched=vouched.author
        )

    def _takes_authentication(self, policy: OrganizationPolicy) -> bool:
        on = any(policy.is_on(check.name) for check in self._checks)
        return on or sender_filter.settings_of(policy).enabled or dmarc_reports.sends(policy.settings)

    async def _examine(self, policy: OrganizationPolicy, message: Message, facts: Facts) -> Examination:
        """One hop to a scan worker, if a check that is on reads what it finds; then clamd where there is one, and the
        lists of web addresses."""
        if not any(check.reads_content and policy.is_on(check.name) for check in self._checks):
            return Examination(content=heading(message))
        raw = message.raw
        examination = await self._scan.examine(raw, facts)
        if UNREACHABLE in examination.failures.values():
            raise TempFail(451, "4.3.0", "we cannot examine mail just now; please try again", why=UNREACHABLE)
        examination = await virus.with_clamd(examination, raw, policy.settings["virus"], self._clamd)
        return await self._web_reputation.look_up(policy, examination)

    def _refuse_unproven(
        self, by_organization: Mapping[OrganizationPolicy, Sequence[str]], rulings: Rulings, message: Message,
        connection: Connection, envelope: Envelope, authentication: Authentication,
    ) -> None:  # fmt: skip
        """If the rules of every recipient's domain refuse a mail whose sender is not proven, it is refused
        unscanned, and kept on record with all that was found."""
        refused = refusal_of(rulings.values())
        if refused is None:
            return
        content = Content(senders=message.senders, subject=message.subject, message_id=message.message_id)
        for policy, recipients in by_organization.items():
            for recipient in recipients:
                refusal = Refusal(
                    policy.id, connection, envelope.sender, recipient, refused.reply, authentication, content,
                    refusal_receipt(rulings[policy.id, domain_of(recipient)]), len(message.raw),
                )  # fmt: skip
                self._refusals.add(refusal)
            if isinstance(refused, PermFail):
                facts = policy.facts(connection, envelope, authentication)
                self._count(policy, facts, dict.fromkeys(recipients, Intercept.REJECT), clean=False)
        raise refused

    def _count(
        self, policy: OrganizationPolicy, facts: Facts, intercepts: Mapping[str, Intercept], *, clean: bool
    ) -> None:
        """What a report to the sender's domain will say of the mail, if reports are sent."""
        assert facts.connection is not None
        assert facts.envelope is not None
        if dmarc_reports.sends(policy.settings):
            self._dmarc.count(
                policy.id, facts.authentication, connection=facts.connection, envelope=facts.envelope,
                intercepts=intercepts, clean=clean,
                forwarder=sender_authentication.forwarder(policy, facts.authentication),
            )  # fmt: skip
