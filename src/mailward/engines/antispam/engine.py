# SPDX-License-Identifier: Apache-2.0
"""The engine's door: a reading and its facts in, the reasons of each class of threat out.

Pure: no network, no clock, no file but the lists read at start. The reasons of a class add up to its
points (`contract.finding.points`); at `CAUGHT_AT` the class is caught, and `probability` is what people
are shown.
"""

import math

from mailward.contract.check import Facts
from mailward.contract.finding import CAUGHT_AT, Reason, Threat, points
from mailward.engines.antispam import (
    attachments,
    bec,
    bulk,
    calm,
    identity,
    links,
    lures,
    pages,
    phrases,
    routing,
    structure,
)
from mailward.engines.antispam.signal import Seen, Signal
from mailward.engines.antispam.survey import Survey
from mailward.message.content import Reading

NAME = "antispam"
"""How failures and timings call this engine."""

CLASSES = (Threat.PHISHING, Threat.BEC, Threat.SOCIAL_ENGINEERING, Threat.SPAM, Threat.GRAYMAIL)
"""The classes that it speaks about; malware is for others."""

SIGNALS: tuple[Signal, ...] = (
    *identity.SIGNALS,
    *links.SIGNALS,
    *pages.SIGNALS,
    *structure.SIGNALS,
    *routing.SIGNALS,
    *attachments.SIGNALS,
    *lures.SIGNALS,
    *bec.SIGNALS,
    *bulk.SIGNALS,
    *calm.SIGNALS,
)
"""Every signal there is. A new one is one entry in its family's table, and one case."""


def signals(reading: Reading, facts: Facts) -> dict[Threat, tuple[Reason, ...]]:
    """The reasons of each class that has any, those that raise first, the heaviest first."""
    found: dict[Threat, list[Reason]] = {}
    for number, seen in spoken(reading, facts):
        for threat in SIGNALS[number].weights:
            found.setdefault(threat, []).append(SIGNALS[number].reason(threat, seen))
    _worse_than_bulk(found)
    return {threat: tuple(sorted(found[threat], key=_heaviest_first)) for threat in CLASSES if threat in found}


def spoken(reading: Reading, facts: Facts) -> list[tuple[int, Seen]]:
    """The numbers of the signals that have something to say, with what they saw; weights apart."""
    survey = Survey(reading, facts)
    return [(number, seen) for number, signal in enumerate(SIGNALS) if (seen := signal.look(survey)) is not None]


def _worse_than_bulk(found: dict[Threat, list[Reason]]) -> None:
    """A mail that is caught as harmful is not excused by also being bulk: graymail then stays below it."""
    worst = max(
        (points(tuple(reasons)) for threat, reasons in found.items() if threat is not Threat.GRAYMAIL), default=0.0
    )
    bulk = points(tuple(found.get(Threat.GRAYMAIL, ())))
    if worst >= CAUGHT_AT and bulk >= min(worst, CAUGHT_AT):
        text = "What else is wrong with the mail weighs more than that it is bulk."
        weight = round(CAUGHT_AT - 1 - bulk, 1)
        found[Threat.GRAYMAIL].append(Reason(id="bulk_but_harmful", text=text, weight=weight))


def probability(reasons: tuple[Reason, ...]) -> float:
    """How sure the engine is of a class, 0 to 1: 0.5 at the points at which it is caught."""
    return 1 / (1 + math.exp(CAUGHT_AT - points(reasons)))


def load() -> None:
    """Read the lists and build the search, so that worker processes share what is loaded before they fork."""
    phrases.search("")


def _heaviest_first(reason: Reason) -> float:
    return -reason.weight
