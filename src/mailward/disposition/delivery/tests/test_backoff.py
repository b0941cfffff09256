# SPDX-License-Identifier: Apache-2.0
"""Patience grows, has an end, and is never the same for everybody."""

import itertools
import random
from datetime import timedelta

from mailward.disposition.delivery.backoff import LONGEST, SPREAD, wait


def test_the_wait_doubles_and_stays_below_its_limit():
    middle = [sum((wait(n, random.Random(seed)) for seed in range(200)), timedelta()) / 200 for n in range(12)]
    assert timedelta(seconds=55) < middle[0] < timedelta(seconds=65)
    assert all(later >= earlier * 0.97 for earlier, later in itertools.pairwise(middle))
    assert max(wait(99, random.Random(seed)) for seed in range(200)) <= LONGEST * (1 + SPREAD)


def test_a_crowd_does_not_come_back_together():
    waits = {wait(3, random.Random(seed)) for seed in range(100)}
    assert len(waits) > 90
