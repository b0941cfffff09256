# SPDX-License-Identifier: Apache-2.0
"""A sender that writes down every answer: what was acknowledged must arrive, unaltered.

Three classes only: acknowledged (250 after the final dot), refused (any other answer, or trouble before
the dot), ambiguous (the dot was sent and no answer came).
"""

import asyncio
import contextlib
import hashlib
import random
import tempfile
import time
from collections import Counter
from typing import Any, Self

import msgspec

ANSWER_SECONDS = 45.0
REST_SECONDS = 0.2
_SENTENCE = (
    "the river was quiet and the boats lay along the wall while people carried chairs into the hall for the"
    " meeting about lamps trees benches and the new roof over the market which should be finished before winter"
)
_WORDS = _SENTENCE.split()


class Ledger(msgspec.Struct, kw_only=True):
    """What was sent, by its number; digests are of the body after the header's empty line."""

    digests: dict[str, str] = {}
    acknowledged: dict[str, float] = {}
    """When the 250 came (monotonic seconds)."""
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """Answers that were a no, by code and enhanced status ("451 4.3.0"); "broken" where there was none."""
    ambiguous: set[str] = set()
    slowest: float = 0.0
    """The longest time from MAIL to 250, in seconds; a trial may set it back."""
    began: float = msgspec.field(default_factory=time.monotonic)

    def refuse(self, error: Exception) -> None:
        """Count a no."""
        words = str(error).replace("-", " ").split() if isinstance(error, Refused) else []
        self.refused[" ".join(words[:2]) or "broken"] += 1


class Load:
    """`clients` connections that send for as long as the block lasts. `port` is where to; mails go to
    `recipient`. They come again 0.2 seconds after every failure. `first` numbers the clients, so that the mails of two
    loads have two names."""

    def __init__(self, ledger: Ledger, *, port: int, clients: int, recipient: str, seed: int, first: int = 0) -> None:
        self._ledger = ledger
        self._port = port
        self._clients = clients
        self._first = first
        self._recipient = recipient
        self._chance = random.Random(seed)
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._client(self._first + number)) for number in range(self._clients)]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Each client ends the mail it is at."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _client(self, client: int) -> None:
        count = 0
        while not self._stopping:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(REST_SECONDS)
                continue
            talk = _Talk(reader, writer)
            try:
                await talk.expect(b"220")
                await talk.say(b"EHLO client.sender.test\r\n", b"250")
                for _ in range(self._chance.randint(1, 20)):
                    if self._stopping:
                        break
                    count += 1
                    await self._send(talk, f"{client}-{count}")
            except (OSError, TimeoutError, Refused):
                await asyncio.sleep(REST_SECONDS)
            finally:
                writer.close()

    async def _send(self, talk: "_Talk", number: str) -> None:
        body = self._body(number)
        mail = self._header(number) + b"\r\n" + body
        dotted = mail.replace(b"\r\n.", b"\r\n..")
        self._ledger.digests[number] = hashlib.sha256(body).hexdigest()
        said = time.monotonic()
        try:
            await talk.say(b"MAIL FROM:<ledger@sender.test>\r\n", b"250")
            await talk.say(b"RCPT TO:<" + self._recipient.encode() + b">\r\n", b"250")
            await talk.say(b"DATA\r\n", b"354")
        except (OSError, TimeoutError, Refused) as error:
            self._ledger.refuse(error)
            raise
        self._ledger.ambiguous.add(number)
        try:
            await talk.say(dotted + b".\r\n", b"250")
        except Refused as error:
            self._ledger.ambiguous.discard(number)
            self._ledger.refuse(error)
            raise
        self._ledger.ambiguous.discard(number)
        self._ledger.acknowledged[number] = time.monotonic()
        self._ledger.slowest = max(self._ledger.slowest, time.monotonic() - said)

    def _header(self, number: str) -> bytes:
        return (
            f"From: Ledger <ledger@sender.test>\r\nTo: <{self._recipient}>\r\nSubject: Minutes {number}\r\n"
            f"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{number}@sender.test>\r\n"
            f"X-Ledger: {number}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"
        ).encode()

    def _body(self, number: str) -> bytes:
        lines = [f"Page {number}", "."]
        lines += [
            " ".join(self._chance.choices(_WORDS, k=self._chance.randint(4, 14)))
            for _ in range(self._chance.randint(3, 60))
        ]
        return ("\r\n".join(lines) + "\r\n").encode()


class Refused(Exception):  # noqa: N818 - the word of SMTP
    """An answer that was not the one hoped for."""


class _Talk:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, octets: bytes, wanted: bytes) -> None:
        self._writer.write(octets)
        await self._writer.drain()
        await self.expect(wanted)

    async def expect(self, wanted: bytes) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                line = await self._reader.readline()
                if not line.endswith(b"\n"):
                    raise ConnectionResetError("closed in the middle of an answer")
                if line[3:4] != b"-":
                    break
        if not line.startswith(wanted):
            raise Refused(line.decode("ascii", "replace").strip())


class SmtpSource:
    """Postfix's smtp-source, started again and again. A batch that ended well had every mail
    acknowledged; its subject names it, so that the sink can count what came of it."""

    def __init__(self, *, port: int, recipient: str, messages: int = 40, sessions: int = 4) -> None:
        self._words = ["smtp-source", "-s", str(sessions), "-m", str(messages)]
        self._words += ["-f", "source@sender.test", "-t", recipient]
        self._recipient = recipient
        self._port = port
        self.messages = messages
        self.complete: set[str] = set()
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._batches())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping = True
        if self._task is not None:
            await self._task

    async def _batches(self) -> None:
        while not self._stopping:
            await self.once()
            await asyncio.sleep(REST_SECONDS)

    async def once(self, *, within: float = ANSWER_SECONDS) -> None:
        """One batch."""
        self._number += 1
        name = f"batch-{self._number}-"
        with tempfile.NamedTemporaryFile(prefix="batch-", suffix=".txt") as letter:
            letter.write(self._letter(name))
            letter.flush()
            if await self._batch("-F", letter.name, within=within):
                self.complete.add(name)

    async def _batch(self, *words: str, within: float) -> bool:
        """Whether smtp-source says that all was acknowledged."""
        process: Any = await asyncio.create_subprocess_exec(
            *self._words, *words, f"127.0.0.1:{self._port}",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(within):
                return bool(await process.wait() == 0)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            return False

    def _letter(self, name: str) -> bytes:
        """A mail of 4 KB that nobody would hold back."""
        text = f"{_SENTENCE}.\n" * 18
        return (
            f"From: Source <source@sender.test>\nTo: <{self._recipient}>\nSubject: {name} minutes\n"
            f"Date: Tue, 24 Nov 2026 10:00:00 +0000\nMessage-ID: <{name}1@sender.test>\n\n{text}"
        ).encode()
