# SPDX-License-Identifier: Apache-2.0
"""Why is this address refused? The order of evaluation, walked for one address with nobody waiting.

It asks the same functions as the mail path, of the database instead of the snapshot, and the DNS lists anew: a list is
tested before what it says counts.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from mailward.checks.ip_reputation import answers, store
from mailward.checks.ip_reputation.countries import Countries, by_country
from mailward.checks.ip_reputation.dns_lists import BlockLists, Listing
from mailward.checks.ip_reputation.dynamic import HALF_LIFE
from mailward.checks.ip_reputation.settings import DnsList, IpReputationSettings
from mailward.checks.ip_reputation.shapes import AddressEntry, AddressList, Penalty
from mailward.contract.dns import Resolvers
from mailward.contract.reply import Refused
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.networks import Address, is_behind_us, read_address, site
from mailward.policy.store import settings as chosen_settings

FreshDns = Callable[[], Resolvers]
_NEVER = 500


class AddressStep(StrEnum):
    """In the order in which they are asked; the first that matches decides."""

    APPROVED_ADDRESS = "approved_address"
    BLOCKED_ADDRESS = "blocked_address"
    APPROVED_COUNTRY = "approved_country"
    BLOCKED_COUNTRY = "blocked_country"
    DNS_LISTS = "dns_lists"
    EXPERIENCE = "experience"


class StepMeaning(StrEnum):
    """`unused`: there is nothing to ask here. `not_asked`: an earlier step decided."""

    DECIDES = "decides"
    PASSES = "passes"
    UNUSED = "unused"
    NOT_ASKED = "not_asked"


class AddressResult(StrEnum):
    """What becomes of mail from the address, as far as its address goes."""

    HEARD = "heard"
    REFUSED = "refused"
    DELAYED = "delayed"


class ListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one DNS list says of the address: the answer that means listed, or "". `trouble` if it cannot be asked."""

    zone: str
    code: str
    trouble: str


class AddressStepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the order."""

    step: AddressStep
    outcome: StepMeaning


class AddressExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """What decides on an address, and the answer that a peer would hear ("" if it is heard). `country` is "" where it
    is not known; `private` addresses are never asked about at lists and make no experience."""

    address: str
    enabled: bool
    private: bool
    country: str
    knows_countries: bool
    steps: list[AddressStepOutcome]
    result: AddressResult
    answer: str
    entry: AddressEntry | None
    lists: list[ListAnswer]
    experience: Penalty | None


class ListHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a DNS list was at its last test; `why` is "" if it was well."""

    zone: str
    why: str
    tested_at: datetime


class ListHealthPage(msgspec.Struct, frozen=True):
    """Every list that is switched on and was tested."""

    items: list[ListHealth]


class AddressQuestion:
    """Answers for all organizations. `fresh_dns` makes resolvers that remember nothing."""

    def __init__(self, database: Database, clock: Clock, *, countries: Countries | None, fresh_dns: FreshDns) -> None:
        self._database = database
        self._clock = clock
        self._countries = countries
        self._fresh_dns = fresh_dns

    async def explain(self, organization: UUID, text: str) -> AddressExplanation:
        """Walk the order. Raises ValueError with a sentence for what is no address."""
        address = read_address(text.strip())
        if address is None:
            raise ValueError(f"{text[:60]!r} is no IPv4 or IPv6 address")
        async with self._database.scoped(organization) as connection:
            changed = (await chosen_settings(connection)).get("ip_reputation", {})
            entries = await store.holding(connection, address)
            experience = await store.experience(connection, site(address))
        settings = msgspec.convert(changed, IpReputationSettings)
        private = is_behind_us(address)
        asked = settings.lists if settings.enabled and not private else ()
        lists = await self._lists(organization, address, asked)
        country = self._countries.country(address) if self._countries is not None else ""
        faded = self._faded(experience)
        walk = _Walk(
            address, settings, country, entries, lists, faded if settings.dynamic_level else None, private=private
        )
        refused = walk.run(self._clock.now())
        result = AddressResult.HEARD
        if refused is not None:
            result = AddressResult.DELAYED if refused.reply.code < _NEVER else AddressResult.REFUSED
        return AddressExplanation(
            address=str(address), enabled=settings.enabled, private=private, country=country,
            knows_countries=self._countries is not None, steps=walk.steps,
            result=result,
            answer=refused.reply.encode().decode().strip() if refused is not None else "", entry=walk.entry,
            lists=[ListAnswer(zone=entry.zone, code=code, trouble=trouble) for entry, code, trouble in lists],
            experience=faded,
        )  # fmt: skip

    async def health(self, organization: UUID) -> ListHealthPage:
        """How the organization's lists were at their last test."""
        async with self._database.scoped(organization) as connection:
            rows = await store.list_health(connection)
        return ListHealthPage([ListHealth(zone=zone, why=why, tested_at=at) for zone, why, at in rows])

    async def _lists(
        self, organization: UUID, address: Address, asked: Sequence[DnsList]
    ) -> list[tuple[DnsList, str, str]]:
        """Each list with its answer and its trouble, tested and asked just now."""
        if not asked:
            return []
        ON_BEHALF_OF.set((organization,))
        block_lists = BlockLists(
            self._fresh_dns()("ip_reputation"), lambda: [(entry, (organization,)) for entry in asked]
        )
        await block_lists.test()
        troubles = {health.zone: health.why for health in block_lists.health}
        found = await asyncio.gather(*(block_lists.listing(address, [entry]) for entry in asked))
        return [
            (entry, listing.code if listing is not None else "", troubles.get(entry.zone, ""))
            for entry, listing in zip(asked, found, strict=True)
        ]

    def _faded(self, found: Penalty | None) -> Penalty | None:
        if found is None:
            return None
        age = (self._clock.now() - found.updated_at).total_seconds()
        factor = math.exp2(-max(0.0, age) / HALF_LIFE)
        return msgspec.structs.replace(found, good=found.good * factor, bad=found.bad * factor)


class _Walk:
    """One address on its way through the order."""

    def __init__(
        self, address: Address, settings: IpReputationSettings, country: str, entries: Sequence[AddressEntry],
        lists: Sequence[tuple[DnsList, str, str]], experience: Penalty | None, *, private: bool,
    ) -> None:  # fmt: skip
        self._address, self._settings, self._country = address, settings, country
        self._entries, self._lists, self._experience, self._private = entries, lists, experience, private
        self.steps: list[AddressStepOutcome] = []
        self.entry: AddressEntry | None = None

    def run(self, now: datetime) -> Refused | None:
        """What is against the address, after all steps."""
        if not self._settings.enabled:
            self.steps = [AddressStepOutcome(step=step, outcome=StepMeaning.UNUSED) for step in AddressStep]
            return None
        refused: Refused | None = None
        decided = False
        for step in AddressStep:
            matches, said = (False, None) if decided else self._ask(step, now)
            outcome = StepMeaning.NOT_ASKED if decided else StepMeaning.DECIDES if matches else StepMeaning.PASSES
            if outcome is StepMeaning.PASSES and not self._is_used(step):
                outcome = StepMeaning.UNUSED
            if matches:
                decided, refused = True, said
            self.steps.append(AddressStepOutcome(step=step, outcome=outcome))
        return refused

    def _ask(self, step: AddressStep, now: datetime) -> tuple[bool, Refused | None]:
        """Whether the step matches, and with which answer."""
        if step in (AddressStep.APPROVED_ADDRESS, AddressStep.BLOCKED_ADDRESS):
            which = AddressList.APPROVED if step is AddressStep.APPROVED_ADDRESS else AddressList.BLOCKED
            self.entry = next((entry for entry in self._entries if entry.list is which), None)
            blocked = answers.blocked(self._address) if which is AddressList.BLOCKED else None
            return self.entry is not None, blocked
        if step in (AddressStep.APPROVED_COUNTRY, AddressStep.BLOCKED_COUNTRY):
            said = by_country(self._settings, self._country)
            approves = step is AddressStep.APPROVED_COUNTRY
            refused = None if approves else answers.country(self._address, self._country)
            return said is (AddressList.APPROVED if approves else AddressList.BLOCKED), refused
        if step is AddressStep.DNS_LISTS:
            first = next((Listing(entry, code) for entry, code, _ in self._lists if code), None)
            return first is not None, answers.listed(self._address, first) if first is not None else None
        wait = (self._experience.penalty_until - now).total_seconds() if self._experience else 0.0
        return wait > 0, answers.penalty(self._address, wait) if wait > 0 else None

    def _is_used(self, step: AddressStep) -> bool:
        """Whether there is anything that this step could find."""
        settings = self._settings
        return {
            AddressStep.APPROVED_ADDRESS: True,
            AddressStep.BLOCKED_ADDRESS: True,
            AddressStep.APPROVED_COUNTRY: bool(settings.approved_countries),
            AddressStep.BLOCKED_COUNTRY: bool(settings.blocked_countries),
            AddressStep.DNS_LISTS: bool(settings.lists) and not self._private,
            AddressStep.EXPERIENCE: settings.dynamic_level > 0 and not self._private,
        }[step]
