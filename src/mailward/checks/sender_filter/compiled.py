# SPDX-License-Identifier: Apache-2.0
"""An organization's sender lists in memory: up to a million entries, asked a few dozen times per recipient."""

from collections.abc import Iterable
from enum import Enum, auto

from mailward.checks.sender_filter.patterns import naming
from mailward.kit.hashed_set import HashedSet

SMALL = 20_000
"""Entries up to which plain strings are kept, which are asked faster; beyond, eight bytes for each."""

_BETWEEN = "\n"


class Standing(Enum):
    """How a sender stands with one recipient. `APPROVED` counts only if the sender is proved."""

    UNKNOWN = auto()
    BLOCKED = auto()
    APPROVED = auto()
    APPROVED_UNPROVED = auto()


class Members:
    """Pairs of a target and a pattern."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        targets: set[str] = set()
        words: list[str] = []
        for target, pattern in pairs:
            targets.add(target)
            words.append(f"{target}{_BETWEEN}{pattern}")
        self._targets = _set_of(targets)
        self._members = _set_of(words)

    def __len__(self) -> int:
        return len(self._members)

    def name(self, target: str, patterns: Iterable[str]) -> bool:
        """Whether one of the patterns is listed for the target."""
        return target in self._targets and any(f"{target}{_BETWEEN}{pattern}" in self._members for pattern in patterns)


class SenderLists:
    """The three lists; `unproved` holds those of the approved that need no proof."""

    def __init__(self, *, blocked: Members, approved: Members, unproved: Members) -> None:
        self._blocked = blocked
        self._approved = approved
        self._unproved = unproved
        self.empty = not blocked and not approved

    def standing(self, sender: str, recipient: str) -> Standing:
        """Blocked by the person, by domain or organization; approved by the person, by domain or organization:
        the first that holds."""
        patterns = () if self.empty else naming(sender)
        if not patterns:
            return Standing.UNKNOWN
        person = recipient.lower()
        targets = (person, person.rpartition("@")[2], "")
        if any(self._blocked.name(target, patterns) for target in targets):
            return Standing.BLOCKED
        if not any(self._approved.name(target, patterns) for target in targets):
            return Standing.UNKNOWN
        unproved = any(self._unproved.name(target, patterns) for target in targets)
        return Standing.APPROVED_UNPROVED if unproved else Standing.APPROVED


def _set_of(words: "set[str] | list[str]") -> frozenset[str] | HashedSet:
    return frozenset(words) if len(words) <= SMALL else HashedSet(words)
