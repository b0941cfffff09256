# SPDX-License-Identifier: Apache-2.0
"""A dead server costs one mail a try now and then, not every mail."""

import random

from mailward.disposition.delivery.client import Destination
from mailward.disposition.delivery.servers import FIRST_REST, LONGEST_REST, SPREAD, Servers

ONE, TWO = Destination(host="one.test"), Destination(host="two.test")


class Time:
    now = 0.0

    def __call__(self):
        return self.now


def servers():
    time = Time()
    return time, Servers(monotonic=time, chance=random.Random(4))


def test_a_server_that_failed_is_asked_last_until_its_rest_is_over_and_then_by_one_mail():
    time, known = servers()
    assert known.in_order([ONE, TWO]) == [ONE, TWO]
    known.fails(ONE)
    assert known.in_order([ONE, TWO]) == [TWO, ONE]
    time.now += FIRST_REST * (1 + SPREAD)
    assert [known.in_order([ONE, TWO])[0] for _ in range(3)] == [ONE, TWO, TWO]
    known.works(ONE)
    assert known.in_order([ONE, TWO]) == [ONE, TWO]


def test_a_crowd_that_fails_together_counts_once_and_rests_grow():
    time, known = servers()
    for _ in range(20):
        known.fails(ONE)
    rests = []
    for _ in range(9):
        began = time.now
        while known.in_order([ONE, TWO])[0] is not ONE:
            time.now += 1.0
        rests.append(time.now - began)
        known.fails(ONE)
    assert rests[0] <= FIRST_REST * (1 + SPREAD) + 1
    assert rests[1] > FIRST_REST
    assert LONGEST_REST * (1 - SPREAD) <= rests[-1] <= LONGEST_REST * (1 + SPREAD) + 1


def test_when_all_rest_the_soonest_is_tried_first():
    time, known = servers()
    known.fails(ONE)
    time.now += 2
    known.fails(TWO)
    assert known.in_order([TWO, ONE]) == [ONE, TWO]
