# SPDX-License-Identifier: Apache-2.0
"""The memory relay as a target: started, killed and started again like the product."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from tests.product import Process, Product, free_port, kill


class MemoryRelay:
    """A process that can be killed; `smtp_port` stays the same over all its lives."""

    answers = Product.answers

    def __init__(self, next_hop: int) -> None:
        self.smtp_port = free_port()
        self._next_hop = next_hop
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """And wait until it greets."""
        program = Path(__file__).with_name("memory_relay.py")
        self._process = subprocess.Popen([sys.executable, str(program), str(self.smtp_port), str(self._next_hop)])
        deadline = time.monotonic() + 20
        while not self.answers(within=1) and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            kill(self._process.pid)
            self._process.wait()

    def victims(self) -> list[Process]:
        return [Process(pid=self._process.pid, role="relay", cpu=0, pss=0, own=0)] if self._process else []

    async def recover(self, victim: Process) -> None:
        if self._process is not None:
            self._process.wait()
        await asyncio.to_thread(self.start)

    async def flush(self) -> int:
        """It holds nothing that could be waited for."""
        return 0
