# SPDX-License-Identifier: Apache-2.0
"""Every organization's policy, compiled and held in memory: the data plane asks the database nothing per mail.

A change is announced on `CHANNEL`; every process then loads the organization anew and swaps it in.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from mailward.contract.announcement import POLICY_CHANNEL
from mailward.contract.authentication import Authentication
from mailward.contract.check import Facts, HighProfileUser
from mailward.contract.envelope import Connection, Direction, Envelope
from mailward.contract.feature import Feature, NoSettings, Settings
from mailward.control.directory_import import service as directory_import
from mailward.control.domains import service as domains
from mailward.control.domains.service import Domain
from mailward.control.high_profile_users import service as high_profile_users
from mailward.control.provisioning import service as provisioning
from mailward.kit.database import Database
from mailward.kit.domain_names import domain_of
from mailward.kit.vault import Key, Vault
from mailward.policy import store
from mailward.policy.rules import Rule

log = structlog.get_logger()

CHANNEL = POLICY_CHANNEL


@dataclass(frozen=True, kw_only=True, eq=False)
class OrganizationPolicy:
    """One organization at one moment, equal only to itself: its key, domains, people, settings by feature,
    and rules in their order, for mail that comes in and mail that leaves. `compiled` holds what a room made
    of its lists, by the room's name. `domains` are those whose ownership is proved; mail for the `unverified`
    is neither taken nor delivered."""

    id: UUID
    name: str
    key: Key
    domains: Mapping[str, Domain]
    recipients: Mapping[str, directory_import.KnownRecipients]
    high_profile_users: tuple[HighProfileUser, ...]
    settings: Mapping[str, Settings]
    rules: tuple[Rule, ...]
    outbound_rules: tuple[Rule, ...] = ()
    compiled: Mapping[str, Any] = field(default_factory=dict)
    unverified: frozenset[str] = frozenset()

    def is_on(self, feature: str) -> bool:
        """Whether a feature is on; one without a switch always is."""
        settings = self.settings.get(feature)
        return settings is not None and bool(getattr(settings, "enabled", True))

    def facts(self, connection: Connection, envelope: Envelope, authentication: Authentication) -> Facts:
        """What the checks and the scan workers are told of a mail for this organization."""
        return Facts(
            connection=connection,
            envelope=envelope,
            authentication=authentication,
            own_domains=tuple(self.domains),
            high_profile_users=self.high_profile_users,
            now=envelope.received_at.timestamp(),
        )


@dataclass(frozen=True)
class Snapshot:
    """All organizations at one moment. `unverified` are domains that somebody claims and nobody proved."""

    organizations: Mapping[UUID, OrganizationPolicy] = field(default_factory=dict)
    by_domain: Mapping[str, OrganizationPolicy] = field(default_factory=dict)
    unverified: frozenset[str] = frozenset()

    def owner(self, recipient: str) -> OrganizationPolicy | None:
        """The organization that protects the recipient's domain."""
        return self.by_domain.get(domain_of(recipient))

    def with_organization(self, policy: OrganizationPolicy) -> "Snapshot":
        """This snapshot with one organization replaced."""
        return _snapshot({**self.organizations, policy.id: policy})


class Policies:
    """The current snapshot of this process, kept fresh."""

    def __init__(self, database: Database, vault: Vault, features: Iterable[Feature]) -> None:
        self._database = database
        self._vault = vault
        self._features = {feature.name: feature for feature in features}
        self.current = Snapshot()

    async def load(self) -> None:
        """Load every organization. Raises database errors."""
        async with self._database.unscoped() as connection:
            ids = [row[0] for row in await connection.fetch("SELECT * FROM all_organizations()")]
        policies = [await self._load_one(organization) for organization in ids]
        self.current = _snapshot({policy.id: policy for policy in policies})

    async def reload(self, organization: UUID) -> None:
        """Load one organization anew; the old snapshot serves until then."""
        began = time.monotonic()
        policy = await self._load_one(organization)
        self.current = self.current.with_organization(policy)
        log.info("policy.loaded", organization=str(organization), seconds=round(time.monotonic() - began, 3))

    def is_on(self, organization: UUID, feature: str) -> bool:
        """Whether a feature is on for an organization; one without a switch always is."""
        policy = self.current.organizations.get(organization)
        return policy is not None and policy.is_on(feature)

    async def _load_one(self, organization: UUID) -> OrganizationPolicy:
        before = self.current.organizations.get(organization)
        async with self._database.scoped(organization) as connection:
            tenant = await provisioning.read(connection)
            settings = await self._settings(connection)
            rules = await store.rules(connection)
            claimed = await domains.every(connection)
            return OrganizationPolicy(
                id=organization,
                name=tenant.name,
                key=self._vault.unwrap(tenant.wrapped_key, context=organization.bytes),
                domains={domain.name: domain for domain in claimed if domain.verified},
                unverified=frozenset(domain.name for domain in claimed if not domain.verified),
                recipients=await directory_import.by_domain(connection, before.recipients if before else None),
                high_profile_users=await high_profile_users.every(connection),
                settings=settings,
                rules=tuple(rule for rule in rules if rule.direction is Direction.IN),
                outbound_rules=tuple(rule for rule in rules if rule.direction is Direction.OUT),
                compiled={
                    name: await feature.compile(connection, settings[name])
                    for name, feature in self._features.items()
                    if feature.compile is not None
                },
            )

    async def _settings(self, connection: asyncpg.Connection) -> dict[str, Settings]:
        changed = await store.settings(connection)
        found: dict[str, Settings] = {}
        for name, feature in self._features.items():
            if feature.settings is NoSettings:
                found[name] = NoSettings()
                continue
            found[name] = msgspec.convert(changed.get(name, {}), feature.settings)
        return found


def _snapshot(organizations: Mapping[UUID, OrganizationPolicy]) -> Snapshot:
    by_domain = {domain: policy for policy in organizations.values() for domain in policy.domains}
    claimed = frozenset(domain for policy in organizations.values() for domain in policy.unverified)
    return Snapshot(organizations, by_domain, claimed - by_domain.keys())
