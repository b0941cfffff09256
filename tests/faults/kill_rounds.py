# SPDX-License-Identifier: Apache-2.0
"""kill -9 of any process, again and again under load, and no acknowledged mail is lost.

ROUNDS=200, CLIENTS=20. One JSON line per round. The control is a relay that keeps mail in memory.
"""

import asyncio
import os
import random
import time
from typing import Protocol

import msgspec
from tests.faults.account import Account, draw, settle, show
from tests.faults.ledger import Ledger, Load, SmtpSource
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, acknowledges, running
from tests.product import Process, kill

ROUNDS = int(os.environ.get("ROUNDS", "200"))
CONTROL_ROUNDS = 6
CLIENTS = int(os.environ.get("CLIENTS", "20"))
SEED = int(os.environ.get("SEED", "20261124"))
WALL_SECONDS = float(os.environ.get("WALL_SECONDS", str(300 + 12 * ROUNDS)))
"""After this the killing ends, however many rounds are done, and the account is drawn."""
HASTY = 0.2
"""Share of the rounds in which the next kill comes before the last one is overcome."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One kill. `back` is how many seconds it took until another mail was acknowledged; -1 in the rounds
    that do not wait for it, so that some kills meet a recovery."""

    number: int
    victim: str
    back: float
    acknowledged: int


class Victim(Protocol):
    """What is being killed: the product, or the control."""

    smtp_port: int

    def answers(self, *, within: float) -> bool: ...
    def victims(self) -> list[Process]: ...
    async def recover(self, victim: Process) -> None: ...
    async def flush(self) -> int: ...


async def trial(name: str, target: Victim, sink: Sink, *, rounds: int, chance: random.Random) -> Account:
    """Load, kill, recover; then let everything come to rest and compare."""
    began = time.monotonic()
    ledger, victims, done, longest = Ledger(), dict[str, int](), 0, 0.0
    load = Load(ledger, port=target.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=chance.randrange(1 << 30))
    source = SmtpSource(port=target.smtp_port, recipient=RECIPIENT)
    async with load, source:
        for number in range(1, rounds + 1):
            if time.monotonic() - began > WALL_SECONDS:
                break
            await asyncio.sleep(chance.uniform(0.3, 2.0))
            victim = pick(target.victims(), chance)
            if victim is None or not kill(victim.pid):
                continue
            killed = time.monotonic()
            await target.recover(victim)
            back = -1.0
            if number == rounds or chance.random() > HASTY:
                await acknowledges(ledger)
                back = time.monotonic() - killed
            done, longest = done + 1, max(longest, back)
            victims[victim.role] = victims.get(victim.role, 0) + 1
            show(Round(number=number, victim=victim.role, back=round(back, 2), acknowledged=len(ledger.acknowledged)))
    waiting = await settle(target, ledger, sink)
    account = draw(name, ledger, sink, source=source, waiting=waiting)
    return account.with_facts(rounds=done, victims=victims, longest_back=round(longest, 2))


def pick(processes: list[Process], chance: random.Random) -> Process | None:
    """A role first, then one of its processes: so that the many database backends do not take every turn."""
    roles: dict[str, list[Process]] = {}
    for process in processes:
        roles.setdefault(process.role, []).append(process)
    return chance.choice(roles[chance.choice(sorted(roles))]) if roles else None


async def control() -> Account:
    """The memory relay: must be found losing mail."""
    chance = random.Random(SEED)
    async with Sink(seed=SEED) as sink:
        relay = Relay(Mistake.MEMORY, next_hop=sink.port)
        relay.start()
        try:
            return await trial("control: memory relay", relay, sink, rounds=CONTROL_ROUNDS, chance=chance)
        finally:
            relay.stop()


async def product() -> Account:
    """The real thing."""
    chance = random.Random(SEED + 1)
    async with Sink(seed=SEED) as sink, running(sink.port) as target:
        return await trial("mailward", target, sink, rounds=ROUNDS, chance=chance)
