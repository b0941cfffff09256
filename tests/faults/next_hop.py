# SPDX-License-Identifier: Apache-2.0
"""A server behind us that is down, then refuses everybody, then keeps everybody waiting, then is well again:
it is never overrun, mail is taken all the while, and everything arrives once.

The control tries everything again at once, over as many connections as it has mails. WAITING=1000.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from tests.faults.account import Account, draw, permanent, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Mood, Sink
from tests.faults.target import RECIPIENT, acknowledges, running
from tests.ports import free_port

WAITING = int(os.environ.get("WAITING", "1000"))
CLIENTS = 12
MOST_CONNECTIONS = 20
MOOD_SECONDS = 15.0


async def product() -> Account:
    """Fill the queue while nobody is there, then live through the moods."""
    next_hop, ledger = free_port(), Ledger()
    async with running(next_hop) as target:
        async with Load(ledger, port=target.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
            await acknowledges(ledger, more=WAITING, within=600.0)
        async with Sink(seed=SEED, port=next_hop) as sink:
            async with Load(ledger, port=target.smtp_port, clients=2, recipient=RECIPIENT, seed=SEED + 1, first=1000):
                for mood in (Mood.STORM, Mood.TARPIT):
                    sink.mood = mood
                    await target.flush()
                    await acknowledges(ledger, more=5)
                    await asyncio.sleep(MOOD_SECONDS)
            sink.mood, well = Mood.FINE, time.monotonic()
            waiting = await settle(target, ledger, sink)
            account = draw("next_hop", ledger, sink, waiting=waiting)
            return account.with_facts(
                permanent(account), _overrun(sink), most_connections=sink.most_connections,
                drained_per_second=round(len(sink.copies) / (sink.last - well), 1),
            )  # fmt: skip


def _overrun(sink: Sink) -> str:
    most = sink.most_connections
    return f"{most} connections at the same time" if most > MOST_CONNECTIONS else ""


async def control() -> Account:
    """A relay without patience."""
    next_hop, ledger = free_port(), Ledger()
    with tempfile.TemporaryDirectory() as spool:
        relay = Relay(Mistake.STAMPEDE, next_hop=next_hop, spool=Path(spool))
        relay.start()
        try:
            async with Load(ledger, port=relay.smtp_port, clients=4, recipient=RECIPIENT, seed=SEED):
                await acknowledges(ledger, more=100)
            async with Sink(seed=SEED, port=next_hop) as sink:
                sink.mood = Mood.TARPIT
                await asyncio.sleep(3)
                sink.mood = Mood.FINE
                account = draw("control: stampede", ledger, sink, waiting=await settle(relay, ledger, sink))
                return account.with_facts(_overrun(sink), most_connections=sink.most_connections)
        finally:
            relay.stop()
