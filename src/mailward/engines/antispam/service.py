# SPDX-License-Identifier: Apache-2.0
"""What the checks ask of the engine's answer: does a class reach the level that an organization chose?"""

from enum import StrEnum

from mailward.contract.check import View
from mailward.contract.finding import CAUGHT_AT, Clear, Failed, Finding, Hit, Skipped, Threat, points
from mailward.engines.antispam.engine import NAME


class Level(StrEnum):
    """How readily a class is caught, from the most conservative to the most aggressive."""

    LOWEST = "lowest"
    LOW = "low"
    MODERATELY_LOW = "moderately_low"
    MODERATELY_HIGH = "moderately_high"
    HIGH = "high"
    HIGHEST = "highest"


BAR: dict[Level, float] = {
    Level.LOWEST: 8.0,
    Level.LOW: 6.5,
    Level.MODERATELY_LOW: CAUGHT_AT,
    Level.MODERATELY_HIGH: 4.2,
    Level.HIGH: 3.5,
    Level.HIGHEST: 3.0,
}
"""The points at which a class is caught, by level."""


def weigh(view: View, threat: Threat, *, enabled: bool, level: Level) -> Finding:
    """`Skipped` if switched off, `Failed` if the engine could not answer, `Hit` at the level's bar or
    above, else `Clear` with the reasons that stayed below."""
    if not enabled:
        return Skipped("switched off")
    if NAME in view.examination.failures:
        return Failed(view.examination.failures[NAME])
    reasons = view.examination.reasons.get(threat, ())
    return Hit(threat, reasons) if points(reasons) >= BAR[level] else Clear(reasons)
