# SPDX-License-Identifier: Apache-2.0
"""One address after everybody was asked: approved, listed, listed in the DNS, or what its shape says."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from mailward.checks.web_reputation.compiled import Exceptions
from mailward.checks.web_reputation.listing import DNS_SCORES, SCORES
from mailward.checks.web_reputation.settings import WebDnsList, WebReputationSettings
from mailward.contract.web_address import WebAddress, WebSource
from mailward.egress.dns.lists import Listing
from mailward.engines.web_reputation import places
from mailward.engines.web_reputation.lists import Category, Listed


class Known(NamedTuple):
    """What an organization and this moment say of addresses in general."""

    settings: WebReputationSettings
    exceptions: Exceptions
    own_domains: Mapping[str, object]
    trouble: str


def rated(
    address: WebAddress, known: Known, listed: Sequence[Listed], by_dns: Listing[WebDnsList] | None, *, late: str = ""
) -> WebAddress:
    """One address after everybody was asked; the first who has something to say is believed. `late` says why the DNS
    lists were not asked about it, where they should have been."""
    if entry := known.exceptions.approving(address.url, address.host):
        return _settled(address, 100, WebSource.APPROVED, listed=entry)
    if worst := _worst(listed):
        return _settled(
            address, SCORES[worst.category], WebSource.LIST, listed=f"{worst.entry} on {worst.list}",
            category=worst.category,
        )  # fmt: skip
    if by_dns is not None:
        entry, category = f"{by_dns.by.zone} {by_dns.code}", by_dns.by.category
        return _settled(address, DNS_SCORES[category], WebSource.DNS_LIST, listed=entry, category=category)
    untested = "; ".join(filter(None, (address.untested, known.trouble, late)))
    return msgspec.structs.replace(_by_shape(address, known, listed), untested=untested)


def _by_shape(address: WebAddress, known: Known, listed: Sequence[Listed]) -> WebAddress:
    """Nobody names it as bad: its shape counts, unless something speaks for it."""
    if word := known.exceptions.keyword(address.url):
        return _settled(address, 100, WebSource.KEYWORD, listed=word)
    if listed:
        return _settled(
            address, 100, WebSource.LIST, listed=f"{listed[0].entry} on {listed[0].list}", category=Category.GOOD
        )
    host, domains = address.host, known.own_domains
    own = host in domains or (places.hosts(host)[-1] in domains)
    return msgspec.structs.replace(address, score=100, marks=()) if own or not known.settings.shape else address


def _settled(
    address: WebAddress, score: int, source: WebSource, *, listed: str, category: Category | None = None
) -> WebAddress:
    return msgspec.structs.replace(
        address, score=score, source=source, untested="", marks=(), listed=listed,
        category=category.value if category is not None else "",
    )  # fmt: skip


def _worst(listed: Iterable[Listed]) -> Listed | None:
    bad = [found for found in listed if found.category is not Category.GOOD]
    return min(bad, key=lambda found: SCORES[found.category], default=None)
