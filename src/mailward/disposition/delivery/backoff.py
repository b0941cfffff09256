# SPDX-License-Identifier: Apache-2.0
"""When to try again: soon at first, then ever more patiently, never all at once."""

import random
from datetime import timedelta

FIRST = timedelta(seconds=60)
LONGEST = timedelta(seconds=4000)
SPREAD = 0.2
"""Share of the wait that is left to chance, so that a crowd does not come back together."""


def wait(attempts: int, chance: random.Random) -> timedelta:
    """The wait after `attempts` failed attempts: 1, 2, 4 ... minutes, at most about 67, plus or minus a fifth."""
    plain = min(LONGEST, FIRST * (1 << min(attempts, 10)))
    return plain * (1 + SPREAD * (2 * chance.random() - 1))
