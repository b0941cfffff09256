# SPDX-License-Identifier: Apache-2.0
"""Who is paused, why, until when; and that bulk senders and old hands are left alone."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from mailward.checks.outbound.brake import Brake, Sender
from mailward.checks.outbound.counts import Counts, Key, What
from mailward.checks.outbound.settings import OutboundSettings
from mailward.checks.outbound.shapes import PauseReason
from mailward.contract.reply import TempFail

ANN = Sender(UUID(int=1), "ann@example.test")
NOON = 1_800_000_000 // 3600 * 3600.0
SETTINGS = OutboundSettings()


class Case:
    def __init__(self):
        self.counts = Counts()
        self.brake = Brake(self.counts)

    def ask(self, recipients: int, now: float = NOON, settings: OutboundSettings = SETTINGS) -> int:
        """How many of so many recipients were let through."""
        for number in range(recipients):
            try:
                self.brake.check(ANN, settings, now)
                self.counts.add(Key(ANN.organization, What.RECIPIENTS, ANN.address), now)
                self.brake.asked(ANN, settings, now)
            except TempFail as refused:
                self.refused = refused
                return number
        return recipients


@pytest.fixture
def case():
    return Case()


def test_a_burst_pauses_a_sender_without_history(case):
    assert case.ask(500) == 100
    assert (case.refused.reply.code, case.refused.reply.status) == (450, "4.7.1")
    assert "ann@example.test is paused" in case.refused.reply.text
    [paused] = case.brake.take()
    assert paused.reason is PauseReason.BURST
    assert "101 recipients within an hour; it never wrote to many before" in paused.why
    assert paused.until == datetime.fromtimestamp(NOON + 24 * 3600, UTC)


def test_history_makes_room_and_no_more(case):
    case.brake.usual = {ANN: 60}
    assert case.ask(1000) == 300
    assert "busiest hour in 30 days had 60" in case.brake.take()[0].why


def test_slow_is_no_burst_and_bulk_senders_are_free(case):
    assert sum(case.ask(40, NOON + 3600 * hour) for hour in range(5)) == 200
    free = msgspec.structs.replace(SETTINGS, bulk_senders=("ann@example.test",))
    assert case.ask(500, NOON + 36_000, free) == 500
    off = msgspec.structs.replace(SETTINGS, burst=0)
    assert case.ask(500, NOON + 72_000, off) == 500
    assert case.ask(500, NOON + 108_000, msgspec.structs.replace(SETTINGS, brake=False)) == 500


@pytest.mark.parametrize(
    ("blow", "most", "reason"),
    [("unwanted", 5, PauseReason.UNWANTED), ("unknown", 30, PauseReason.UNKNOWN)],
)
def test_bad_mail_and_unknown_recipients_pause(case, blow, most, reason):
    for _ in range(most - 1):
        getattr(case.brake, blow)(ANN, SETTINGS, NOON)
    assert case.ask(1) == 1
    getattr(case.brake, blow)(ANN, SETTINGS, NOON + 100)
    assert case.ask(1, NOON + 100) == 0
    getattr(case.brake, blow)(ANN, SETTINGS, NOON + 101)
    assert [paused.reason for paused in case.brake.take()] == [reason]
    assert "\n" not in case.refused.reply.text


def test_what_two_processes_saw_together_pauses_at_the_next_recipient(case):
    other = Case()
    for process, mails in ((case, 3), (other, 2)):
        for _ in range(mails):
            process.brake.unwanted(ANN, SETTINGS, NOON)
    taken = [*case.counts.take(), *other.counts.take()]
    case.counts.hear([taken[0]._replace(number=sum(count.number for count in taken))], NOON)
    assert case.ask(1) == 0
    assert case.brake.take()[0].reason is PauseReason.UNWANTED


def test_others_are_not_paused_with_it(case):
    case.ask(500)
    case.brake.check(Sender(ANN.organization, "bob@example.test"), SETTINGS, NOON)
    case.brake.check(Sender(UUID(int=2), ANN.address), SETTINGS, NOON)


def test_a_pause_ends_by_itself_and_starts_from_nothing(case):
    case.ask(500)
    assert case.ask(1, NOON + 24 * 3600 - 1) == 0
    assert case.ask(100, NOON + 24 * 3600) == 100


def test_a_lifted_pause_forgives_what_was_before(case):
    case.ask(500)
    [paused] = case.brake.take()
    case.brake.hear([paused])
    assert case.ask(1, NOON + 60) == 0
    lifted = msgspec.structs.replace(paused, lifted_at=datetime.fromtimestamp(NOON + 120, UTC))
    case.brake.hear([lifted])
    assert case.ask(50, NOON + 190) == 50
    assert case.ask(500, NOON + 191) == 50


def test_what_is_not_written_down_yet_holds(case):
    case.ask(500)
    case.brake.hear([])
    assert case.ask(1) == 0
    fresh = case.brake.take()
    case.brake.give_back(fresh)
    case.brake.hear([])
    assert case.ask(1) == 0
