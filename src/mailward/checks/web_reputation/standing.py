# SPDX-License-Identifier: Apache-2.0
"""One address after everybody was asked: approved, listed, listed in the DNS, or what its shape says."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from mailward.checks.web_reputation.compiled import Exceptions
from mailward.checks.web_reputation.listing import DNS_SCORES, SCORES, asked_name
from mailward.checks.web_reputation.settings import WebDnsList, WebReputationSettings
from mailward.contract.web_address import WebAddress, WebSource
from mailward.egress.dns.lists import Listing
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
    """One address after everybody was asked; the first who has something to say is believed."""
    change = msgspec.structs.replace
    if entry := known.exceptions.approving(address.url, address.host):
        return change(address, score=100, source=WebSource.APPROVED, untested="", marks=(), listed=entry)
    if worst := _worst(listed):
        return change(
            address, score=SCORES[worst.category], source=WebSource.LIST, marks=(), category=worst.category.value,
            listed=f"{worst.entry} on {worst.list}",
        )  # fmt: skip
    if by_dns is not None:
        return change(
            address, score=DNS_SCORES[by_dns.by.category], source=WebSource.DNS_LIST, marks=(),
            category=by_dns.by.category.value, listed=f"{by_dns.by.zone} {by_dns.code}",
        )  # fmt: skip
    untested = "; ".join(filter(None, (address.untested, known.trouble, late)))
    if word := known.exceptions.keyword(address.url):
        return change(address, score=100, source=WebSource.KEYWORD, marks=(), listed=word, untested=untested)
    if any(found.category is Category.GOOD for found in listed):
        good = listed[0]
        return change(
            address, score=100, source=WebSource.LIST, marks=(), category=good.category.value, untested=untested,
            listed=f"{good.entry} on {good.list}",
        )  # fmt: skip
    own = asked_name(address.host, {}) in known.own_domains or address.host in known.own_domains
    if own or not known.settings.shape:
        return change(address, score=100, marks=(), untested=untested)
    return change(address, untested=untested)


def _worst(listed: Iterable[Listed]) -> Listed | None:
    bad = [found for found in listed if found.category is not Category.GOOD]
    return min(bad, key=lambda found: SCORES[found.category], default=None)
