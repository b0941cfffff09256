# SPDX-License-Identifier: Apache-2.0
"""Sliding windows for very many keys: two counters each, and no list of times.

The count of the last `seconds` is this window's count and as much of the window before as still lies
within reach. It is exact where traffic is even, and never off by more than one window before.
"""

from collections.abc import Hashable

MAX_KEYS = 200_000
"""Keys counted at once; beyond that those that were begun first are forgotten."""


class Windows:
    """Counters by key. Time is handed in, in seconds that never run backwards."""

    def __init__(self, *, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._counters: dict[Hashable, tuple[int, int, int]] = {}

    def __len__(self) -> int:
        return len(self._counters)

    def count(self, key: Hashable, seconds: int, now: float) -> float:
        """How many were added in the last `seconds`."""
        number = int(now // seconds)
        window, current, before = self._counters.get(key, (number, 0, 0))
        if window == number - 1:
            current, before = 0, current
        elif window != number:
            return 0.0
        return current + before * (1 - now % seconds / seconds)

    def add(self, key: Hashable, seconds: int, now: float) -> None:
        """One more."""
        number = int(now // seconds)
        window, current, before = self._counters.pop(key, (number, 0, 0))
        if window == number - 1:
            current, before = 0, current
        elif window != number:
            current, before = 0, 0
        self._counters[key] = (number, current + 1, before)
        if len(self._counters) > self._max_keys:
            for old in list(self._counters)[: self._max_keys // 10]:
                del self._counters[old]
