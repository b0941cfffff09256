# SPDX-License-Identifier: Apache-2.0
"""The life of a key, step by step: what its record in the DNS and the clock make of it. No look-up, no writing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from mailward.disposition.dkim_signing.settings import DkimSigningSettings
from mailward.disposition.dkim_signing.store import KeyRow, State

LIVE = timedelta(hours=1)
"""How often the record of a key that signs is looked at; one that is awaited is looked at every time."""


def is_due(key: KeyRow, at: datetime) -> bool:
    """Whether the record is to be looked at now."""
    if key.state in (State.WAITING, State.SEEN):
        return True
    return key.state is not State.RETIRED and (key.checked_at is None or at - key.checked_at >= LIVE)


def followed(key: KeyRow, problem: str | None, settings: DkimSigningSettings, at: datetime) -> KeyRow:
    """The key after a look at its record: `problem` is empty if it is right, None if DNS did not answer.

    Trouble with DNS changes nothing; a record that vanished or differs starts the wait anew.
    """
    if problem is None:
        return key
    looked = msgspec.structs.replace(key, checked_at=at, problem=problem)
    if key.state is State.WAITING and not problem:
        looked = msgspec.structs.replace(looked, state=State.SEEN, seen_at=at)
    elif key.state is State.SEEN and problem:
        looked = msgspec.structs.replace(looked, state=State.WAITING, seen_at=None)
    if looked.state is State.SEEN and looked.seen_at is not None and ready_at(looked, settings) <= at:
        return msgspec.structs.replace(looked, state=State.ACTIVE, active_at=at)
    return looked


def ready_at(key: KeyRow, settings: DkimSigningSettings) -> datetime:
    """When a key whose record was seen may sign."""
    assert key.seen_at is not None
    return key.seen_at + timedelta(hours=settings.wait_hours)


def aged(key: KeyRow, keys: Sequence[KeyRow], settings: DkimSigningSettings, at: datetime) -> KeyRow:
    """The key after a look at the clock and at its younger siblings: replaced, then retired."""
    if key.state is State.ACTIVE and any(_replaces(other, key) for other in keys):
        return msgspec.structs.replace(key, state=State.RETIRING, retiring_at=at)
    if (
        key.state is State.RETIRING
        and key.retiring_at is not None
        and at - key.retiring_at >= timedelta(days=settings.retire_days)
    ):
        return msgspec.structs.replace(key, state=State.RETIRED, retired_at=at, problem="")
    return key


def wants_successor(key: KeyRow, keys: Sequence[KeyRow], settings: DkimSigningSettings, at: datetime) -> bool:
    """Whether it is time to make the key that replaces this one."""
    if key.state is not State.ACTIVE or not settings.rotate_days or key.active_at is None:
        return False
    if at - key.active_at < timedelta(days=settings.rotate_days):
        return False
    return not any(_same_kind(other, key) and other.state in (State.WAITING, State.SEEN) for other in keys)


def _replaces(other: KeyRow, key: KeyRow) -> bool:
    return (
        _same_kind(other, key) and other.state is State.ACTIVE and (other.active_at, other.id) > (key.active_at, key.id)
    )


def _same_kind(other: KeyRow, key: KeyRow) -> bool:
    return other.id != key.id and (other.domain, other.algorithm) == (key.domain, key.algorithm)
