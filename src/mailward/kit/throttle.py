# SPDX-License-Identifier: Apache-2.0
"""Slowing down who guesses: a bucket of attempts per account and per address, asked before any hash is computed.

The buckets live in the process: guessing through several web processes gets as many attempts as there
are processes.
"""

import math
from collections import OrderedDict

from mailward.kit.clock import Clock

MAX_BUCKETS = 10_000
"""Buckets remembered; beyond that the one that was used longest ago is forgotten."""


class Buckets:
    """Each key has `size` attempts and gets one more every `seconds`."""

    def __init__(self, clock: Clock, *, size: int, seconds: float) -> None:
        self._clock = clock
        self._size = size
        self._seconds = seconds
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """Use one attempt: 0, or the seconds to wait if there is none."""
        now = self._clock.monotonic()
        level, since = self._levels.pop(key, (float(self._size), now))
        level = min(self._size, level + (now - since) / self._seconds)
        granted = level >= 1
        self._levels[key] = (level - granted, now)
        if len(self._levels) > MAX_BUCKETS:
            self._levels.popitem(last=False)
        return 0 if granted else math.ceil((1 - level) * self._seconds)

    def forgive(self, key: str) -> None:
        """Give one attempt back: it was the right one."""
        if key in self._levels:
            level, since = self._levels[key]
            self._levels[key] = (min(float(self._size), level + 1), since)
