# SPDX-License-Identifier: Apache-2.0
"""A database that is restarted, killed, frozen and that throws everybody out: mail is refused for a while, never
for good, nothing is lost, and mail is taken again within `BACK_SECONDS` of its return.

The control bounces what it cannot look up.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from tests.faults.account import Account, draw, permanent, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, Target, acknowledges, running
from tests.ports import free_port
from tests.product import kill

CLIENTS = 12
BACK_SECONDS = 30.0
FROZEN_SECONDS = 15.0

Fault = Callable[[Target], Awaitable[None]]


async def _restart(target: Target) -> None:
    """As an operator would; the supervisor starts it again."""
    os.kill(target.database, signal.SIGINT)


async def _kill(target: Target) -> None:
    """The postmaster alone."""
    kill(target.database)


async def _kill_all(target: Target) -> None:
    """Postmaster and children, as the kernel does when memory is short."""
    for process in target.processes():
        if process.role.startswith("postgres"):
            kill(process.pid)


async def _freeze(target: Target) -> None:
    """Everything of it stands still for a while, and then goes on as if nothing had been."""
    frozen = [process.pid for process in target.processes() if process.role.startswith("postgres")]
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if number == signal.SIGSTOP:
            await asyncio.sleep(FROZEN_SECONDS)


async def _throw_out(target: Target) -> None:
    """Every connection is ended."""
    await target.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


FAULTS: tuple[Fault, ...] = (_restart, _kill, _kill_all, _freeze, _throw_out)


async def product() -> Account:
    """Each fault in turn, under load."""
    ledger, faults, back = Ledger(), list[str](), dict[str, float]()
    async with Sink(seed=SEED) as sink, running(sink.port) as target:
        async with Load(ledger, port=target.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
            for fault in FAULTS:
                await acknowledges(ledger, more=20)
                target.database = target.postmaster()
                await fault(target)
                name, ended = fault.__name__.strip("_"), time.monotonic()
                await acknowledges(ledger, more=5)
                back[name] = round(time.monotonic() - ended, 1)
                faults.append(f"{name}: no mail for {back[name]} s" if back[name] > BACK_SECONDS else "")
        account = draw("database", ledger, sink, waiting=await settle(target, ledger, sink))
    return account.with_facts(*faults, permanent(account), seconds_until_mail_is_taken=back)


async def control() -> Account:
    """A relay that asks a service, which is gone for a while, and blames the sender."""
    needed, ledger = free_port(), Ledger()
    with tempfile.TemporaryDirectory() as spool:
        async with Sink(seed=SEED) as sink:
            relay = Relay(Mistake.HARSH, next_hop=sink.port, spool=Path(spool), needs=f"tcp:{needed}")
            relay.start()
            try:
                async with Load(ledger, port=relay.smtp_port, clients=2, recipient=RECIPIENT, seed=SEED):
                    async with _service(needed):
                        await acknowledges(ledger, more=5)
                    await asyncio.sleep(1)
                account = draw("control: harsh relay", ledger, sink, waiting=await settle(relay, ledger, sink))
            finally:
                relay.stop()
    return account.with_facts(permanent(account))


@contextlib.asynccontextmanager
async def _service(port: int) -> AsyncIterator[None]:
    """Something that can be connected to."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    async with server:
        yield
