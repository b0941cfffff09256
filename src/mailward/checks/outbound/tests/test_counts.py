# SPDX-License-Identifier: Apache-2.0
"""Counts by the minute: sliding, summed over processes, bounded."""

from uuid import UUID

import pytest

from mailward.checks.outbound import counts
from mailward.checks.outbound.counts import Count, Counts, Key, What

US = UUID(int=1)
KEY = Key(US, What.RECIPIENTS, "ann@example.test")
NOON = 1_800_000_000 // 3600 * 3600.0


def test_what_is_out_of_reach_does_not_count_and_the_oldest_minute_counts_in_part():
    counted = Counts()
    counted.add(KEY, NOON, 60)
    counted.add(KEY, NOON + 120, 5)
    assert counted.within(KEY, 300, NOON + 120) == 65
    assert counted.within(KEY, 120, NOON + 150) == pytest.approx(35)
    assert counted.within(KEY, 60, NOON + 170) == pytest.approx(5)
    assert counted.within(KEY, 3600, NOON + 3800) == 0
    assert counted.within(Key(US, What.UNKNOWN, "ann@example.test"), 300, NOON) == 0


def test_what_came_before_a_lift_is_forgiven():
    counted = Counts()
    counted.add(KEY, NOON, 100)
    counted.add(KEY, NOON + 61, 3)
    assert counted.within(KEY, 3600, NOON + 70, since=NOON + 30) == 3
    assert counted.within(KEY, 3600, NOON + 70, since=NOON - 9000) == 103


def test_processes_hear_each_other_and_nothing_counts_twice():
    one, two = Counts(), Counts()
    one.add(KEY, NOON, 7)
    two.add(KEY, NOON, 4)
    shared = {count.minute: count.number for count in one.take()}
    for count in two.take():
        shared[count.minute] += count.number
    sums = [Count(KEY, minute, number) for minute, number in shared.items()]
    one.add(KEY, NOON + 1)
    for process in (one, two):
        process.hear(sums, NOON + 2)
        process.hear(sums, NOON + 2)
    assert one.within(KEY, 300, NOON + 2) == 12
    assert two.within(KEY, 300, NOON + 2) == 11
    assert [count.number for count in one.take()] == [1]
    assert two.take() == []


def test_what_could_not_be_shared_is_shared_later():
    counted = Counts()
    counted.add(KEY, NOON, 2)
    taken = counted.take()
    counted.add(KEY, NOON, 3)
    counted.give_back(taken)
    assert [count.number for count in counted.take()] == [5]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(counts, "MAX_KEYS", 100)
    counted = Counts()
    for number in range(1000):
        counted.add(Key(US, What.RECIPIENTS, f"a{number}@example.test"), NOON)
    assert len(counted) <= 100
    for minute in range(500):
        counted.add(KEY, NOON + 60 * minute)
    assert len(counted._minutes[KEY]) <= 63
