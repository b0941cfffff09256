# SPDX-License-Identifier: Apache-2.0
"""Crowds at the door: 2,000 sessions that say nothing beside 100 that work, and 1,000 that drip. Others are
greeted at once and served, memory stays in bounds, and those that drip are gone within `GONE_SECONDS`.

The control waits for everybody and has few places. IDLE=2000 DRIPPING=1000 BUSY=100.
"""

import asyncio
import contextlib
import os
import resource
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from tests.faults.account import Account, draw, permanent, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, acknowledges, running
from tests.product import Process

IDLE = int(os.environ.get("IDLE", "2000"))
DRIPPING = int(os.environ.get("DRIPPING", "1000"))
BUSY = int(os.environ.get("BUSY", "100"))
PER_ADDRESS = 40
GREETING_SECONDS = 2.0
GROWTH_MEBIBYTES = 100
GONE_SECONDS = 330.0
DRIP_SECONDS = 10.0
WORK_SECONDS = 20.0


class Machine(Protocol):
    """Whoever is at the door."""

    smtp_port: int

    def victims(self) -> list[Process]: ...
    async def flush(self) -> int: ...


async def trial(name: str, machine: Machine, sink: Sink, *, idle: int, dripping: int, gone_within: float) -> Account:
    """The quiet crowd, then the one that drips; and work beside each."""
    ledger, faults = Ledger(), list[str]()
    before = _memory(machine)
    async with _sessions(machine.smtp_port, idle, b"EHLO quiet.test\r\n") as quiet:
        async with Load(ledger, port=machine.smtp_port, clients=BUSY, recipient=RECIPIENT, seed=SEED):
            with contextlib.suppress(TimeoutError):
                await acknowledges(ledger, more=BUSY, within=WORK_SECONDS * 3)
            beside_quiet = await _greeting(machine.smtp_port)
        growth = _memory(machine) - before
        faults += [f"{idle - len(quiet)} quiet sessions were not let in" if len(quiet) < idle else ""]
    async with _sessions(machine.smtp_port, dripping, b"EHLO drip") as sessions:
        began = time.monotonic()
        drips = [asyncio.create_task(_drip(writer, began + gone_within)) for _, writer in sessions]
        async with Load(ledger, port=machine.smtp_port, clients=4, recipient=RECIPIENT, seed=SEED + 1, first=1000):
            served = len(ledger.acknowledged)
            await asyncio.sleep(WORK_SECONDS)
            served = len(ledger.acknowledged) - served
            beside_drips = await _greeting(machine.smtp_port)
        gone = sum(await asyncio.gather(*drips))
    account = draw(name, ledger, sink, waiting=await settle(machine, ledger, sink))
    return account.with_facts(
        *faults, permanent(account),
        *(f"a greeting took {seconds:.1f} s" for seconds in (beside_quiet, beside_drips) if seconds > GREETING_SECONDS),
        "nobody was served beside those that drip" if not served else "",
        f"memory grew by {growth} MiB" if growth > GROWTH_MEBIBYTES else "",
        f"{len(sessions) - gone} still drip" if gone < len(sessions) else "",
        quiet=len(quiet), dripping=len(sessions), gone=gone, slowest_greeting=round(max(beside_quiet, beside_drips), 2), growth=growth,
        served_beside=served,
    )  # fmt: skip


def _memory(machine: Machine) -> int:
    """Mebibytes of the processes that speak SMTP."""
    return sum(process.pss for process in machine.victims() if process.role.startswith(("smtp", "relay"))) >> 20


@contextlib.asynccontextmanager
async def _sessions(
    port: int, number: int, words: bytes
) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    """Sessions from many addresses that said some words; those that were greeted."""
    opened = await asyncio.gather(*(_open(port, which, words) for which in range(number)))
    sessions = [session for session in opened if session is not None]
    try:
        yield sessions
    finally:
        for _, writer in sessions:
            writer.close()


async def _open(port: int, which: int, words: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    host, network = divmod(which // PER_ADDRESS, 250)
    address = f"127.77.{host}.{network + 1}"
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
            if (await reader.readline()).startswith(b"220"):
                writer.write(words)
                return reader, writer
    return None


async def _drip(writer: asyncio.StreamWriter, deadline: float) -> bool:
    """One octet now and then; whether the other side had enough of it in time."""
    while time.monotonic() < deadline:
        await asyncio.sleep(DRIP_SECONDS)
        try:
            writer.write(b"x")
            await writer.drain()
        except OSError:
            return True
    return writer.is_closing()


async def _greeting(port: int) -> float:
    """The slowest of twenty greetings, in seconds."""
    slowest = 0.0
    for number in range(20):
        began = time.monotonic()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(GREETING_SECONDS * 2):
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", port, local_addr=(f"127.78.0.{number + 1}", 0), limit=1 << 12
                )
                await _.readline()
                writer.close()
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def _many_files() -> None:
    """Each session is a descriptor, here and there."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


async def control() -> Account:
    """A relay with few places and endless patience."""
    _many_files()
    with tempfile.TemporaryDirectory() as spool:
        async with Sink(seed=SEED) as sink:
            relay = Relay(Mistake.PATIENT, next_hop=sink.port, spool=Path(spool))
            relay.start()
            try:
                return await trial(
                    "control: patient relay", relay, sink, idle=300, dripping=200, gone_within=2 * DRIP_SECONDS
                )
            finally:
                relay.stop()


async def product() -> Account:
    """The real thing."""
    _many_files()
    async with Sink(seed=SEED) as sink, running(sink.port) as target:
        return await trial("crowd", target, sink, idle=IDLE, dripping=DRIPPING, gone_within=GONE_SECONDS)
