# SPDX-License-Identifier: Apache-2.0
"""From what is known of each address to the reasons that a mail is caught for. Arithmetic only."""

from collections.abc import Iterable, Sequence

from mailward.checks.web_reputation.settings import WebReputationSettings
from mailward.contract.finding import CAUGHT_AT, MAX_EVIDENCE, Reason
from mailward.contract.web_address import WebAddress, WebSource
from mailward.engines.web_reputation.levels import BAR
from mailward.engines.web_reputation.structure import TEXTS

UNTESTED = "url_untested"
"""The reason that records an address about which somebody could not be asked."""

WORST = CAUGHT_AT + 5.0
"""Points for a score of 0, at the level that catches only that; `CAUGHT_AT` stands at the level's bar."""

_ALSO = 0.3
"""Points for each further bad address."""
_MAX_ALSO = 5
_MAX_MARKS = 5
_MAX_UNTESTED = 5
"""Addresses that are named of each kind."""

_LISTED = {
    "malware": "A web address is on a list of those that spread malware.",
    "phishing": "A web address is on a list of phishing pages.",
    "spam": "A web address is on a list of those that spam advertises.",
}


def is_bad(address: WebAddress, settings: WebReputationSettings) -> bool:
    """Whether the level catches it."""
    return address.score < BAR[settings.level]


def reasons(addresses: Iterable[WebAddress], settings: WebReputationSettings) -> tuple[Reason, ...]:
    """The reasons, the heaviest first; together they reach the bar if an address is bad, and weigh nothing if none
    is. The worst address has most to say; others are named."""
    known = list(addresses)
    bad = sorted((address for address in known if is_bad(address, settings)), key=_score)
    found: list[Reason] = []
    if bad:
        found += _of_worst(bad[0], settings)
        found += [_also(address) for address in bad[1 : 1 + _MAX_ALSO]]
    found += [_untested(address) for address in known if address.untested][:_MAX_UNTESTED]
    return tuple(found)


def _of_worst(address: WebAddress, settings: WebReputationSettings) -> Sequence[Reason]:
    bar = BAR[settings.level]
    whole = round(CAUGHT_AT + (WORST - CAUGHT_AT) * (bar - address.score) / bar, 1)
    if address.source is not WebSource.SHAPE:
        return [_listed(address, whole)]
    marks = [mark for mark in address.marks if mark[1] > 0][:_MAX_MARKS]
    total = sum(points for _, points in marks)
    shares = [round(whole * points / total, 1) for _, points in marks] if total else []
    if not shares:
        return [_reason("url_shape", "A web address looks like those of phishing pages.", whole, address)]
    shares[0] = round(shares[0] + whole - sum(shares), 1)
    return [
        _reason(f"url_{mark}", f"Web address: {TEXTS[f'url_{mark}']}", share, address)
        for (mark, _), share in zip(marks, shares, strict=True)
        if share
    ]


def _listed(address: WebAddress, weight: float) -> Reason:
    identifier = "url_dns_listed" if address.source is WebSource.DNS_LIST else "url_listed"
    return Reason(
        id=identifier, text=_LISTED.get(address.category, "A web address is on a list."), weight=weight,
        evidence=_quoted(f"{address.url} ({address.listed})"), place=_place(address),
    )  # fmt: skip


def _also(address: WebAddress) -> Reason:
    return _reason("url_also_bad", "Another web address in the mail is bad too.", _ALSO, address)


def _untested(address: WebAddress) -> Reason:
    evidence = f"{address.url}: {address.untested}" if address.url else address.untested
    return Reason(
        id=UNTESTED, text="A web address could not be tested.", weight=0.0, evidence=_quoted(evidence),
        place=_place(address),
    )  # fmt: skip


def _reason(identifier: str, text: str, weight: float, address: WebAddress) -> Reason:
    return Reason(id=identifier, text=text, weight=weight, evidence=_quoted(address.url), place=_place(address))


def _place(address: WebAddress) -> str:
    return f"link in {address.place}" if address.place not in {"", "mail"} else "mail"


def _quoted(text: str) -> str:
    return text if len(text) <= MAX_EVIDENCE else text[: MAX_EVIDENCE - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _score(address: WebAddress) -> int:
    return address.score
