# SPDX-License-Identifier: Apache-2.0
"""What the checks ask of the engine's answer: does a class reach the level that an organization chose?"""

from enum import StrEnum
from typing import Annotated

import msgspec

from mailward.contract.check import View
from mailward.contract.data import DataItem
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


CatchRate = Annotated[
    Level,
    msgspec.Meta(
        title="Catch rate",
        description="From the most conservative (lowest: 8 points) to the most aggressive (highest: 3 points). The"
        " default catches at 5 points.",
    ),
]
"""The option that every check of the family has."""

SEEN = frozenset(
    {
        DataItem.SENDER_ADDRESS,
        DataItem.RECIPIENT_ADDRESS,
        DataItem.PERSON_NAME,
        DataItem.MESSAGE_ID,
        DataItem.SUBJECT,
        DataItem.HEADERS,
        DataItem.ENVELOPE,
        DataItem.URL,
        DataItem.ATTACHMENT_NAME,
        DataItem.VERDICT,
    }
)
"""What the engine looks at, as each check of the family declares it."""

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
