# SPDX-License-Identifier: Apache-2.0
"""Turns are fair: no organization and no destination keeps another one waiting."""

from uuid import UUID

from mailward.disposition.delivery.lanes import Lanes

A, B = UUID(int=1), UUID(int=2)


def lanes(most, share):
    begun = []
    return begun, Lanes(lambda lane, load: begun.append((*lane, load)), most=most, share=lambda: share)


def test_a_mountain_of_one_organization_does_not_stand_before_anothers_mail():
    begun, queue = lanes(most=2, share=2)
    for n in range(50):
        queue.put((A, "one.test"), n)
    queue.put((B, "two.test"), 0)
    queue.done((A, "one.test"))
    queue.done((A, "one.test"))
    assert begun[2:] == [(B, "two.test", 0), (A, "one.test", 2)] or begun[2:] == [
        (A, "one.test", 2),
        (B, "two.test", 0),
    ]


def test_a_destination_has_no_more_than_its_share_and_others_go_on():
    begun, queue = lanes(most=100, share=3)
    for n in range(10):
        queue.put((A, "slow.test"), n)
    queue.put((A, "quick.test"), 0)
    assert [load for _, destination, load in begun if destination == "slow.test"] == [0, 1, 2]
    assert (A, "quick.test", 0) in begun
    queue.done((A, "slow.test"))
    assert begun[-1] == (A, "slow.test", 3)


def test_a_lane_is_emptied_at_once_and_can_be_used_again():
    begun, queue = lanes(most=1, share=1)
    for n in range(4):
        queue.put((A, "one.test"), n)
    queue.put((B, "one.test"), 9)
    assert queue.withdraw((A, "one.test")) == [1, 2, 3]
    assert queue.withdraw((A, "other.test")) == queue.withdraw((UUID(int=3), "one.test")) == []
    queue.done((A, "one.test"))
    queue.put((A, "one.test"), 5)
    queue.done((B, "one.test"))
    assert begun == [(A, "one.test", 0), (B, "one.test", 9), (A, "one.test", 5)]


def test_within_a_destination_the_first_is_first_and_everything_has_its_turn():
    begun, queue = lanes(most=4, share=2)
    for n in range(30):
        for lane in ((A, "one.test"), (A, "two.test"), (B, "one.test")):
            queue.put(lane, n)
    ended = 0
    while ended < len(begun):
        queue.done(begun[ended][:2])
        ended += 1
    assert len(begun) == 90
    for lane in ((A, "one.test"), (A, "two.test"), (B, "one.test")):
        assert [load for *place, load in begun if tuple(place) == lane] == list(range(30))
