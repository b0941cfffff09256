# SPDX-License-Identifier: Apache-2.0
"""The ledger trial: kill -9 of any process, again and again under load, and no acknowledged mail is lost.

    make faults            200 rounds, the control first (about a quarter of an hour)
    ROUNDS=20 make faults  a small one

Prints one JSON line per round and one at the end; exits with 1 if mail was lost, altered or
stuck, with 3 if the negative control was not found out (the trial says nothing then).
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Protocol

sys.path[:0] = [str(Path(__file__).parents[2])]

import msgspec
from tests.faults.ledger import Ledger, Load, SmtpSource
from tests.faults.relay import MemoryRelay
from tests.faults.sink import Sink
from tests.product import DOMAIN, Process, Product, kill

ROUNDS = int(os.environ.get("ROUNDS", "200"))
CONTROL_ROUNDS = 6
CLIENTS = int(os.environ.get("CLIENTS", "20"))
SEED = int(os.environ.get("SEED", "20261124"))
WALL_SECONDS = float(os.environ.get("WALL_SECONDS", str(300 + 12 * ROUNDS)))
"""After this the killing ends, however many rounds are done, and the account is drawn."""
QUIET_SECONDS = 12.0
SETTLE_SECONDS = 300.0
STUCK_SECONDS = 90.0
"""How long copies that wait may stay as many: a first back-off takes a minute, should the flush miss it."""
BACK_SECONDS = 120.0
HASTY = 0.2
"""Share of the rounds in which the next kill comes before the last one is overcome."""
RECIPIENT = f"lee@{DOMAIN}"


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One kill. `back` is how many seconds it took until another mail was acknowledged; -1 in the rounds
    that do not wait for it, so that some kills meet a recovery."""

    number: int
    victim: str
    back: float
    acknowledged: int


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a trial. `missing_batches` are complete runs of smtp-source of which mails are missing."""

    trial: str = ""
    rounds: int = 0
    acknowledged: int
    refused: int
    ambiguous: int
    delivered: int
    lost: int
    altered: int
    examples: list[str]
    """Some of those lost or altered."""
    still_waiting: int = 0
    """Copies in the product's queue at the end; none, unless it was given up on."""
    duplicates: int
    delivered_though_unacknowledged: int
    batches: int
    missing_batches: list[str]
    sink: dict[str, int]
    longest_back: float = 0.0
    victims: dict[str, int] = {}
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing that was acknowledged is lost or altered, and nothing is stuck in the queue."""
        return not (self.lost or self.altered or self.missing_batches or self.still_waiting)


class Target(Protocol):
    """What is being killed: the product, or the control."""

    smtp_port: int

    def victims(self) -> list[Process]: ...
    async def recover(self, victim: Process) -> None: ...
    async def flush(self) -> int: ...


class ProductTarget(Product):
    """The product, as the trial sees it."""

    def victims(self) -> list[Process]:
        """Every process of it."""
        return self.processes()

    async def recover(self, victim: Process) -> None:
        """The supervisor is started again by whoever runs the service; all else is its own affair."""
        if victim.role == "supervisor":
            self.reap()
            await asyncio.to_thread(self.start)


async def trial(name: str, target: Target, sink: Sink, *, rounds: int, chance: random.Random) -> Account:
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
            victim = _pick(target.victims(), chance)
            if victim is None or not kill(victim.pid):
                continue
            killed = time.monotonic()
            known = len(ledger.acknowledged)
            await target.recover(victim)
            back = -1.0
            if number == rounds or chance.random() > HASTY:
                await _acknowledges(ledger, more_than=known)
                back = time.monotonic() - killed
            done, longest = done + 1, max(longest, back)
            victims[victim.role] = victims.get(victim.role, 0) + 1
            _print(Round(number=number, victim=victim.role, back=round(back, 2), acknowledged=len(ledger.acknowledged)))
    sink.good_from_now_on()
    waiting = await _settle(target, ledger, sink)
    account = _account(ledger, sink, source)
    return msgspec.structs.replace(
        account, trial=name, rounds=done, victims=victims, longest_back=round(longest, 2), still_waiting=waiting,
        seconds=round(time.monotonic() - began, 1),
    )  # fmt: skip


def _pick(processes: list[Process], chance: random.Random) -> Process | None:
    """A role first, then one of its processes: so that the many database backends do not take every turn."""
    roles: dict[str, list[Process]] = {}
    for process in processes:
        roles.setdefault(process.role, []).append(process)
    return chance.choice(roles[chance.choice(sorted(roles))]) if roles else None


async def _acknowledges(ledger: Ledger, *, more_than: int) -> None:
    """Until mail is taken again. Raises `TimeoutError` after `BACK_SECONDS`."""
    async with asyncio.timeout(BACK_SECONDS):
        while len(ledger.acknowledged) <= more_than:  # noqa: ASYNC110 - twenty times a second is often enough
            await asyncio.sleep(0.05)


async def _settle(target: Target, ledger: Ledger, sink: Sink) -> int:
    """Until the queue is empty and all that was acknowledged has come, or nothing has moved for
    `QUIET_SECONDS`; how many copies wait still."""
    deadline = time.monotonic() + SETTLE_SECONDS
    moved, waiting = time.monotonic(), -1
    while time.monotonic() < deadline:
        before = waiting
        try:
            waiting = await target.flush()
        except Exception as error:  # noqa: BLE001 - the database may be coming up again
            print(f"flush: {error!r}", file=sys.stderr)
            waiting = -1
        if waiting != before or waiting < 0:
            moved = time.monotonic()
        moved = max(moved, sink.last)
        complete = waiting == 0 and ledger.acknowledged.keys() <= sink.copies.keys()
        if time.monotonic() - moved > (2 if complete else QUIET_SECONDS if waiting == 0 else STUCK_SECONDS):
            break
        await asyncio.sleep(1)
    return waiting


def _account(ledger: Ledger, sink: Sink, source: SmtpSource) -> Account:
    acknowledged = ledger.acknowledged.keys()
    lost = sorted(acknowledged - sink.copies.keys())
    altered = sorted(number for number, seen in sink.digests.items() if seen != {ledger.digests[number]})
    return Account(
        acknowledged=len(acknowledged),
        refused=ledger.refused,
        ambiguous=len(ledger.ambiguous),
        delivered=len(sink.copies),
        lost=len(lost),
        altered=len(altered),
        examples=(lost + altered)[:20],
        duplicates=sum(count - 1 for count in sink.copies.values()),
        delivered_though_unacknowledged=len(sink.copies.keys() - acknowledged),
        batches=len(source.complete),
        missing_batches=sorted(batch for batch in source.complete if sink.batches[batch] < source.messages),
        sink={"deferred": sink.deferred, "aborted": sink.aborted, "answers lost": sink.muted},
    )


async def control() -> Account:
    """The memory relay: must be found losing mail."""
    chance = random.Random(SEED)
    async with Sink(seed=SEED) as sink:
        relay = MemoryRelay(next_hop=sink.port)
        relay.start()
        try:
            return await trial("control: memory relay", relay, sink, rounds=CONTROL_ROUNDS, chance=chance)
        finally:
            relay.stop()


async def product() -> Account:
    """The real thing."""
    chance = random.Random(SEED + 1)
    with tempfile.TemporaryDirectory(prefix="mailward-faults-") as folder:
        async with Sink(seed=SEED) as sink:
            target = ProductTarget(Path(folder) / "data", next_hop=f"127.0.0.1:{sink.port}", recipients=(RECIPIENT,))
            await asyncio.to_thread(target.init)
            await asyncio.to_thread(target.start)
            try:
                return await trial("mailward", target, sink, rounds=ROUNDS, chance=chance)
            finally:
                await asyncio.to_thread(target.stop)


def main() -> int:
    """The control first: a trial that cannot find losses is worth nothing."""
    controlled = asyncio.run(control())
    _print(controlled)
    if controlled.good:
        print("the control lost nothing: this trial proves nothing", file=sys.stderr)
        return 3
    account = asyncio.run(product())
    _print(account)
    return 0 if account.good else 1


def _print(record: Round | Account) -> None:
    print(msgspec.json.encode(record).decode(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
