# SPDX-License-Identifier: Apache-2.0
"""The trial itself is tried: it finds what a bad relay loses, and blames nobody who is good."""

import asyncio
import random

from tests.faults import account, kill_rounds
from tests.faults.kill_rounds import control, trial
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.product import Process


class Straight:
    """No relay at all: the load goes to the sink, and nothing is ever killed."""

    def __init__(self, sink):
        self.smtp_port = sink.port

    def victims(self):
        return []

    async def recover(self, victim):
        raise AssertionError(victim)

    async def flush(self):
        return 0


async def test_a_good_server_has_a_clean_account(monkeypatch):
    monkeypatch.setattr(kill_rounds, "CLIENTS", 4)
    async with Sink(seed=1, defer=0, abort=0, mute=0) as sink:
        found = await trial("straight", Straight(sink), sink, rounds=1, chance=random.Random(1))
    assert found.good
    assert found.acknowledged > 20
    assert found.delivered == found.acknowledged
    assert found.duplicates == found.ambiguous == 0
    assert found.batches > 0


async def test_the_memory_relay_is_found_out(monkeypatch):
    monkeypatch.setattr(kill_rounds, "CONTROL_ROUNDS", 3)
    monkeypatch.setattr(kill_rounds, "CLIENTS", 4)
    monkeypatch.setattr(account, "QUIET_SECONDS", 2.0)
    found = await control()
    assert found.facts["rounds"] == 3
    assert found.lost
    assert not found.good


async def test_what_was_altered_is_found():
    ledger = Ledger()
    async with Sink(seed=2, defer=0, abort=0, mute=0) as sink:
        async with Load(ledger, port=sink.port, clients=1, recipient="lee@example.test", seed=2):
            await asyncio.sleep(0.3)
        sink._note(b"X-Ledger: 0-1\r\n\r\nsomething else\r\n")

        found = account.draw("altered", ledger, sink)
    assert (found.altered, found.examples) == (1, ["0-1"])
    assert found.duplicates == 1
    assert not found.good


async def test_a_mute_sink_makes_ambiguous_not_lost():
    ledger = Ledger()
    async with (
        Sink(seed=3, defer=0, abort=0, mute=1) as sink,
        _load(ledger, sink),
    ):
        await asyncio.sleep(0.5)
    assert ledger.ambiguous
    assert not ledger.acknowledged
    assert ledger.ambiguous == sink.copies.keys()


async def test_a_deferring_sink_makes_refused():
    ledger = Ledger()
    async with (
        Sink(seed=4, defer=1, abort=0, mute=0) as sink,
        _load(ledger, sink),
    ):
        await asyncio.sleep(0.5)
    assert ledger.refused.keys() == {"451 4.3.0"}
    assert not ledger.acknowledged
    assert not sink.copies


async def test_the_relay_comes_back_on_its_port():
    async with Sink(seed=5) as sink:
        relay = Relay(Mistake.MEMORY, next_hop=sink.port)
        relay.start()
        try:
            (victim,) = relay.victims()
            assert isinstance(victim, Process)
            await relay.recover(_killed(victim))
            assert relay.answers()
            assert relay.victims()[0].pid != victim.pid
        finally:
            relay.stop()


def _load(ledger, sink):
    return Load(ledger, port=sink.port, clients=1, recipient="lee@example.test", seed=3)


def _killed(process):
    kill_rounds.kill(process.pid)
    return process
