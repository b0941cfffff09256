# SPDX-License-Identifier: Apache-2.0
"""What is known of an address, and what would become of a mail that holds it. Nothing is opened.

It asks the same functions as the mail path, of the database instead of the snapshot, and the DNS lists
anew: a list is tested before what it says counts. The address itself is read by the scan worker's own code.
"""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import msgspec

from mailward.checks.web_reputation import store
from mailward.checks.web_reputation.compiled import Exceptions
from mailward.checks.web_reputation.judging import is_bad
from mailward.checks.web_reputation.listing import WebDnsLists, asked_name
from mailward.checks.web_reputation.settings import WebDnsList, WebReputationSettings
from mailward.checks.web_reputation.shapes import (
    WebDnsAnswer,
    WebDnsListHealth,
    WebException,
    WebExceptionList,
    WebExplanation,
    WebLevel,
    WebLevels,
    WebLists,
    WebMark,
)
from mailward.checks.web_reputation.standing import Known, rated
from mailward.contract.dns import Resolvers
from mailward.contract.web_address import WebAddress, WebSource
from mailward.control.domains import service as domains
from mailward.egress.dns.lists import Listing
from mailward.egress.door import ON_BEHALF_OF
from mailward.engines.web_reputation import rating, structure
from mailward.engines.web_reputation.levels import BAR, Level, band, expected
from mailward.engines.web_reputation.lists import LocalLists
from mailward.kit.database import Database
from mailward.message.links import link
from mailward.policy.store import settings as chosen_settings

FreshDns = Callable[[], Resolvers]


class WebQuestion:
    """Answers for all organizations. `fresh_dns` makes resolvers that remember nothing."""

    def __init__(self, database: Database, *, local: LocalLists, fresh_dns: FreshDns) -> None:
        self._database = database
        self._local = local
        self._fresh_dns = fresh_dns

    async def explain(self, organization: UUID, text: str) -> WebExplanation:
        """Walk the order. Raises ValueError with a sentence for what is no web address."""
        made = link(text.strip(), place="text")
        if made is None:
            raise ValueError(f"{text[:60]!r} is no web address")
        address = rating.rate_one(made)
        async with self._database.scoped(organization) as connection:
            changed = (await chosen_settings(connection)).get("web_reputation", {})
            exceptions = Exceptions(await store.every(connection))
            own = {domain.name: domain for domain in await domains.every(connection) if domain.verified}
            found = await self._exception(connection, exceptions, address)
        settings = msgspec.convert(changed, WebReputationSettings)
        name = asked_name(address.host, own) if settings.enabled and settings.lists else ""
        dns = await self._dns(organization, name, settings.lists) if name else []
        sick = [*(answer.zone for answer in dns if answer.trouble), *filter(None, [self._local.troubled])]
        trouble = f"these lists cannot be asked: {', '.join(sick)}" if sick else ""
        by_dns = next(
            (Listing(entry, answer.code) for entry, answer in zip(settings.lists, dns, strict=False) if answer.code),
            None,
        )
        known = Known(settings, exceptions, own, trouble)
        listed = self._local.find(address.url, address.host) if address.host else ()
        after = rated(address, known, listed, by_dns) if address.host else address
        return _said(after, settings, name, found, dns)

    async def _exception(self, connection: object, exceptions: Exceptions, address: WebAddress) -> WebException | None:
        if entry := exceptions.approving(address.url, address.host):
            return await store.find(connection, WebExceptionList.APPROVED, entry)
        if word := exceptions.keyword(address.url):
            return await store.find(connection, WebExceptionList.KEYWORD, word)
        return None

    async def _dns(self, organization: UUID, name: str, asked: Sequence[WebDnsList]) -> list[WebDnsAnswer]:
        """Each list with its answer and its trouble, tested and asked just now."""
        ON_BEHALF_OF.set((organization,))
        lists = WebDnsLists(self._fresh_dns()("web_reputation"), lambda: [(entry, (organization,)) for entry in asked])
        await lists.test()
        troubles = {health.zone: health.why for health in lists.health}
        found = await asyncio.gather(*(lists.first(name, [entry]) for entry in asked))
        return [
            WebDnsAnswer(
                zone=entry.zone, code=one.code if one is not None else "", trouble=troubles.get(entry.zone, "")
            )
            for entry, one in zip(asked, found, strict=True)
        ]

    async def lists(self, organization: UUID) -> WebLists:
        """The lists of this node, and the organization's DNS lists at their last test."""
        async with self._database.scoped(organization) as connection:
            rows = await store.list_health(connection)
        local = await asyncio.to_thread(self._local.states)
        return WebLists(local=local, dns=[WebDnsListHealth(zone=zone, why=why, tested_at=at) for zone, why, at in rows])


def levels() -> WebLevels:
    """The six levels."""
    found = [WebLevel(level=level, bar=BAR[level], expected=expected()[level]) for level in Level]
    return WebLevels(items=found, trained=structure.model().trained)


def _said(
    address: WebAddress, settings: WebReputationSettings, name: str, exception: WebException | None,
    dns: list[WebDnsAnswer],
) -> WebExplanation:  # fmt: skip
    caught = settings.enabled and is_bad(address, settings)
    score = None if address.untested and not is_bad(address, settings) else address.score
    return WebExplanation(
        url=address.url, host=address.host, asked=name, enabled=settings.enabled, score=score, band=band(score),
        source=address.source, caught=caught, level=settings.level, bar=BAR[settings.level], untested=address.untested,
        listed=address.listed, category=address.category, exception=exception,
        marks=[
            WebMark(id=f"url_{mark}", text=structure.TEXTS[f"url_{mark}"], points=round(points, 1))
            for mark, points in address.marks
            if address.source is WebSource.SHAPE and round(points, 1) > 0
        ],
        dns=dns,
    )  # fmt: skip
