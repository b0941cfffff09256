# SPDX-License-Identifier: Apache-2.0
"""What lists and people say of the addresses of a mail, added to what the scan worker saw of their shape.

An address is asked in this order, and the first answer holds: approved by the organization, on a list of
this node, on a DNS list, and last its shape, unless a keyword spares it that. Whoever could not be asked
leaves the address untested. Nothing here reads the database, and no address is ever opened.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.web_reputation import judging, store
from mailward.checks.web_reputation.compiled import Exceptions
from mailward.checks.web_reputation.exceptions import WebExceptions
from mailward.checks.web_reputation.explanation import WebQuestion
from mailward.checks.web_reputation.listing import WebDnsLists, asked_name
from mailward.checks.web_reputation.settings import WebDnsList, WebReputationSettings
from mailward.checks.web_reputation.standing import Known, rated
from mailward.contract.check import Examination
from mailward.contract.finding import Threat
from mailward.contract.web_address import WebAddress
from mailward.egress.dns.lists import Listing
from mailward.engines.web_reputation.lists import LocalLists
from mailward.policy.snapshot import OrganizationPolicy, Policies

__all__ = [
    "Exceptions",
    "LocalLists",
    "WebDnsLists",
    "WebExceptions",
    "WebQuestion",
    "WebReputation",
    "compile_exceptions",
    "judged",
    "sick_lists",
    "wanted_lists",
    "write_health",
]

FEATURE_NAME = "web_reputation"

MAX_ASKED = 30
"""Names of one mail that DNS lists are asked about."""

sick_lists = store.sick_lists
write_health = store.write_health


async def compile_exceptions(connection: asyncpg.Connection, settings: WebReputationSettings) -> Exceptions:
    """Those of the organization that the connection is scoped to."""
    del settings  # they do not depend on them
    return Exceptions(await store.every(connection))


def judged(examination: Examination, settings: WebReputationSettings) -> Examination:
    """The examination with the reasons of its addresses, as the record of the mail keeps them."""
    found = judging.reasons(examination.web_addresses, settings)
    if not found or not settings.enabled:
        return examination
    reasons = {**examination.reasons, Threat.WEB_REPUTATION: found}
    return msgspec.structs.replace(examination, reasons=reasons)


class WebReputation:
    """Asks for all organizations. `dns_lists` are asked in the name of the feature."""

    def __init__(self, *, local: LocalLists, dns_lists: WebDnsLists) -> None:
        self._local = local
        self._dns_lists = dns_lists

    async def look_up(self, policy: OrganizationPolicy, examination: Examination) -> Examination:
        """The examination with each address's score as it stands after everybody was asked, and with the reasons."""
        settings = _settings(policy)
        if not settings.enabled or not examination.web_addresses:
            return examination
        answers = await self._ask(settings, examination.web_addresses, policy)
        known = Known(settings, _exceptions(policy), policy.domains, self._trouble(settings))
        addresses = tuple(self._rate(address, known, answers) for address in examination.web_addresses)
        return judged(msgspec.structs.replace(examination, web_addresses=addresses), settings)

    async def _ask(
        self, settings: WebReputationSettings, addresses: Sequence[WebAddress], policy: OrganizationPolicy
    ) -> Mapping[str, Listing[WebDnsList] | None]:
        """What the DNS lists say of each name; names beyond the limit are not in it."""
        if not settings.lists:
            return {}
        exceptions = _exceptions(policy)
        names = dict.fromkeys(
            name
            for address in addresses
            if (name := asked_name(address.host, policy.domains))
            and not exceptions.approving(address.url, address.host)
        )
        some = list(names)[:MAX_ASKED]
        found = await asyncio.gather(*(self._dns_lists.first(name, settings.lists) for name in some))
        return dict(zip(some, found, strict=True))

    def _trouble(self, settings: WebReputationSettings) -> str:
        """Which lists cannot be asked at this moment."""
        sick = [*self._dns_lists.unwell(settings.lists)]
        if local := self._local.troubled:
            sick.append(local)
        return f"these lists cannot be asked: {', '.join(sick)}" if sick else ""

    def _rate(self, address: WebAddress, known: Known, answers: Mapping[str, Listing[WebDnsList] | None]) -> WebAddress:
        if not address.host:
            return address
        listed = self._local.find(address.url, address.host)
        name = asked_name(address.host, known.own_domains) if known.settings.lists else ""
        late = f"more than {MAX_ASKED} names; DNS lists were not asked" if name and name not in answers else ""
        return rated(address, known, listed, answers.get(name), late=late)


def wanted_lists(policies: Policies) -> Iterable[tuple[WebDnsList, tuple[UUID, ...]]]:
    """Every DNS list that is switched on, with the organizations that ask it."""
    found: dict[WebDnsList, list[UUID]] = {}
    for policy in policies.current.organizations.values():
        settings = _settings(policy)
        for entry in settings.lists if settings.enabled else ():
            found.setdefault(entry, []).append(policy.id)
    return [(entry, tuple(organizations)) for entry, organizations in found.items()]


def _settings(policy: OrganizationPolicy) -> WebReputationSettings:
    settings = policy.settings[FEATURE_NAME]
    assert isinstance(settings, WebReputationSettings)
    return settings


def _exceptions(policy: OrganizationPolicy) -> Exceptions:
    exceptions = policy.compiled[FEATURE_NAME]
    assert isinstance(exceptions, Exceptions)
    return exceptions
