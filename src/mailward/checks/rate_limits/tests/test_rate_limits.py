# SPDX-License-Identifier: Apache-2.0
"""Limits of each kind, the sliding window, guessing of addresses, and bounded memory."""

from datetime import UTC, datetime, timedelta

import pytest

from mailward.checks.rate_limits.service import RateLimits
from mailward.checks.rate_limits.settings import Rate, RateLimitSettings
from mailward.checks.rate_limits.windows import Windows
from mailward.contract.envelope import Connection
from mailward.contract.reply import TempFail
from mailward.kit.clock import HeldClock
from policies import organization

OFF = {"per_address": Rate(most=0), "per_recipient": Rate(most=0)}


class Bench:
    def __init__(self, **settings):
        self.clock = HeldClock(datetime(2026, 11, 23, 12, tzinfo=UTC))
        self.limits = RateLimits(self.clock)
        self.policy = organization({"rate_limits": RateLimitSettings(**{**OFF, **settings})})

    def mail(self, *, peer="192.0.2.1", sender="ann@sender.test", to="lee@example.test"):
        try:
            self.limits.count(self.policy, Connection(peer_ip=peer), sender, to)
        except TempFail as refused:
            return refused.reply.code, refused.reply.status, refused.reply.text
        return None

    def guess(self, peer="192.0.2.1"):
        try:
            self.limits.unknown_recipient(self.policy, Connection(peer_ip=peer))
        except TempFail as refused:
            return refused.reply.code
        return None

    def greet(self, peer="192.0.2.1"):
        try:
            self.limits.greet(Connection(peer_ip=peer))
        except TempFail as refused:
            return refused.reply.code
        return None

    def wait(self, seconds):
        self.clock.at += timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("limit", "another"),
    [
        ("per_address", {"peer": "192.0.2.2"}),
        ("per_sender", {"sender": "bob@sender.test"}),
        ("per_recipient", {"to": "sam@example.test"}),
    ],
)
def test_each_limit_counts_its_own(limit, another):
    bench = Bench(**{limit: Rate(most=3)})
    assert [bench.mail() for _ in range(3)] == [None] * 3
    code, status, text = bench.mail()
    assert (code, status) == (450, "4.7.1")
    assert "at most 3 within 60 seconds" in text
    assert bench.mail(**another) is None
    bench.wait(121)
    assert bench.mail() is None


def test_the_organization_has_one_count_for_all():
    bench = Bench(organization=Rate(most=2))
    assert bench.mail(peer="192.0.2.1", sender="a@x.test") is None
    assert bench.mail(peer="192.0.2.2", sender="b@x.test") is None
    assert bench.mail(peer="192.0.2.3", sender="c@x.test")[0] == 450


def test_what_was_refused_is_not_counted_so_a_keen_peer_gets_its_share():
    bench, taken = Bench(per_address=Rate(most=10, seconds=10)), 0
    for _ in range(1000):
        taken += bench.mail() is None
        bench.wait(0.1)
    assert 80 <= taken <= 110


def test_notices_have_no_sender_to_count_and_this_machine_is_not_limited():
    bench = Bench(per_sender=Rate(most=1), per_address=Rate(most=1))
    assert bench.mail(sender="", peer="127.0.0.1") is None
    assert bench.mail(sender="", peer="127.0.0.1") is None
    assert bench.mail(sender="", peer="192.0.2.1") is None


def test_an_ipv6_network_is_one_peer():
    bench = Bench(per_address=Rate(most=1))
    assert bench.mail(peer="2001:db8:1:2::1") is None
    assert bench.mail(peer="2001:db8:1:2::2")[0] == 450
    assert bench.mail(peer="2001:db8:1:3::2") is None


def test_switched_off_nothing_is_limited():
    bench = Bench(enabled=False, per_address=Rate(most=1), unknown_recipients=Rate(most=1))
    assert [bench.mail() for _ in range(5)] == [None] * 5
    assert [bench.guess() for _ in range(5)] == [None] * 5


def test_who_guesses_addresses_is_shut_out_for_a_while():
    bench = Bench(unknown_recipients=Rate(most=3, seconds=600), penalty_seconds=300)
    assert [bench.guess() for _ in range(4)] == [None, None, None, 421]
    assert bench.greet() == 421
    assert bench.greet("192.0.2.2") is None
    bench.wait(301)
    assert bench.greet() is None


def test_a_few_mistakes_over_a_long_time_are_no_guessing():
    bench = Bench(unknown_recipients=Rate(most=3, seconds=60))
    for _ in range(20):
        assert bench.guess() is None
        bench.wait(45)


def test_the_memory_is_bounded():
    windows = Windows(max_keys=100)
    for number in range(1000):
        windows.add(number, 60, 0.0)
    assert len(windows) <= 100
    assert windows.count(999, 60, 0.0) == 1


def test_the_window_slides():
    windows = Windows()
    for _ in range(10):
        windows.add("a", 60, 59.0)
    assert windows.count("a", 60, 60.0) == 10
    assert windows.count("a", 60, 90.0) == 5
    assert windows.count("a", 60, 120.0) == 0
