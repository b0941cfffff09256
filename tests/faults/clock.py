# SPDX-License-Identifier: Apache-2.0
"""A clock that jumps while mail waits: an hour on, an hour back, ten years on, and right again. Nothing is
given up, purged or sent twice because of it, and mail is taken all the while.

The control gives up by the wall clock.
"""

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.account import Account, draw, permanent, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, acknowledges, running
from tests.ports import free_port

CLIENTS = 4
HOUR = 3600
JUMPS = {"an hour on": HOUR, "an hour back": -HOUR, "ten years on": 10 * 365 * 24 * HOUR, "right": 0}
JUMP_SECONDS = 12.0
"""Long enough for several heartbeats, and for deliveries that find themselves due."""
BACK_SECONDS = 60.0


class Wall:
    """The wall clock of those programs that are started in its `environment`."""

    def __init__(self, folder: Path) -> None:
        library, self._shift = folder / "clock_shift.so", folder / "shift"
        source = Path(__file__).with_name("clock_shift.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
        self._shift.write_bytes(bytes(8))
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(self._shift)}

    def set(self, seconds: int) -> None:
        """So many seconds away from the true time, for all of them at once."""
        with self._shift.open("r+b") as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))


async def product() -> Account:
    """Mail waits, the clock jumps, mail is sent beside it; then somebody is there to take it."""
    next_hop, ledger, faults = free_port(), Ledger(), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        wall = Wall(Path(folder))
        async with running(next_hop, environment=wall.environment) as target:
            async with Load(ledger, port=target.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
                for jump, seconds in JUMPS.items():
                    await acknowledges(ledger, more=20)
                    wall.set(seconds)
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
        wall = Wall(Path(folder))
        relay = Relay(Mistake.HASTY, next_hop=next_hop, spool=Path(folder) / "spool", environment=wall.environment)
        relay.start()
        try:
            async with Load(ledger, port=relay.smtp_port, clients=2, recipient=RECIPIENT, seed=SEED):
                await acknowledges(ledger, more=5)
            wall.set(JUMPS["ten years on"])
            await asyncio.sleep(1)
            async with Sink(seed=SEED, port=next_hop) as sink:
                return draw("control: hasty relay", ledger, sink, waiting=await settle(relay, ledger, sink))
        finally:
            relay.stop()
