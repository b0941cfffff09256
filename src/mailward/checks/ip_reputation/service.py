# SPDX-License-Identifier: Apache-2.0
"""The question at RCPT TO: is there anything against the address that brings this mail?

First match wins: approved address, blocked address, approved country, blocked country, DNS lists, own
experience. Nothing here reads the database; nothing leaves where the feature is off.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import asyncpg

from mailward.checks.ip_reputation import answers, store
from mailward.checks.ip_reputation.countries import BadCountryFile, Countries, by_country
from mailward.checks.ip_reputation.dns_lists import BlockLists, Health
from mailward.checks.ip_reputation.dynamic import Dynamic
from mailward.checks.ip_reputation.entries import AddressEntries
from mailward.checks.ip_reputation.explanation import AddressQuestion
from mailward.checks.ip_reputation.settings import DnsList, IpReputationSettings
from mailward.checks.ip_reputation.shapes import AddressList
from mailward.contract.finding import Verdict
from mailward.contract.reply import Refused
from mailward.kit.networks import Address, Network, NetworkSet, is_behind_us, read_address, site
from mailward.policy.snapshot import OrganizationPolicy, Policies

__all__ = [
    "AddressEntries",
    "AddressQuestion",
    "BadCountryFile",
    "BlockLists",
    "Countries",
    "Dynamic",
    "Health",
    "IpReputation",
    "Objection",
    "compile_lists",
    "level_of",
    "sick_lists",
    "wanted_lists",
    "write_health",
]

FEATURE_NAME = "ip_reputation"

_BAD = frozenset(
    {Verdict.SPAM, Verdict.PHISHING, Verdict.MALWARE, Verdict.BEC, Verdict.SOCIAL_ENGINEERING, Verdict.WEB_REPUTATION}
)
_NO_EXPERIENCE = frozenset({Verdict.UNSCANNABLE})

sick_lists = store.sick_lists
write_health = store.write_health


class AddressLists(NamedTuple):
    """An organization's addresses, compiled."""

    approved: NetworkSet
    blocked: NetworkSet


class Objection(NamedTuple):
    """What is against an address. `firm`: the organization blocked the address itself, and no approved
    sender changes that."""

    refused: Refused
    firm: bool = False


async def compile_lists(connection: asyncpg.Connection, settings: IpReputationSettings) -> AddressLists:
    """The lists of the organization that the connection is scoped to."""
    del settings  # the lists do not depend on them
    found: dict[str, list[Network]] = {AddressList.APPROVED: [], AddressList.BLOCKED: []}
    async for which, network in store.networks(connection):
        found[which].append(network)
    return AddressLists(NetworkSet(found[AddressList.APPROVED]), NetworkSet(found[AddressList.BLOCKED]))


class IpReputation:
    """Judges addresses for all organizations. `countries` is None where the operator names no file."""

    def __init__(self, *, countries: Countries | None, block_lists: BlockLists, dynamic: Dynamic) -> None:
        self._countries = countries
        self._block_lists = block_lists
        self._dynamic = dynamic

    def is_approved(self, policy: OrganizationPolicy, peer_ip: str) -> bool:
        """Whether the organization approved this address."""
        address = read_address(peer_ip)
        return _settings(policy).enabled and address is not None and address in _lists(policy).approved

    def skips_spam(self, policy: OrganizationPolicy, peer_ip: str) -> bool:
        """Whether mail from this address bypasses spam detection."""
        return _settings(policy).approved_skip_spam and self.is_approved(policy, peer_ip)

    async def objection(self, policy: OrganizationPolicy, peer_ip: str) -> Objection | None:
        """What is against the address, if anything is."""
        address, lists = read_address(peer_ip), _lists(policy)
        if not _settings(policy).enabled or address is None or address in lists.approved:
            return None
        if address in lists.blocked:
            return Objection(answers.blocked(address), firm=True)
        is_known, refused = self._by_country(policy, address)
        if not is_known and not is_behind_us(address):
            refused = await self._by_list(policy, address) or self._by_experience(policy, address)
        return Objection(refused) if refused is not None else None

    def _by_country(self, policy: OrganizationPolicy, address: Address) -> tuple[bool, Refused | None]:
        """Whether the country settles the matter, and how."""
        country = self._countries.country(address) if self._countries is not None else ""
        said = by_country(_settings(policy), country)
        return said is not None, answers.country(address, country) if said == AddressList.BLOCKED else None

    async def _by_list(self, policy: OrganizationPolicy, address: Address) -> Refused | None:
        lists = _settings(policy).lists
        listing = await self._block_lists.listing(address, lists) if lists else None
        return answers.listed(address, listing) if listing is not None else None

    def _by_experience(self, policy: OrganizationPolicy, address: Address) -> Refused | None:
        wait = self._dynamic.penalty(policy.id, site(address)) if _settings(policy).dynamic_level else 0.0
        return answers.penalty(address, wait) if wait else None

    def learn(self, policy: OrganizationPolicy, peer_ip: str, verdict: Verdict) -> None:
        """A mail of this address was judged so."""
        address = read_address(peer_ip)
        if address is None or verdict in _NO_EXPERIENCE or is_behind_us(address) or not _settings(policy).enabled:
            return
        if address not in _lists(policy).approved:
            self._dynamic.learn(policy.id, site(address), bad=verdict in _BAD)


def level_of(policies: Policies, organization: UUID) -> int:
    """The level at which an organization acts on its experience."""
    policy = policies.current.organizations.get(organization)
    return _settings(policy).dynamic_level if policy is not None else 0


def wanted_lists(policies: Policies) -> Iterable[tuple[DnsList, tuple[UUID, ...]]]:
    """Every DNS list that is switched on, with the organizations that ask it."""
    found: dict[DnsList, list[UUID]] = {}
    for policy in policies.current.organizations.values():
        settings = _settings(policy)
        for entry in settings.lists if settings.enabled else ():
            found.setdefault(entry, []).append(policy.id)
    return [(entry, tuple(organizations)) for entry, organizations in found.items()]


def _settings(policy: OrganizationPolicy) -> IpReputationSettings:
    settings = policy.settings[FEATURE_NAME]
    assert isinstance(settings, IpReputationSettings)
    return settings


def _lists(policy: OrganizationPolicy) -> AddressLists:
    lists = policy.compiled[FEATURE_NAME]
    assert isinstance(lists, AddressLists)
    return lists
