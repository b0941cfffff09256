# SPDX-License-Identifier: Apache-2.0
"""From a score of 0 to 100 to what an organization does about it: the six levels, and the words for scores."""

import functools
import tomllib
from enum import StrEnum

from mailward.engines.antispam.service import Level

__all__ = ["BAR", "Band", "Level", "band", "expected"]

BAR: dict[Level, int] = {
    Level.LOWEST: 21,
    Level.LOW: 31,
    Level.MODERATELY_LOW: 41,
    Level.MODERATELY_HIGH: 51,
    Level.HIGH: 66,
    Level.HIGHEST: 81,
}
"""An address is caught if its score is below this, by level from the most conservative to the most aggressive."""


class Band(StrEnum):
    """How people say a score. `untested` is none of them: nobody could say."""

    SAFE = "safe"
    SUSPICIOUS = "suspicious"
    HIGHLY_SUSPICIOUS = "highly_suspicious"
    DANGEROUS = "dangerous"
    UNTESTED = "untested"


def band(score: int | None) -> Band:
    """The word for a score; None is untested."""
    if score is None:
        return Band.UNTESTED
    if score >= BAR[Level.HIGHEST]:
        return Band.SAFE
    if score >= BAR[Level.HIGH]:
        return Band.SUSPICIOUS
    return Band.HIGHLY_SUSPICIOUS if score >= BAR[Level.MODERATELY_HIGH] else Band.DANGEROUS


@functools.cache
def expected() -> dict[Level, float]:
    """The share of good mails with links that each level caught by their shape alone, as measured on sources left
    out of the training."""
    from mailward.engines.web_reputation.structure import DATA  # noqa: PLC0415 - its training reads the bars

    return {Level(name): share for name, share in tomllib.loads(DATA.read_text("utf-8"))["caught"].items()}
