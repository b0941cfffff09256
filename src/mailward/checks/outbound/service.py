# SPDX-License-Identifier: Apache-2.0
"""The door of the room: may this server send this mail to the outside, and is it too much?

Twice a mail is looked at. At RCPT the address and the envelope sender must belong together, or nothing is
relayed. When the mail itself is there, its From must be the same organization's, and where others send from
the same address the connector's proof must be in it. Nothing here reads the database.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import NamedTuple

import asyncpg
import structlog

from mailward.checks.outbound import store
from mailward.checks.outbound.brake import Brake, Sender
from mailward.checks.outbound.clouds import BadCloudFile, Clouds
from mailward.checks.outbound.connectors import Connectors
from mailward.checks.outbound.counts import Counts, Key, What
from mailward.checks.outbound.registered import Registered, fitting
from mailward.checks.outbound.settings import OutboundSettings, Rate
from mailward.checks.outbound.sharing import ROUND_SECONDS, Sharing
from mailward.checks.outbound.store import sends_for
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.finding import Verdict
from mailward.contract.reply import PermFail, Reply, TempFail
from mailward.control.domains.service import DEFAULT_SIZE_LIMIT
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.domain_names import domain_of
from mailward.kit.networks import read_address
from mailward.message import Message
from mailward.policy.snapshot import OrganizationPolicy, Snapshot

__all__ = ["BadCloudFile", "Clouds", "Connectors", "Outbound", "Vouched", "compile_connectors", "sends_for"]

log = structlog.get_logger()

FEATURE_NAME = "outbound"
MAX_NOTICE_RECIPIENTS = 10
"""Recipients of a mail with an empty envelope sender. Such a mail answers one mail, and usually has one."""

PERMANENT = 500
UNKNOWN = "5.1."
"""The enhanced status of addresses that do not exist (RFC 3463, 3.2)."""

_UNWANTED = frozenset(
    {Verdict.SPAM, Verdict.PHISHING, Verdict.MALWARE, Verdict.BEC, Verdict.SOCIAL_ENGINEERING, Verdict.WEB_REPUTATION}
)


class Vouched(NamedTuple):
    """Whose mail this is: the organization whose registered server brings it in the name of its own domains; or
    None, and why not, in words for the sender's administrator."""

    policy: OrganizationPolicy | None
    why: str = ""
    author: str = ""
    """The domain that From names."""


async def compile_connectors(connection: asyncpg.Connection, settings: OutboundSettings) -> tuple[Registered, ...]:
    """The connectors of the organization that the connection is scoped to; none where nothing may leave."""
    return await store.registered(connection) if settings.enabled else ()


class Outbound:
    """Judges what wants to leave, for all organizations, in one process."""

    def __init__(self, database: Database, clock: Clock, clouds: Clouds) -> None:
        self._clock = clock
        self._clouds = clouds
        self._counts = Counts()
        self._brake = Brake(self._counts)
        self._sharing = Sharing(database, clock, self._counts, self._brake)

    async def run(self) -> None:
        """Share counts and pauses with the other processes, and read the clouds again when they change, until
        cancelled; then share once more."""
        try:
            while True:
                await asyncio.sleep(ROUND_SECONDS)
                await self.round()
        finally:
            await asyncio.shield(self._sharing.last())

    async def round(self) -> None:
        """One round of this. Raises nothing."""
        self._clouds.refresh()
        await self._sharing.round()

    def admit(
        self, snapshot: Snapshot, connection: Connection, sender: str, recipient: str
    ) -> OrganizationPolicy | None:
        """RCPT for a domain that is not ours: the organization that may send there, or None.

        For the empty sender this is one that may; which one it is the mail itself will tell.

        Raises:
            PermFail: 550 5.1.2 for a recipient that has no domain.
        """
        policy, domain = self._sending(snapshot, connection, sender), _domain(recipient)
        if policy is not None and (not domain or domain.startswith("[")):
            raise PermFail(550, "5.1.2", "mail leaves here for domains only: give an address with a domain")
        return policy

    def size_limit(self, policy: OrganizationPolicy, sender: str) -> int:
        """The largest mail in bytes that the sender's domain takes, and so may send."""
        domain = policy.domains.get(_domain(sender))
        return domain.size_limit if domain else DEFAULT_SIZE_LIMIT

    def count(self, policy: OrganizationPolicy, connection: Connection, sender: str) -> None:
        """One more mail for one more recipient. Raises TempFail if that is too much, or the sender is paused.
        What is refused is not counted. Mail with the empty sender is counted when it is there."""
        if not sender:
            return
        settings, now, own = _settings(policy), self._now(), Sender(policy.id, sender.lower())
        self._brake.check(own, settings, now)
        counted = (
            (Key(policy.id, What.ADDRESS, connection.peer_ip), settings.per_address, f"from {connection.peer_ip}"),
            (Key(policy.id, What.RECIPIENTS, own.address), settings.per_sender, f"from {own.address}"),
            (Key(policy.id, What.ORGANIZATION, ""), settings.organization, "from this organization"),
        )
        for key, rate, words in counted:
            self._limit(key, rate, words, 1, now)
        for key, _, _ in counted:
            self._counts.add(key, now)
        self._brake.asked(own, settings, now)

    def leave(
        self, vouched: Vouched, connection: Connection, envelope: Envelope, recipients: int
    ) -> OrganizationPolicy:
        """A mail for so many recipients outside is here: the organization that sends it.

        Raises:
            PermFail: nobody vouches for it, or it has an empty sender and is for too many.
            TempFail: too much mail with an empty sender comes from this address.
        """
        policy = vouched.policy
        if policy is None:
            raise PermFail(550, "5.7.1", f"relaying denied: {vouched.why}")
        if not envelope.sender:
            self._count_notice(policy, connection, recipients)
        return policy

    def vouch(
        self, snapshot: Snapshot, connection: Connection, envelope: Envelope, message: Message, *,
        author: Callable[[], str],
    ) -> Vouched:  # fmt: skip
        """Whose mail this is. `author` gives the one domain of its From, empty where there is not exactly one; it
        is asked only if this may be somebody's registered server at all."""
        address, domain = read_address(connection.peer_ip), _domain(envelope.sender)
        if address is None or self._sending(snapshot, connection, envelope.sender) is None:
            return Vouched(None, f"{connection.peer_ip} is not registered to send for this sender")
        shown = author()
        policy = snapshot.by_domain.get(shown)
        if policy is None or not _may_send(policy, shown):
            return Vouched(None, f"From must name one domain that may send from here, not {shown or 'several or none'}")
        if domain and (domain not in policy.domains or not _may_send(policy, domain)):
            return Vouched(None, f"the envelope says {domain} and From says {shown}, which are not one organization's")
        connectors = fitting(_connectors(policy), address, self._clouds, domain=shown)
        fits = [connector for connector in connectors if connector.serves(domain or shown)]
        if not fits:
            return Vouched(None, f"{address} is not registered to send for {shown}")
        if not any(connector.is_proved(message) for connector in fits):
            names = ", ".join(connector.name for connector in fits[:3])
            return Vouched(None, f"others send from {address} too, and the proof of the connector {names} is missing")
        return Vouched(policy, author=shown)

    def judged(self, policy: OrganizationPolicy, sender: str, verdict: Verdict) -> None:
        """An outbound mail of this sender was judged so."""
        if sender and verdict in _UNWANTED:
            self._brake.unwanted(Sender(policy.id, sender.lower()), _settings(policy), self._now())

    def heard(self, policy: OrganizationPolicy, sender: str, replies: Iterable[Reply]) -> None:
        """What servers outside said to recipients of this sender; those who do not exist are counted."""
        for reply in replies:
            if reply.code >= PERMANENT and reply.status.startswith(UNKNOWN):
                self.unknown_recipient(policy, sender)

    def unknown_recipient(self, policy: OrganizationPolicy, sender: str) -> None:
        """A recipient of this sender does not exist, says the recipient's server."""
        if sender:
            self._brake.unknown(Sender(policy.id, sender.lower()), _settings(policy), self._now())

    def _sending(self, snapshot: Snapshot, connection: Connection, sender: str) -> OrganizationPolicy | None:
        """The organization of the sender, if the address is registered for it; for the empty sender the first
        one that registered the address."""
        address, domain = read_address(connection.peer_ip), _domain(sender)
        if address is None:
            return None
        senders = [snapshot.by_domain.get(domain)] if sender else snapshot.organizations.values()
        for policy in senders:
            if policy is None or (sender and not _may_send(policy, domain)):
                continue
            if fitting(_connectors(policy), address, self._clouds, domain=domain):
                return policy
        return None

    def _count_notice(self, policy: OrganizationPolicy, connection: Connection, recipients: int) -> None:
        if recipients > MAX_NOTICE_RECIPIENTS:
            raise PermFail(
                550, "5.5.3", f"a mail with an empty sender may leave for {MAX_NOTICE_RECIPIENTS} recipients at most"
            )
        key, now, rate = Key(policy.id, What.NOTICES, connection.peer_ip), self._now(), _settings(policy).notices
        self._limit(key, rate, f"with an empty sender from {connection.peer_ip}", recipients, now)
        self._counts.add(key, now, recipients)

    def _limit(self, key: Key, rate: Rate, words: str, more: int, now: float) -> None:
        if not rate.most or self._counts.within(key, rate.seconds, now) + more <= rate.most:
            return
        log.info("outbound.refused", what=key.what, who=key.who, organization=str(key.organization))
        raise TempFail(
            450, "4.7.1", f"too much mail {words}: at most {rate.most} recipients within {rate.seconds} seconds;"
            " please try again later",
        )  # fmt: skip

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _domain(address: str) -> str:
    """The domain in the form in which domains are protected: lower case, A-labels; "" where there is none."""
    return domain_of(address) if "@" in address else ""


def _may_send(policy: OrganizationPolicy, domain: str) -> bool:
    """Whether the organization has shown that the domain is its own."""
    return domain in policy.domains and policy.domains[domain].verified


def _connectors(policy: OrganizationPolicy) -> tuple[Registered, ...]:
    found: tuple[Registered, ...] = policy.compiled.get(FEATURE_NAME, ())
    return found


def _settings(policy: OrganizationPolicy) -> OutboundSettings:
    settings = policy.settings[FEATURE_NAME]
    assert isinstance(settings, OutboundSettings)
    return settings
