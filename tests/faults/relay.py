# SPDX-License-Identifier: Apache-2.0
"""The bad relay as a target: started, killed and started again like the product."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path

from tests.faults.bad_relay import Mistake
from tests.ports import free_port
from tests.product import Process, Product, kill

__all__ = ["Mistake", "Relay"]


class Relay:
    """A process that can be killed; `smtp_port` stays the same over all its lives, and so does its spool."""

    answers = Product.answers

    def __init__(
        self, mistake: Mistake, *, next_hop: int, spool: Path | None = None, needs: str = "-",
        environment: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.smtp_port = free_port()
        self.spool = spool or Path(tempfile.mkdtemp(prefix="bad-relay-"))
        if spool is None:
            weakref.finalize(self, shutil.rmtree, self.spool, ignore_errors=True)
        self._words = [mistake.value, str(self.smtp_port), str(next_hop), str(self.spool), needs]
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """And wait until it greets."""
        self.spool.mkdir(exist_ok=True)
        program = Path(__file__).with_name("bad_relay.py")
        self._process = subprocess.Popen(
            [sys.executable, str(program), *self._words], env={**os.environ, **self._environment}
        )
        deadline = time.monotonic() + 20
        while not self.answers(within=1) and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self) -> None:
        """It has no better manners than to be killed."""
        if self._process is not None:
            kill(self._process.pid)
            self._process.wait()

    def victims(self) -> list[Process]:
        """The one that there is."""
        if self._process is None or self._process.poll() is not None:
            return []
        return [Process(pid=self._process.pid, role="relay", cpu=0, pss=0, own=0)]

    def reap(self) -> None:
        """Bury it after it was killed."""
        if self._process is not None:
            self._process.wait()

    async def recover(self, victim: Process) -> None:
        """Start it again after it was killed."""
        self.reap()
        await asyncio.to_thread(self.start)

    async def flush(self) -> int:
        """It holds nothing that could be waited for."""
        return 0
