# SPDX-License-Identifier: Apache-2.0
"""Answers kept for as long as their owner allows, within bounds of time, number and memory."""

from collections.abc import Callable

from mailward.contract.dns import DnsTrouble, MailExchange, Tlsa
from mailward.egress.dns.answer import Answer, Value

MAX_ENTRIES = 50_000
MAX_BYTES = 32 * 1024 * 1024
MAX_SECONDS = 3600.0
"""An hour at most, so that a repaired record is seen within the day's work."""
MAX_VOID_SECONDS = 300.0
TROUBLE_SECONDS = 5.0
"""A failure is remembered briefly, so that a dead server is not hammered (RFC 9520)."""
_OVERHEAD = 200

Key = tuple[str, str]


class Cache:
    """Bounded, oldest out first. `clock` gives monotonic seconds."""

    def __init__(self, *, clock: Callable[[], float], max_bytes: int = MAX_BYTES) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._entries: dict[Key, tuple[float, int, Answer | DnsTrouble]] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Answer | DnsTrouble | None:
        """What is known about `key` (name, kind) and still fresh."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock():
            self._drop(key)
            return None
        return entry[2]

    def put(self, key: Key, known: Answer | DnsTrouble) -> None:
        """Remember `known` for its time to live; what may not be kept is not."""
        seconds = TROUBLE_SECONDS
        if isinstance(known, Answer):
            seconds = min(known.ttl, MAX_SECONDS if known.values else MAX_VOID_SECONDS)
        if seconds <= 0:
            return
        if key in self._entries:
            self._drop(key)
        size = _OVERHEAD + len(key[0]) + (sum(map(_size, known.values)) if isinstance(known, Answer) else 0)
        self._entries[key] = (self._clock() + seconds, size, known)
        self.bytes += size
        while self.bytes > self._max_bytes or len(self._entries) > MAX_ENTRIES:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        self.bytes -= self._entries.pop(key)[1]


def _size(value: Value) -> int:
    if isinstance(value, Tlsa):
        return 50 + len(value.data)
    return 50 + len(value.host if isinstance(value, MailExchange) else value)
