# SPDX-License-Identifier: Apache-2.0
"""The life of a key: it signs only after the DNS has shown it for long enough, and the old one until then."""

from datetime import timedelta

import msgspec

from mailward.disposition.dkim_signing.following import aged, followed, is_due, wants_successor
from mailward.disposition.dkim_signing.keys import Algorithm
from mailward.disposition.dkim_signing.settings import DkimSigningSettings
from mailward.disposition.dkim_signing.store import KeyRow, State
from mailward.disposition.dkim_signing.tests.rings import AT
from mailward.kit.ids import new_id

SETTINGS = DkimSigningSettings(wait_hours=3, retire_days=14, rotate_days=90)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def key(state=State.WAITING, **more):
    return KeyRow(
        organization_id=new_id(AT), id=new_id(AT), domain="example.test", selector="s", algorithm=Algorithm.RSA,
        bits=2048, public="p", state=state, created_at=AT, created_by="lee", **more,
    )  # fmt: skip


def test_a_key_signs_after_it_was_seen_for_the_whole_wait():
    seen = followed(key(), "", SETTINGS, AT)
    assert (seen.state, seen.seen_at) == (State.SEEN, AT)
    assert followed(seen, "", SETTINGS, AT + 2 * HOUR).state is State.SEEN
    active = followed(seen, "", SETTINGS, AT + 3 * HOUR)
    assert (active.state, active.active_at) == (State.ACTIVE, AT + 3 * HOUR)


def test_a_record_that_vanishes_starts_the_wait_anew_and_dead_dns_changes_nothing():
    seen = followed(key(), "", SETTINGS, AT)
    assert followed(seen, None, SETTINGS, AT + 9 * HOUR) == seen
    lost = followed(seen, "no key was found", SETTINGS, AT + HOUR)
    assert (lost.state, lost.seen_at, lost.problem) == (State.WAITING, None, "no key was found")
    again = followed(lost, "", SETTINGS, AT + 2 * HOUR)
    assert followed(again, "", SETTINGS, AT + 4 * HOUR).state is State.SEEN
    assert followed(again, "", SETTINGS, AT + 5 * HOUR).state is State.ACTIVE


def test_without_a_wait_it_signs_at_once():
    assert followed(key(), "", DkimSigningSettings(wait_hours=0), AT).state is State.ACTIVE


def test_the_old_key_signs_until_the_new_one_does_and_is_destroyed_later():
    old = key(State.ACTIVE, active_at=AT)
    young = key(State.SEEN, seen_at=AT)
    assert aged(old, [old, young], SETTINGS, AT + HOUR) == old
    live = msgspec.structs.replace(young, state=State.ACTIVE, active_at=AT + HOUR)
    retiring = aged(old, [old, live], SETTINGS, AT + HOUR)
    assert retiring.state is State.RETIRING
    assert aged(live, [old, live], SETTINGS, AT + HOUR) == live
    assert aged(retiring, [retiring, live], SETTINGS, AT + 13 * DAY).state is State.RETIRING
    assert aged(retiring, [retiring, live], SETTINGS, AT + 15 * DAY).state is State.RETIRED
    other = msgspec.structs.replace(live, algorithm=Algorithm.ED25519)
    assert aged(old, [old, other], SETTINGS, AT + HOUR) == old, "another kind of key stands beside it"


def test_a_successor_is_made_once_when_the_time_has_come():
    old = key(State.ACTIVE, active_at=AT)
    assert not wants_successor(old, [old], SETTINGS, AT + 89 * DAY)
    assert wants_successor(old, [old], SETTINGS, AT + 90 * DAY)
    assert not wants_successor(old, [old, key()], SETTINGS, AT + 90 * DAY)
    assert not wants_successor(old, [old], DkimSigningSettings(), AT + 900 * DAY)


def test_live_keys_are_looked_at_once_an_hour_and_awaited_ones_always():
    assert is_due(key(), AT)
    live = key(State.ACTIVE, checked_at=AT)
    assert not is_due(live, AT + HOUR / 2)
    assert is_due(live, AT + HOUR)
    assert not is_due(key(State.RETIRED), AT + 9 * DAY)
