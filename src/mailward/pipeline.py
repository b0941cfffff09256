# SPDX-License-Identifier: Apache-2.0
"""The journey of one mail, from the peer's first word to our 250. Read it aloud.

The edge calls these steps in the order of SMTP. A step refuses by raising `Refused`; any other error
becomes a temporary refusal at the edge, so that the peer keeps the mail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from mailward.checks.authentication import service as sender_authentication
from mailward.checks.authentication.service import Rulings
from mailward.checks.ip_reputation import service as ip_reputation
from mailward.checks.outbound.service import Outbound, Vouched
from mailward.checks.rate_limits import service as rate_limits
from mailward.checks.recipient_filter import service as recipient_filter
from mailward.checks.reverse_dns import service as reverse_dns
from mailward.checks.sender_filter import service as sender_filter
from mailward.checks.sender_filter.service import Approval, Skippable, Standing
from mailward.checks.tls_peers import service as tls_peers
from mailward.checks.virus import service as virus
from mailward.checks.web_reputation.service import WebReputation
from mailward.contract.authentication import Authentication
from mailward.contract.check import Examination, Facts, View
from mailward.contract.decision import Decision, Intercept
from mailward.contract.dns import Resolver
from mailward.contract.envelope import Connection, Direction, Envelope
from mailward.contract.feature import Feature
from mailward.contract.finding import Finding
from mailward.contract.mail import Content
from mailward.contract.reply import PermFail, Refused, Reply, TempFail
from mailward.disposition.acceptance import Acceptance, Accepted, Copy, copies_of
from mailward.disposition.arc_sealing import service as arc_sealing
from mailward.egress.door import ON_BEHALF_OF
from mailward.engines.scanning.client import UNREACHABLE, ScanClient
from mailward.kit.clock import Clock
from mailward.kit.ids import new_id
from mailward.message import Message, parse
from mailward.message.heading import heading
from mailward.message.trace import own_headers, replaced_headers
from mailward.policy.decide import ask, decide, refusal_of, refusal_receipt
from mailward.policy.snapshot import OrganizationPolicy, Policies
from mailward.records.dmarc_reports import service as dmarc_reports
from mailward.records.mail_tracking.service import Refusal, Refusals, arrival, describe

MAX_HOPS = 50
"""Received fields after which a mail is going in circles."""
ASKED_OUTWARD = frozenset({"virus", "phishing", "web_reputation", "spam"})
"""The checks that judge mail which leaves. The others are about strangers who write to us."""


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Whom to ask about those who want to come in. The resolvers each ask in the name of their feature."""

    ip_reputation: ip_reputation.IpReputation
    rate_limits: rate_limits.RateLimits
    reverse_names: Resolver
    sender_domains: Resolver


class Journey:
    """What happens to a mail, step by step. One object serves all sessions of a process."""

    def __init__(
        self, *, hostname: str, policies: Policies, resolver: Resolver, scan: ScanClient, clamd: virus.Clamd,
        checks: Sequence[Feature], acceptance: Acceptance, refusals: Refusals, clock: Clock, entrance: Entrance,
        outbound: Outbound, dmarc: dmarc_reports.Counter, web_reputation: WebReputation,
    ) -> None:  # fmt: skip
        self._hostname = hostname
        self._policies = policies
        self._resolver = resolver
        self._scan = scan
        self._clamd = clamd
        self._checks = checks
        self._outward_checks = [feature for feature in checks if feature.name in ASKED_OUTWARD]
        self._acceptance = acceptance
        self._refusals = refusals
        self._clock = clock
        self._entrance = entrance
        self._outbound = outbound
        self._dmarc = dmarc
        self._web_reputation = web_reputation

    def connect(self, connection: Connection) -> None:
        """1. Somebody connects. Everybody may who is not shut out for guessing addresses."""
        self._entrance.rate_limits.greet(connection)

    async def sender(self, connection: Connection, sender: str, size: int) -> None:
        """2. MAIL FROM. Any sender may try: what is against it depends on whom the mail is for."""

    async def recipient(self, connection: Connection, sender: str, recipient: str) -> int:
        """3. RCPT TO: a domain of ours, an address and a sender that may come in, and a person who exists; or
        a sender of ours who may write to the outside. The largest mail in bytes that the domain takes."""
        if not recipient_filter.is_ours(self._policies.current, recipient):
            return self._let_out(connection, sender, recipient)
        policy, domain = recipient_filter.place(self._policies.current, recipient)
        ON_BEHALF_OF.set((policy.id,))
        self._entrance.rate_limits.count(policy, connection, sender, recipient)
        try:
            await self._let_in(policy, connection, sender, recipient)
            if not recipient_filter.is_somebody(policy, domain, recipient):
                self._entrance.rate_limits.unknown_recipient(policy, connection)
                raise recipient_filter.unknown(recipient)
        except Refused as refused:
            self._refusals.add(Refusal(policy.id, connection, sender, recipient, refused.reply))
            raise
        return domain.size_limit

    def _let_out(self, connection: Connection, sender: str, recipient: str) -> int:
        """To the outside: from a registered server, for a sender of its organization, and not too much."""
        snapshot = self._policies.current
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

    async def _let_in(self, policy: OrganizationPolicy, connection: Connection, sender: str, recipient: str) -> None:
        """The encryption, the address, its name, the sender, the sender's domain: what is first against the mail is
        the answer."""
        entrance, peer = self._entrance, connection.peer_ip
        unencrypted = tls_peers.objection(policy, connection, sender, recipient)
        if unencrypted is not None:
            raise unencrypted
        address = await entrance.ip_reputation.objection(policy, peer)
        if address is not None and (
            address.firm or not await self._spares(Skippable.IP_REPUTATION, policy, connection, sender, recipient)
        ):
            raise address.refused
        if not entrance.ip_reputation.is_approved(policy, peer):
            name = await reverse_dns.objection(policy, peer, sender, entrance.reverse_names)
            if name is not None:
                raise name
        if sender_filter.standing(policy, sender, recipient) is Standing.BLOCKED:
            raise sender_filter.blocked(sender)
        domain = await sender_filter.domain_objection(policy, sender, entrance.sender_domains)
        if domain is not None and not await self._spares(
            Skippable.UNKNOWN_SENDER_DOMAIN, policy, connection, sender, recipient
        ):
            raise domain

    async def _spares(
        self, check: Skippable, policy: OrganizationPolicy, connection: Connection, sender: str, recipient: str
    ) -> bool:
        """Whether the recipient approved this envelope sender, and SPF proves it where that is asked for."""
        if check not in sender_filter.settings_of(policy).skips:
            return False
        standing = sender_filter.standing(policy, sender, recipient)
        if standing is not Standing.APPROVED:
            return standing is Standing.APPROVED_UNPROVED
        now = self._clock.now().timestamp()
        return await sender_authentication.is_permitted(connection, sender, self._resolver, now=now)

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
        self._refuse_blocked_author(inside, message, connection, envelope)
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
            decisions = self._decide(policy, recipients, message, facts, findings, rulings)
            accepted = self._prepare(policy, decisions, message, facts, examination)
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
        accepted = self._prepare(
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

    def _refuse_blocked_author(
        self, by_organization: Mapping[OrganizationPolicy, Sequence[str]], message: Message, connection: Connection,
        envelope: Envelope,
    ) -> None:  # fmt: skip
        """If every recipient blocks the address that readers would see, the mail is refused unscanned."""
        authors = sender_filter.authors(message)
        pairs = [(policy, recipient) for policy, recipients in by_organization.items() for recipient in recipients]
        blocked = [sender_filter.blocked_author(policy, authors, recipient) for policy, recipient in pairs]
        if not all(blocked):
            return
        refused = sender_filter.blocked(blocked[0])
        for policy, recipient in pairs:
            self._refusals.add(Refusal(policy.id, connection, envelope.sender, recipient, refused.reply))
        raise refused

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
                    refusal_receipt(rulings[policy.id, _domain(recipient)]), len(message.raw),
                )  # fmt: skip
                self._refusals.add(refusal)
            if isinstance(refused, PermFail):
                facts = policy.facts(connection, envelope, authentication)
                self._count(policy, facts, dict.fromkeys(recipients, Intercept.REJECT), clean=False)
        raise refused

    def _decide(
        self, policy: OrganizationPolicy, recipients: Sequence[str], message: Message, facts: Facts,
        findings: Mapping[str, Finding], rulings: Rulings,
    ) -> Mapping[str, Decision]:  # fmt: skip
        """Each recipient's decision: recipients who approve or block the sender have one of their own."""
        assert facts.envelope is not None
        assert facts.connection is not None
        authors, sender = sender_filter.authors(message), facts.envelope.sender
        free = (
            sender_filter.SPAM_FAMILY
            if self._entrance.ip_reputation.skips_spam(policy, facts.connection.peer_ip)
            else frozenset()
        )
        known: dict[tuple[str, bool, Approval | None], Decision] = {}
        decisions: dict[str, Decision] = {}
        for recipient in recipients:
            blocked = bool(sender_filter.blocked_author(policy, authors, recipient))
            approval = None if blocked else sender_filter.approval(
                policy, sender=sender, authors=authors, recipient=recipient,
                proved=lambda address: sender_authentication.proves(facts.authentication, address),
            )  # fmt: skip
            key = (_domain(recipient), blocked, approval)
            if key not in known:
                decided = decide(
                    sender_filter.spare(findings, approval, free), policy.rules, rulings[policy.id, key[0]]
                )
                known[key] = sender_filter.marked(decided, blocked, approval)
            decisions[recipient] = known[key]
        return decisions

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

    def _prepare(
        self, policy: OrganizationPolicy, decisions: Mapping[str, Decision], message: Message, facts: Facts,
        examination: Examination, *, direction: Direction = Direction.IN,
    ) -> Accepted:  # fmt: skip
        """Everything that is stored of the mail, and how each copy differs from what was received."""
        assert facts.connection is not None
        assert facts.envelope is not None
        at = facts.envelope.received_at
        identifier = new_id(at)
        results = (
            sender_authentication.authentication_results(
                facts.authentication, authserv_id=self._hostname, connection=facts.connection, envelope=facts.envelope
            )
            if facts.authentication.evaluated
            else ""
        )
        forged = sender_authentication.forged(
            ((header.index, header.name, header.text) for header in message.headers), self._hostname
        )
        removed = replaced_headers(message.headers, forged=forged)
        copies: list[Copy] = []
        for recipient, decision in decisions.items():
            own = own_headers(
                facts.connection, facts.envelope, self._hostname, identifier, results, decision, direction
            )
            edits = msgspec.structs.replace(
                decision.edits, removed=removed, headers=(*decision.edits.headers, *own),
                seal=arc_sealing.to_be_sealed(policy, decision.edits, facts.authentication),
            )  # fmt: skip
            copy = Copy(id=new_id(at), recipient=recipient, decision=msgspec.structs.replace(decision, edits=edits))
            copies += copies_of(policy, copy)
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
            events=arrival(facts, examination, scanned_at=self._clock.now()),
        )


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower()
