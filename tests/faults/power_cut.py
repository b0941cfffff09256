# SPDX-License-Identifier: Apache-2.0
"""Power cuts under load, on ext4 and xfs: bodies and the embedded PostgreSQL lie on the disk that is cut.

CUTS=10 for each file system. The control does not sync what it acknowledges.
"""

import asyncio
import os
import random
from typing import Protocol

import msgspec
from tests.faults.account import Account, draw, settle, show
from tests.faults.cut_disk import CutDisk, cut_disk
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, Target, acknowledges, running
from tests.product import Process, kill

CUTS = int(os.environ.get("CUTS", "10"))
KINDS = ("ext4", "xfs")
CLIENTS = 20


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """One power cut survived, so far."""

    disk: str
    number: int
    acknowledged: int


class Machine(Protocol):
    """Whatever runs on the disk."""

    smtp_port: int

    def victims(self) -> list[Process]: ...
    def reap(self) -> None: ...
    def start(self) -> object: ...
    async def flush(self) -> int: ...


async def trial(name: str, machine: Machine, disk: CutDisk, sink: Sink, *, cuts: int) -> Account:
    """Load all the time; the power goes, comes back, and mail is taken again."""
    chance = random.Random(SEED)
    ledger = Ledger()
    async with Load(ledger, port=machine.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
        for number in range(1, cuts + 1):
            await acknowledges(ledger, more=chance.randint(10, 60))
            disk.cut()
            await asyncio.to_thread(_all_dead, machine)
            disk.unmount()
            disk.mount()
            await asyncio.to_thread(machine.start)
            show(Cut(disk=name, number=number, acknowledged=len(ledger.acknowledged)))
        await acknowledges(ledger)
    waiting = await settle(machine, ledger, sink)
    return draw(name, ledger, sink, waiting=waiting).with_facts(cuts=cuts)


def _all_dead(machine: Machine) -> None:
    """As after a power cut: nobody says goodbye."""
    while victims := machine.victims():
        for victim in victims:
            kill(victim.pid)
        machine.reap()


async def control() -> Account:
    """A relay that writes without syncing, cut as often."""
    with cut_disk("ext4") as disk:
        async with Sink(seed=SEED) as sink:
            relay = Relay(Mistake.NO_SYNC, next_hop=sink.port, spool=disk.folder / "spool")
            relay.start()
            try:
                return await trial("control: no sync", relay, disk, sink, cuts=CUTS)
            finally:
                relay.stop()


async def product() -> Account:
    """The real thing, on each file system; the worse account, with the other's facts."""
    accounts = [await _on(kind) for kind in KINDS]
    for account in accounts:
        show(account)
    return min(accounts, key=lambda account: account.good)


async def _on(kind: str) -> Account:
    with cut_disk(kind) as disk:
        async with Sink(seed=SEED) as sink, running(sink.port, folder=disk.folder) as target:
            account = await trial(kind, target, disk, sink, cuts=CUTS)
            return account.with_facts(await _rows_without_body(target))


async def _rows_without_body(target: Target) -> str:
    """A row whose body is not there would be a mail that cannot be shown or sent."""
    stored = {path.name for path in (target.data / "bodies").glob("*/*/*")}
    rows = await target.query("SELECT array_agg(id::text) FROM messages WHERE has_body") or []
    missing = [row for row in rows if row not in stored]
    return f"{len(missing)} rows without their body" if missing else ""
