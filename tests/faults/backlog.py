# SPDX-License-Identifier: Apache-2.0
"""kill -9 with a long queue: the port answers again within five seconds, and everything arrives in the end.

MAILS=10000, BACKLOG_ROUNDS=50. The control keeps its queue in memory.
"""

import asyncio
import os
import random
import tempfile
import time
from pathlib import Path

from tests.faults.account import Account, draw, settle
from tests.faults.kill_rounds import SEED, Victim, pick
from tests.faults.ledger import Ledger, SmtpSource
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, running
from tests.ports import free_port
from tests.product import kill

MAILS = int(os.environ.get("MAILS", "10000"))
ROUNDS = int(os.environ.get("BACKLOG_ROUNDS", "50"))
ANSWER_SECONDS = 5.0
FILL_SECONDS = 1800.0


async def trial(name: str, target: Victim, next_hop: int, *, mails: int, rounds: int) -> Account:
    """Fill the queue while nobody is behind us, kill, then let somebody be there."""
    chance = random.Random(SEED)
    ledger, began = Ledger(), time.monotonic()
    source = SmtpSource(port=target.smtp_port, recipient=RECIPIENT, messages=mails, sessions=20)
    await source.once(within=FILL_SECONDS)
    filled = time.monotonic() - began
    silences: list[float] = []
    for _ in range(rounds):
        victim = pick(target.victims(), chance)
        if victim is None or not kill(victim.pid):
            continue
        silences.append(await _silence(target, victim))
        await asyncio.sleep(chance.uniform(0.2, 1.0))
    async with Sink(seed=SEED, port=next_hop) as sink:
        opened = time.monotonic()
        waiting = await settle(target, ledger, sink)
        drained = sink.last - opened
        account = draw(name, ledger, sink, source=source, waiting=waiting)
    silent = max(silences, default=0.0)
    return account.with_facts(
        f"the port was silent for {silent:.1f} s" if silent > ANSWER_SECONDS else "",
        filled_per_second=round(mails / filled), drained_per_second=round(mails / max(drained, 0.1)),
        rounds=len(silences), longest_silence=round(silent, 2),
    )  # fmt: skip


async def _silence(target: Victim, victim: object) -> float:
    """Seconds until the port greets again."""
    killed = time.monotonic()
    recovering = asyncio.create_task(target.recover(victim))
    while not await asyncio.to_thread(target.answers, within=1.0):  # noqa: ASYNC110 - somebody else's port
        await asyncio.sleep(0.05)
    silent = time.monotonic() - killed
    await recovering
    return silent


async def control() -> Account:
    """The memory relay: one kill, and the queue is gone."""
    next_hop = free_port()
    with tempfile.TemporaryDirectory() as spool:
        relay = Relay(Mistake.MEMORY, next_hop=next_hop, spool=Path(spool))
        relay.start()
        try:
            return await trial("control: memory relay", relay, next_hop, mails=200, rounds=1)
        finally:
            relay.stop()


async def product() -> Account:
    """The real thing."""
    next_hop = free_port()
    async with running(next_hop) as target:
        return await trial("backlog", target, next_hop, mails=MAILS, rounds=ROUNDS)
