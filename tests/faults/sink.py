# SPDX-License-Identifier: Apache-2.0
"""A mail server that is as bad as real ones: it defers, hangs up, and loses its own answers.

It notes each mail at the moment a real server would have stored it, so a lost answer brings a
duplicate later, which is expected and counted.
"""

import asyncio
import contextlib
import hashlib
import random
import re
import time
from collections import Counter
from enum import StrEnum
from typing import Self

MAX_LINE = 1 << 17
TARPIT_SECONDS = 1.0


class Mood(StrEnum):
    """How it greets: as a server should, with 421, or one octet at a time."""

    FINE = "fine"
    STORM = "storm"
    TARPIT = "tarpit"


class Sink:
    """Takes everything on a port of 127.0.0.1 (0: any); `defer`, `abort` and `mute` are shares of mails."""

    def __init__(
        self, *, seed: int, port: int = 0, defer: float = 0.04, abort: float = 0.01, mute: float = 0.015
    ) -> None:
        self._chance = random.Random(seed)
        self._shares = (defer, abort, mute)
        self._server: asyncio.Server | None = None
        self.port = port
        self.mood = Mood.FINE
        self.connections = self.most_connections = 0
        self.digests: dict[str, set[str]] = {}
        """Digests of the bodies that came for each ledger number."""
        self.copies: Counter[str] = Counter()
        self.batches: Counter[str] = Counter()
        self.deferred = self.aborted = self.muted = 0
        self.last = 0.0
        """When the last mail came (monotonic seconds)."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._session, "127.0.0.1", self.port, limit=MAX_LINE)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    def good_from_now_on(self) -> None:
        """No more faults: for the end of a trial."""
        self._shares = (0.0, 0.0, 0.0)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.most_connections = max(self.most_connections, self.connections)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self._receive(reader, writer)
        self.connections -= 1
        writer.close()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood is Mood.STORM:
            writer.write(b"421 4.3.2 too busy\r\n")
            await writer.drain()
        elif self.mood is Mood.TARPIT:
            for octet in b"220-" + b"one moment please " * 40:
                writer.write(bytes((octet,)))
                await writer.drain()
                await asyncio.sleep(TARPIT_SECONDS)
                if self.mood is not Mood.TARPIT:
                    return
        else:
            await self._talk(reader, writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink.example.test ESMTP\r\n")
        while True:
            await writer.drain()
            verb = (await reader.readuntil(b"\n"))[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-sink.example.test\r\n250-PIPELINING\r\n250-SIZE 60000000\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                if not await self._data(await _mail(reader), writer):
                    return
            elif verb == b"QUIT":
                writer.write(b"221 2.0.0 goodbye\r\n")
                await writer.drain()
                return
            else:
                writer.write(b"250 2.0.0 fine\r\n")

    async def _data(self, mail: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one mail; whether the conversation goes on."""
        defer, abort, mute = self._shares
        fate = self._chance.random()
        if fate < defer:
            self.deferred += 1
            writer.write(b"451 4.3.0 come again\r\n")
            return True
        if fate < defer + abort:
            self.aborted += 1
            writer.transport.abort()
            return False
        self._note(mail)
        if fate < defer + abort + mute:
            self.muted += 1
            writer.transport.abort()
            return False
        writer.write(b"250 2.0.0 stored\r\n")
        return True

    def _note(self, mail: bytes) -> None:
        self.last = time.monotonic()
        head, _, body = mail.partition(b"\r\n\r\n")
        if found := re.search(rb"^X-Ledger: (\S+)", head, re.MULTILINE):
            number = found[1].decode()
            self.copies[number] += 1
            self.digests.setdefault(number, set()).add(hashlib.sha256(body).hexdigest())
        elif found := re.search(rb"^Subject: (batch-\d+-)", head, re.MULTILINE):
            self.batches[found[1].decode()] += 1


async def _mail(reader: asyncio.StreamReader) -> bytes:
    """The text up to the final dot, dots undone."""
    lines = []
    while (line := await reader.readuntil(b"\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)
