# SPDX-License-Identifier: Apache-2.0
"""Who may come in: what a stranger's address, name, encryption and sender must stand before their mail is taken.

The order is the order of the questions, cheapest and surest first; what is first against the mail is the answer.
A refusal is kept on record for the organization that refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailward.checks.authentication import service as sender_authentication
from mailward.checks.ip_reputation import service as ip_reputation
from mailward.checks.rate_limits import service as rate_limits
from mailward.checks.recipient_filter import service as recipient_filter
from mailward.checks.reverse_dns import service as reverse_dns
from mailward.checks.sender_filter import service as sender_filter
from mailward.checks.sender_filter.service import Skippable, Standing
from mailward.checks.tls_peers import service as tls_peers
from mailward.contract.dns import Resolver
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.reply import Refused
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.clock import Clock
from mailward.message import Message
from mailward.policy.snapshot import OrganizationPolicy, Snapshot
from mailward.records.mail_tracking.service import Refusal, Refusals


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """Whom to ask about those who want to come in. The resolvers each ask in the name of their feature."""

    ip_reputation: ip_reputation.IpReputation
    rate_limits: rate_limits.RateLimits
    reverse_names: Resolver
    sender_domains: Resolver
    sender_policies: Resolver
    refusals: Refusals
    clock: Clock

    def greet(self, connection: Connection) -> None:
        """Everybody may connect who is not shut out for guessing addresses. Raises `Refused`."""
        self.rate_limits.greet(connection)

    async def admit(self, snapshot: Snapshot, connection: Connection, sender: str, recipient: str) -> int:
        """A recipient in a domain of ours: not too much, a sender that may come in, and a person who exists.
        The largest mail in bytes that the domain takes. Raises `Refused`."""
        policy, domain = recipient_filter.place(snapshot, recipient)
        ON_BEHALF_OF.set((policy.id,))
        self.rate_limits.count(policy, connection, sender, recipient)
        try:
            await self._let_in(policy, connection, sender, recipient)
            if not recipient_filter.is_somebody(policy, domain, recipient):
                self.rate_limits.unknown_recipient(policy, connection)
                raise recipient_filter.unknown(recipient)
        except Refused as refused:
            self.refusals.add(Refusal(policy.id, connection, sender, recipient, refused.reply))
            raise
        return domain.size_limit

    async def _let_in(self, policy: OrganizationPolicy, connection: Connection, sender: str, recipient: str) -> None:
        """The encryption, the address, its name, the sender, the sender's domain: what is first against the mail is
        the answer."""
        peer = connection.peer_ip
        unencrypted = tls_peers.objection(policy, connection, sender, recipient)
        if unencrypted is not None:
            raise unencrypted
        address = await self.ip_reputation.objection(policy, peer)
        if address is not None and (
            address.firm or not await self._spares(Skippable.IP_REPUTATION, policy, connection, sender, recipient)
        ):
            raise address.refused
        if not self.ip_reputation.is_approved(policy, peer):
            name = await reverse_dns.objection(policy, peer, sender, self.reverse_names)
            if name is not None:
                raise name
        if sender_filter.standing(policy, sender, recipient) is Standing.BLOCKED:
            raise sender_filter.blocked(sender)
        domain = await sender_filter.domain_objection(policy, sender, self.sender_domains)
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
        now = self.clock.now().timestamp()
        return await sender_authentication.is_permitted(connection, sender, self.sender_policies, now=now)

    def refuse_blocked_author(
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
            self.refusals.add(Refusal(policy.id, connection, envelope.sender, recipient, refused.reply))
        raise refused
