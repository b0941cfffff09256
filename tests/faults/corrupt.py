# SPDX-License-Identifier: Apache-2.0
"""Bodies that are damaged while they wait: each is found out, kept for inspection and never sent, the start
does not fail, and every other mail arrives.

The control sends whatever its files hold by then. MOST_DAMAGED=60.
"""

import asyncio
import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from tests.faults.account import Account, draw, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, acknowledges, running
from tests.ports import free_port

MAILS = 150
CLIENTS = 8
MOST_DAMAGED = int(os.environ.get("MOST_DAMAGED", "60"))

Damage = Callable[[Path, Path], None]
"""What is done to a file; the second one is another of them."""


def _flip(path: Path, _: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


def _truncate(path: Path, _: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path, _: Path) -> None:
    path.write_bytes(b"")


def _zero(path: Path, _: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _exchange(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


def _remove(path: Path, _: Path) -> None:
    path.unlink()


def _link(path: Path, _: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _directory(path: Path, _: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: tuple[Damage, ...] = (_flip, _truncate, _empty, _zero, _exchange, _remove, _link, _directory)


def damage(files: list[Path], chance: random.Random) -> int:
    """Damage at most `MOST_DAMAGED` of the files, a third of them at most, each in another way; how many."""
    chosen = chance.sample(sorted(files), min(MOST_DAMAGED, len(files) // 3))
    spared = sorted(set(files) - set(chosen))
    for number, path in enumerate(chosen):
        DAMAGES[number % len(DAMAGES)](path, chance.choice(spared))
    return len(chosen)


async def fill(port: int) -> Ledger:
    """Mails that wait, since nobody is behind us."""
    ledger = Ledger()
    async with Load(ledger, port=port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
        await acknowledges(ledger, more=MAILS)
    return ledger


async def control() -> Account:
    """A relay that does not look at what it sends; only flipped bits, so that it has something to send."""
    next_hop = free_port()
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay(Mistake.TRUSTING, next_hop=next_hop, spool=Path(folder))
        relay.start()
        try:
            ledger = await fill(relay.smtp_port)
            for path in random.Random(SEED).sample(sorted(relay.spool.iterdir()), 20):
                _flip(path, path)
            async with Sink(seed=SEED, port=next_hop) as sink:
                return draw("control: trusting relay", ledger, sink, waiting=await settle(relay, ledger, sink))
        finally:
            relay.stop()


async def product() -> Account:
    """The real thing: stopped, damaged, started."""
    next_hop = free_port()
    async with running(next_hop) as target:
        ledger = await fill(target.smtp_port)
        await asyncio.to_thread(target.stop)
        damaged = damage(list((target.data / "bodies").glob("*/*/*")), random.Random(SEED))
        await asyncio.to_thread(target.start)
        async with Sink(seed=SEED, port=next_hop) as sink:
            waiting = await settle(target, ledger, sink)
            kept = await target.query("SELECT count(*) FROM quarantine WHERE reason = 'undeliverable'")
            account = draw("corrupt", ledger, sink, waiting=waiting)
    missing, others = account.lost, abs(account.lost - damaged) + abs(kept - damaged)
    account = msgspec.structs.replace(account, lost=others)
    return account.with_facts(damaged=damaged, kept_for_inspection=kept, not_sent=missing)
