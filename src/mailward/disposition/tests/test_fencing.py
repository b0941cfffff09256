# SPDX-License-Identifier: Apache-2.0
"""Two processes on one queue, and one of them is stopped for longer than its lease lasts (T14).

When it goes on, the other has its mails: it must not end a transaction with one, nor begin one, nor record.
Only where the whole mail had left before, and the answer was what was lost, there may be a second copy.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from queue_room import QueueRoom, eventually

SCRIPT = Path(__file__).parents[4] / "tests" / "deliver.py"


class Server:
    """Speaks SMTP line by line and stops where it is told: `hold("DATA")` waits before it answers DATA, `hold("END")`
    before it answers the mail. `whole` counts mails whose end was said; `cut` those that broke off."""

    def __init__(self):
        self.whole, self.cut, self.arrived = Counter(), Counter(), Counter()
        self.gates = {}

    def hold(self, where):
        self.gates[where] = asyncio.Event()

    def let(self, where):
        self.gates.pop(where).set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()

    async def _wait(self, where):
        self.arrived[where] += 1
        if where in self.gates:
            await self.gates[where].wait()

    async def _talk(self, reader, writer):
        with contextlib.suppress(ConnectionError):
            await self._session(reader, writer)
        writer.close()

    async def _session(self, reader, writer):
        recipient = ""
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"RCPT":
                recipient = line.decode().split("<")[1].split("@")[0]
            if verb == b"DATA":
                await self._wait("DATA")
                writer.write(b"354 go on\r\n")
                if not await self._content(reader, recipient):
                    return
                await self._wait("END")
            if verb == b"QUIT":
                return
            writer.write(b"250 ok\r\n")
            await writer.drain()

    async def _content(self, reader, recipient):
        while line := await reader.readline():
            if line == b".\r\n":
                self.whole[recipient] += 1
                return True
        self.cut[recipient] += 1
        return False


@pytest.fixture
async def server():
    async with Server() as made:
        yield made


@pytest.fixture
async def start(database_url, database, tmp_path, server):
    room = QueueRoom(database, tmp_path)
    processes = []

    async def one():
        process = await asyncio.create_subprocess_exec(
            sys.executable, SCRIPT, database_url, tmp_path / "bodies", str(room.organization), str(server.port),
            env={**os.environ, "PYTHONPATH": str(SCRIPT.parents[1] / "src")},
        )  # fmt: skip
        processes.append(process)
        return process

    yield room, one
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def settled(room, count):
    """Until nothing waits; then each copy was recorded as delivered once."""
    await eventually(room.waiting, 0, seconds=60)
    events = await room.events("delivered")
    assert len(events) == count
    assert all(len(lines) == 1 for lines in events.values())


async def test_who_was_stopped_before_the_end_of_a_mail_never_says_it(server, start):
    room, one = start
    for n in range(60):
        await room.put(f"r{n}@example.test")
    server.hold("DATA")
    stopped = await one()
    await eventually(lambda: _is(server.arrived["DATA"]), lambda n: n >= 10, seconds=60)
    os.kill(stopped.pid, signal.SIGSTOP)
    try:
        server.let("DATA")
        other = await one()
        await settled(room, 60)
    finally:
        os.kill(stopped.pid, signal.SIGCONT)
    assert stopped.returncode is None
    assert other.returncode is None
    await eventually(lambda: _is(sum(server.cut.values())), lambda n: n >= 10, seconds=60)
    await room.put("last@example.test")
    await settled(room, 61)
    assert server.whole == Counter({**{f"r{n}": 1 for n in range(60)}, "last": 1})


async def test_who_was_stopped_before_the_answer_records_nothing_and_the_copy_is_there_twice(server, start):
    """The negative control of the test above: here the mail had left, so a second copy is the price of losing none."""
    room, one = start
    await room.put("lee@example.test")
    server.hold("END")
    stopped = await one()
    await eventually(lambda: _is(server.arrived["END"]), 1, seconds=60)
    os.kill(stopped.pid, signal.SIGSTOP)
    try:
        server.let("END")
        await one()
        await settled(room, 1)
    finally:
        os.kill(stopped.pid, signal.SIGCONT)
    await room.put("last@example.test")
    await settled(room, 2)
    assert server.whole == Counter({"lee": 2, "last": 1})


async def _is(value):
    return value
