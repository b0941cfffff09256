# SPDX-License-Identifier: Apache-2.0
"""The web addresses of a mail, each rated by its shape, in a scan worker: no network, no lists, no clock.

What cannot be rated is kept and named: addresses beyond the limit, those that open no host, and what
the reader of the mail left out.
"""

from collections.abc import Iterable

from mailward.contract.mail import Link
from mailward.contract.web_address import WebAddress
from mailward.engines.antispam.target import Target, read
from mailward.engines.web_reputation import structure
from mailward.message.content import Reading
from mailward.message.limits import MAX_URL

NAME = "web_reputation"
"""How failures and timings call this engine."""

MAX_RATED = 200
"""Addresses of one mail that are rated; those that a reader may click come first."""

_BLINDING = {"links": "the mail has more web addresses than are read", "text": "the text is longer than is searched"}
"""Caps of the reader whose hitting means that addresses may have gone unseen."""


def rate(reading: Reading) -> tuple[WebAddress, ...]:
    """Every address once; one more for each limit that was hit, with `untested` and no host."""
    targets = _distinct(reading.links)
    rated = [_rate(target) for target in targets[:MAX_RATED]]
    more = len(targets) - len(rated)
    if more:
        first = targets[MAX_RATED]
        rated.append(_unseen(first.url, first.place, f"{more} more than the {MAX_RATED} web addresses that are rated"))
    rated.extend(_unseen("", "mail", why) for limit, why in _BLINDING.items() if limit in reading.limits)
    return tuple(rated)


def rate_one(link: Link) -> WebAddress:
    """An address that somebody asks about."""
    return _rate(read(link))


def load() -> None:
    """Read the model, so that worker processes share what is loaded before they fork."""
    structure.model()


def _distinct(links: Iterable[Link]) -> list[Target]:
    found: dict[str, Target] = {}
    for link in links:
        target = read(link)
        if not target.host and not target.followed:
            continue  # a picture that the mail brings with it
        known = found.get(target.url)
        if known is None or (target.followed and not known.followed):
            found[target.url] = target
    return sorted(found.values(), key=_not_clickable)


def _not_clickable(target: Target) -> bool:
    return not target.followed


def _rate(target: Target) -> WebAddress:
    place = target.link.place
    if not target.host:
        return _unseen(target.url, place, "it opens no host that anybody could be asked about")
    if len(target.url) >= MAX_URL:
        return WebAddress(
            url=target.url, host=target.host, place=place, untested=f"it is longer than {MAX_URL} characters"
        )
    if not target.followed:
        return WebAddress(url=target.url, host=target.host, place=place)
    opinion = structure.rate(target)
    return WebAddress(url=target.url, host=target.host, place=place, score=opinion.score, marks=opinion.marks)


def _unseen(url: str, place: str, why: str) -> WebAddress:
    return WebAddress(url=url, host="", place=place, untested=why)
