# SPDX-License-Identifier: Apache-2.0
"""The four steps, what an approval is worth, and a million entries."""

import time

import pytest

from mailward.checks.sender_filter.compiled import Members, SenderLists, Standing
from mailward.checks.sender_filter.service import approval, blocked_author, standing
from mailward.checks.sender_filter.settings import SenderFilterSettings, Skippable
from policies import organization

LEE = "lee@example.test"
ANN = "ann@sender.test"


def lists(*, blocked=(), approved=(), unproved=()):
    return SenderLists(blocked=Members(blocked), approved=Members([*approved, *unproved]), unproved=Members(unproved))


def policy(compiled, **settings):
    return organization({"sender_filter": SenderFilterSettings(**settings)}, {"sender_filter": compiled})


@pytest.mark.parametrize(
    ("blocked", "approved", "expected"),
    [
        ((), (), Standing.UNKNOWN),
        ([(LEE, ANN)], [("", ANN)], Standing.BLOCKED),
        ([("", "*@sender.test")], [(LEE, ANN)], Standing.BLOCKED),
        ([("example.test", "ann@*")], [(LEE, ANN)], Standing.BLOCKED),
        ((), [(LEE, ANN)], Standing.APPROVED),
        ((), [("example.test", "*@sender.test")], Standing.APPROVED),
        ((), [("", "*@sender.test")], Standing.APPROVED),
        ([("sam@example.test", ANN)], [("", ANN)], Standing.APPROVED),
        ([("other.test", ANN)], (), Standing.UNKNOWN),
    ],
)
def test_the_four_steps(blocked, approved, expected):
    assert lists(blocked=blocked, approved=approved).standing(ANN, "LEE@example.test") is expected


def test_switched_off_nobody_is_blocked_or_approved():
    compiled = lists(blocked=[("", ANN)])
    assert standing(policy(compiled), ANN, LEE) is Standing.BLOCKED
    assert standing(policy(compiled, enabled=False), ANN, LEE) is Standing.UNKNOWN


def approve(compiled, *, proved=(), authors=(ANN,), sender=ANN, **settings):
    return approval(
        policy(compiled, **settings), sender=sender, authors=authors, recipient=LEE, proved=set(proved).__contains__
    )


def test_an_approval_counts_only_where_the_sender_is_proved():
    compiled = lists(approved=[("", ANN)])
    assert approve(compiled) is None
    assert approve(compiled, proved=[ANN]).by == "envelope-sender"


def test_unless_its_entry_says_otherwise():
    assert approve(lists(unproved=[("", ANN)])).by == "envelope-sender"


def test_from_is_looked_at_where_that_is_wished_and_it_names_one_author():
    compiled = lists(approved=[("", ANN)])
    bounce = "bounce@list.test"
    assert approve(compiled, proved=[ANN], sender=bounce).by == "header-sender"
    assert approve(compiled, proved=[ANN], sender=bounce, match_header=False) is None
    assert approve(compiled, proved=[ANN], sender=bounce, authors=(ANN, "eve@evil.test")) is None


def test_what_is_skipped_is_a_setting_and_never_the_virus_scan():
    assert "virus" not in list(Skippable)
    found = approve(lists(unproved=[("", ANN)]), skips=(Skippable.BEC,), mark_approved=True)
    assert (found.skips, found.marked) == (frozenset({"bec"}), True)


def test_any_author_that_is_blocked_counts():
    compiled = lists(blocked=[(LEE, "*@evil.test")])
    assert blocked_author(policy(compiled), (ANN, "eve@evil.test"), LEE) == "eve@evil.test"
    assert blocked_author(policy(compiled), (ANN,), LEE) == ""
    assert blocked_author(policy(compiled, match_header=False), ("eve@evil.test",), LEE) == ""


def test_a_million_entries_are_held_and_asked_quickly():
    compiled = lists(blocked=((("", f"user{number}@domain{number % 5000}.test")) for number in range(1_000_000)))
    assert compiled.standing("user777777@domain2777.test", LEE) is Standing.BLOCKED
    assert compiled.standing("user777777@domain2778.test", LEE) is Standing.UNKNOWN
    senders = [f"ann{number}@sender{number}.test" for number in range(1000)]
    began = time.perf_counter()
    assert all(compiled.standing(sender, LEE) is Standing.UNKNOWN for sender in senders)
    assert (time.perf_counter() - began) / len(senders) < 0.002
