# SPDX-License-Identifier: Apache-2.0
"""The negative controls: a relay that makes one mistake, which some trial must find. A trial that does not
find its control out is void.

Run as a program: bad_relay MISTAKE PORT NEXT_HOP_PORT SPOOL NEEDS, where NEEDS is tcp:PORT or dns:PORT, a
service that the relay asks before it takes a mail, or "-".
"""

import asyncio
import contextlib
import os
import re
import socket
import sys
import time
from enum import StrEnum
from itertools import count
from pathlib import Path

MAX_LINE = 1 << 23
DELIVERERS = 4
MOST_SESSIONS = 150
LIFETIME = 5 * 86400
NEED_SECONDS = 2.0
QUESTION = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\6sender\4test\0\0\x0f\0\1"
"""Who takes mail for sender.test? (RFC 1035, 4.1)"""


class Mistake(StrEnum):
    """What the relay does wrong."""

    MEMORY = "memory"
    """It keeps acknowledged mail in memory."""
    NO_SYNC = "no-sync"
    """It writes a file and does not sync it."""
    DEAF = "deaf"
    """It does not listen when the disk says no."""
    TRUSTING = "trusting"
    """It sends whatever the file holds by then."""
    HARSH = "harsh"
    """Its own trouble is the sender's: 550."""
    HASTY = "hasty"
    """It gives up by the wall clock."""
    STAMPEDE = "stampede"
    """It tries everything again at once, over as many connections as there are mails."""
    PATIENT = "patient"
    """It waits for ever for everybody, and has few places."""


class BadRelay:
    """Takes mail at once, and hands it on when it finds the time."""

    def __init__(self, mistake: Mistake, *, next_hop: int, spool: Path, needs: str) -> None:
        self._mistake = mistake
        self._next_hop = next_hop
        self._spool = spool
        self._needs = needs
        self._queue: asyncio.Queue[Path | bytes] = asyncio.Queue()
        self._numbers = count(time.time_ns())
        self._places = asyncio.Semaphore(MOST_SESSIONS)

    async def serve(self, port: int) -> None:
        """Until killed; what an earlier life left in the spool goes out too."""
        for path in sorted(self._spool.iterdir()):
            self._queue.put_nowait(path)
        server = await asyncio.start_server(self._session, "127.0.0.1", port, limit=MAX_LINE, backlog=4096)
        deliverers = 400 if self._mistake is Mistake.STAMPEDE else DELIVERERS
        async with server:
            await asyncio.gather(*(self._deliver() for _ in range(deliverers)))

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            async with self._places:
                await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 bad.example.test\r\n")
        while line := await reader.readline():
            answer = b"250 fine\r\n"
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                answer = self._store(await reader.readuntil(b"\r\n.\r\n"))
            elif line.upper().startswith(b"RCPT") and self._needs != "-" and not await self._helped():
                answer = b"550 5.1.1 no such user\r\n"
            writer.write(answer)
            await writer.drain()

    def _store(self, mail: bytes) -> bytes:
        if self._mistake is Mistake.MEMORY:
            self._queue.put_nowait(mail)
            return b"250 fine\r\n"
        path = self._spool / str(next(self._numbers))
        with contextlib.suppress(OSError if self._mistake is Mistake.DEAF else ()):
            with path.open("wb") as file:
                file.write(mail)
                if self._mistake is not Mistake.NO_SYNC:
                    file.flush()
                    os.fsync(file.fileno())
            self._queue.put_nowait(path)
        return b"250 fine\r\n"

    async def _helped(self) -> bool:
        """Whether the service that this relay needs answers."""
        kind, _, port = self._needs.partition(":")
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(NEED_SECONDS):
                if kind == "tcp":
                    _, writer = await asyncio.open_connection("127.0.0.1", int(port))
                    writer.close()
                    return True
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                    asking.setblocking(False)
                    asking.connect(("127.0.0.1", int(port)))
                    asking.send(QUESTION)
                    answer = await asyncio.get_running_loop().sock_recv(asking, 512)
                    return answer[3] & 15 == 0
        return False

    async def _deliver(self) -> None:
        while True:
            mail = await self._queue.get()
            if (
                isinstance(mail, Path)
                and self._mistake is Mistake.HASTY
                and time.time() > mail.stat().st_mtime + LIFETIME
            ):
                mail.unlink()
                continue
            try:
                await self._hand_on(mail if isinstance(mail, bytes) else mail.read_bytes())
                if isinstance(mail, Path):
                    mail.unlink()
            except (OSError, asyncio.IncompleteReadError):
                self._queue.put_nowait(mail)
                await asyncio.sleep(0.01 if self._mistake is Mistake.STAMPEDE else 0.1)

    async def _hand_on(self, mail: bytes) -> None:
        if not mail.endswith(b"\r\n.\r\n"):
            mail += b"\r\n.\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", self._next_hop)
        try:
            await reader.readuntil(b"\n")
            for line in (
                b"HELO bad\r\n",
                b"MAIL FROM:<a@sender.test>\r\n",
                b"RCPT TO:<b@example.test>\r\n",
                b"DATA\r\n",
            ):
                writer.write(line)
                await reader.readuntil(b"\n")
            writer.write(mail)
            if not re.match(rb"2\d\d", await reader.readuntil(b"\n")):
                raise ConnectionResetError
        finally:
            writer.close()


if __name__ == "__main__":
    mistake, port, next_hop, spool, needs = sys.argv[1:]
    relay = BadRelay(Mistake(mistake), next_hop=int(next_hop), spool=Path(spool), needs=needs)
    asyncio.run(relay.serve(int(port)))
