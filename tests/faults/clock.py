# SPDX-License-Identifier: Apache-2.0
"""A clock that jumps while mail waits: an hour on, an hour back, ten years on, and right again. Nothing is
given up, purged or sent twice because of it, and mail is taken all the while.

The control gives up by the wall clock. Uses libfaketime, which reads its offset from a file.
"""

import asyncio
import tempfile
from pathlib import Path

from tests.faults.account import Account, draw, permanent, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, acknowledges, running
from tests.product import free_port

CLIENTS = 4
JUMPS = ("+1h", "-1h", "+10y", "+0")
JUMP_SECONDS = 12.0
"""Long enough for several heartbeats, and for deliveries that find themselves due."""
BACK_SECONDS = 60.0
LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), Path("libfaketime.so.1"))


def _environment(file: Path) -> dict[str, str]:
    """Preload the library; monotonic time stays true, as it does when a real clock is set."""
    return {
        "LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip


async def product() -> Account:
    """Mail waits, the clock jumps, mail is sent beside it; then somebody is there to take it."""
    next_hop, ledger, faults = free_port(), Ledger(), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clock"
        file.write_text("+0")
        async with running(next_hop, environment=_environment(file)) as target:
            async with Load(ledger, port=target.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
                for jump in JUMPS:
                    await acknowledges(ledger, more=20)
                    file.write_text(jump)
                    await asyncio.sleep(JUMP_SECONDS)
                    try:
                        await acknowledges(ledger, more=5, within=BACK_SECONDS)
                    except TimeoutError:
                        faults.append(f"no mail was taken for {BACK_SECONDS} s after {jump}")
            async with Sink(seed=SEED, port=next_hop) as sink:
                account = draw("clock", ledger, sink, waiting=await settle(target, ledger, sink))
            given_up = await target.query("SELECT count(*) FROM quarantine WHERE reason = 'undeliverable'")
    return account.with_facts(
        *faults, permanent(account), f"{given_up} mails were given up" if given_up else "", jumps=list(JUMPS)
    )


async def control() -> Account:
    """A relay that looks at the wall."""
    next_hop, ledger = free_port(), Ledger()
    with tempfile.TemporaryDirectory() as folder:
        file, spool = Path(folder) / "clock", Path(folder) / "spool"
        file.write_text("+0")
        relay = Relay(Mistake.HASTY, next_hop=next_hop, spool=spool, environment=_environment(file))
        relay.start()
        try:
            async with Load(ledger, port=relay.smtp_port, clients=2, recipient=RECIPIENT, seed=SEED):
                await acknowledges(ledger, more=5)
            file.write_text("+10y")
            await asyncio.sleep(1)
            async with Sink(seed=SEED, port=next_hop) as sink:
                return draw("control: hasty relay", ledger, sink, waiting=await settle(relay, ledger, sink))
        finally:
            relay.stop()
