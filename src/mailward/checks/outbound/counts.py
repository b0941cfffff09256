# SPDX-License-Identifier: Apache-2.0
"""How much left in the last hour, counted by the minute in memory and summed over all processes.

Each process adds what is new to one small table every few seconds, and takes over what the others added.
Nothing here waits while a peer does; between two rounds a process knows its own counts exactly and those
of the others as of the round before.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

MINUTE = 60
REACH = 3600
"""Seconds that can be looked back."""
MAX_KEYS = 200_000
"""Keys counted at once; beyond that those that were begun first are forgotten."""


class What(StrEnum):
    """What is counted. All but `ADDRESS`, `ORGANIZATION` and `NOTICES` are counted by sender."""

    ADDRESS = "address"
    ORGANIZATION = "organization"
    NOTICES = "notices"
    RECIPIENTS = "recipients"
    UNWANTED = "unwanted"
    UNKNOWN = "unknown"


class Key(NamedTuple):
    """Whose count it is: `who` is an address or a sender, or empty."""

    organization: UUID
    what: What
    who: str


class Count(NamedTuple):
    """So many in the minute that begins at `minute`."""

    key: Key
    minute: datetime
    number: int


class Counts:
    """The counts of this process. Times are seconds since 1970, the same for all processes."""

    def __init__(self) -> None:
        self._minutes: dict[Key, dict[int, int]] = {}
        self._fresh: dict[tuple[Key, int], int] = {}

    def __len__(self) -> int:
        return len(self._minutes)

    def add(self, key: Key, now: float, amount: int = 1) -> None:
        """So many more, now."""
        minute = int(now // MINUTE)
        self._set(key, minute, self._minutes.get(key, {}).get(minute, 0) + amount)
        self._fresh[key, minute] = self._fresh.get((key, minute), 0) + amount

    def within(self, key: Key, seconds: float, now: float, *, since: float = 0.0) -> float:
        """How many in the last `seconds` (at most `REACH`), without what came up to the minute of `since`. The
        oldest minute counts for the part of it that is within reach."""
        minutes = self._minutes.get(key)
        if not minutes:
            return 0.0
        start = (now - seconds) / MINUTE
        if since and since / MINUTE >= start:
            return float(sum(count for minute, count in minutes.items() if minute > since // MINUTE))
        first = int(start)
        whole = sum(count for minute, count in minutes.items() if minute > first)
        return whole + minutes.get(first, 0) * (1 - (start - first))

    def take(self) -> list[Count]:
        """What is not shared yet; the caller shares it, or gives it back."""
        fresh, self._fresh = self._fresh, {}
        return [Count(key, _time(minute), count) for (key, minute), count in fresh.items()]

    def give_back(self, counts: Iterable[Count]) -> None:
        """They could not be shared."""
        for key, minute, count in counts:
            place = (key, _number(minute))
            self._fresh[place] = self._fresh.get(place, 0) + count

    def hear(self, counts: Iterable[Count], now: float) -> None:
        """The sums over all processes, without what is not shared yet."""
        oldest = int((now - REACH) // MINUTE)
        for key, at, count in counts:
            minute = _number(at)
            if minute >= oldest:
                self._set(key, minute, count + self._fresh.get((key, minute), 0))

    def _set(self, key: Key, minute: int, count: int) -> None:
        minutes = self._minutes.get(key)
        if minutes is None:
            minutes = self._minutes[key] = {}
            if len(self._minutes) > MAX_KEYS:
                self._forget()
        elif minute not in minutes and len(minutes) > REACH // MINUTE:
            for old in [number for number in minutes if number < minute - REACH // MINUTE]:
                del minutes[old]
        minutes[minute] = count

    def _forget(self) -> None:
        """A tenth at once, so that it is rarely needed; what was begun first comes first in a dict."""
        for key in list(self._minutes)[: MAX_KEYS // 10]:
            del self._minutes[key]


def _time(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * MINUTE, UTC)


def _number(at: datetime) -> int:
    return int(at.timestamp() // MINUTE)
