# SPDX-License-Identifier: Apache-2.0
"""A disk that says no: syncs that fail, a disk without room, a disk without inodes. Nothing is acknowledged
that is not safe, every answer is temporary, and when the disk is well again so are we.

The control does not listen when the disk says no. Linux, root.
"""

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.faults.account import Account, draw, permanent, settle
from tests.faults.kill_rounds import SEED
from tests.faults.ledger import Ledger, Load
from tests.faults.relay import Mistake, Relay
from tests.faults.sink import Sink
from tests.faults.target import RECIPIENT, acknowledges, running
from tests.product import Process

CLIENTS = 8
FAULT_SECONDS = 6.0
GRACE_SECONDS = 2.0
"""What was under way when the fault began may still end well."""
MEBIBYTES = 700
INODES = 6000
_SYNCS = "fsync,fdatasync,syncfs,sync_file_range"


class Machine(Protocol):
    """Whatever writes to the disk."""

    smtp_port: int

    def victims(self) -> list[Process]: ...
    async def flush(self) -> int: ...


async def trial(name: str, machine: Machine, folder: Path, sink: Sink, roles: Mapping[str, bool]) -> Account:
    """Each fault in turn under load, and mail is taken again after each. `roles` are those whose syncs fail,
    and whether they then stay: a database that cannot sync ends itself, and another takes its place."""
    ledger, faults = Ledger(), list[str]()
    async with Load(ledger, port=machine.smtp_port, clients=CLIENTS, recipient=RECIPIENT, seed=SEED):
        for role, stays in roles.items():
            await acknowledges(ledger, more=20)
            async with _failing_syncs([process.pid for process in machine.victims() if process.role.startswith(role)]):
                said = await _silent(ledger, f"syncs of {role} failed")
                faults.append(said if stays else "")
        for fill in (_full, _no_inodes):
            await acknowledges(ledger, more=20)
            with fill(folder):
                await asyncio.sleep(FAULT_SECONDS)
        await acknowledges(ledger, more=20)
    account = draw(name, ledger, sink, waiting=await settle(machine, ledger, sink))
    return account.with_facts(*faults, permanent(account))


async def _silent(ledger: Ledger, fault: str) -> str:
    """Nothing may be acknowledged while the fault lasts; what is wrong otherwise."""
    await asyncio.sleep(GRACE_SECONDS)
    before = len(ledger.acknowledged)
    await asyncio.sleep(FAULT_SECONDS)
    said = len(ledger.acknowledged) - before
    return f"{said} mails were acknowledged while {fault}" if said else ""


@contextlib.asynccontextmanager
async def _failing_syncs(pids: Sequence[int]) -> AsyncIterator[None]:
    """Every sync of these processes answers EIO."""
    words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={_SYNCS}", "-e", f"inject={_SYNCS}:error=EIO"]
    process = await asyncio.create_subprocess_exec(
        *words, *(word for pid in pids for word in ("-p", str(pid))), stderr=subprocess.PIPE
    )
    await asyncio.sleep(1)
    if process.returncode is not None:
        raise RuntimeError(f"strace did not attach to {pids}")
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@contextlib.contextmanager
def _full(folder: Path) -> Iterator[None]:
    """Not one octet is free."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16))
    try:
        yield
    finally:
        ballast.unlink(missing_ok=True)  # no inode was left for it either


@contextlib.contextmanager
def _no_inodes(folder: Path) -> Iterator[None]:
    """No file can be made."""
    crowd = folder / "crowd"
    with contextlib.suppress(OSError):
        crowd.mkdir()
        for number in range(1 << 20):
            (crowd / str(number)).touch()
    try:
        yield
    finally:
        shutil.rmtree(crowd, ignore_errors=True)


@contextlib.contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own in memory, that can be filled without hurting anybody."""
    with tempfile.TemporaryDirectory(prefix="small-disk-") as folder:
        options = f"size={MEBIBYTES}m,nr_inodes={INODES}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


async def control() -> Account:
    """A relay that says 250 whatever the disk said."""
    with small_disk() as folder:
        async with Sink(seed=SEED) as sink:
            relay = Relay(Mistake.DEAF, next_hop=sink.port, spool=folder / "spool")
            relay.start()
            try:
                return await trial("control: deaf relay", relay, folder, sink, {"relay": True})
            finally:
                relay.stop()


async def product() -> Account:
    """The real thing: its SMTP process, then its database."""
    with small_disk() as folder:
        async with Sink(seed=SEED) as sink, running(sink.port, folder=folder) as target:
            return await trial("disk", target, folder, sink, {"smtp": True, "postgres": False})
