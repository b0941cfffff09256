# SPDX-License-Identifier: Apache-2.0
"""Ask the scan workers: from the SMTP process's event loop, or plainly from a command.

One connection is one question. Whatever goes wrong on the way, a dead worker, a timeout, nobody
listening, the answer is an `Examination` that names every engine as failed: never silence, never clean.
"""

import asyncio
import hashlib
import socket
import time
from collections import OrderedDict

import msgspec

from mailward.contract.check import Examination, Facts
from mailward.contract.dmarc_report import Reading
from mailward.engines.scanning import wire
from mailward.engines.scanning.limits import (
    MAX_ATTEMPTS,
    MAX_REMEMBERED_POISONS,
    TRANSFER_SECONDS,
    Limits,
)
from mailward.engines.scanning.preview import Preview

ENGINES = ("antivirus", "antispam")
"""The engines that a worker runs, by the names that `Examination.failures` uses."""

OUT_OF_TIME = "limit=time: the mail took longer to examine than a mail may"
WORKER_DIED = "limit=crash: the scan worker died while it looked at the mail"
UNREACHABLE = "the scan workers cannot be reached"
TOO_LARGE = "limit=frame: the mail is larger than the scan workers take"


def failed(why: str) -> Examination:
    """The examination of a mail that no engine has an answer for."""
    return Examination(failures=dict.fromkeys(ENGINES, why))


class Poisons:
    """Mails that killed workers, by digest, so that none kills more than `MAX_ATTEMPTS`."""

    def __init__(self) -> None:
        self._deaths: OrderedDict[bytes, str] = OrderedDict()

    def verdict(self, raw: bytes) -> str:
        """Why this mail is not tried any more; empty if it may be. Costs nothing on a quiet day."""
        return self._deaths.get(_digest(raw), "") if self._deaths else ""

    def remember(self, raw: bytes, why: str) -> None:
        """Do not try this mail again."""
        self._deaths[_digest(raw)] = why
        if len(self._deaths) > MAX_REMEMBERED_POISONS:
            self._deaths.popitem(last=False)


class Attempt(msgspec.Struct, frozen=True):
    """The outcome of one question: the answer's bytes, or why there is none. `again` if another worker
    may know better, `poison` if the mail is to blame."""

    body: bytes = b""
    why: str = ""
    again: bool = False
    poison: bool = False


class ScanClient:
    """Asks the pool at `address`; at most `concurrency` questions at once, the others wait in line.

    `limits` are those of the pool: a worker that has not answered after its wall time and a while
    for the transfer will not.
    """

    def __init__(self, address: str, *, concurrency: int = 32, limits: Limits | None = None) -> None:
        self._address = address
        self._line = asyncio.Semaphore(concurrency)
        self._limits = limits or Limits()
        self._poisons = Poisons()

    async def examine(self, raw: bytes, facts: Facts) -> Examination:
        """Judge a mail. Never raises but for cancellation."""
        attempt = await self._ask(raw, wire.Examine(raw, facts))
        return _examination(attempt)

    async def preview(self, raw: bytes) -> Preview:
        """Make a mail safe to look at; `Preview.why` says so where that failed."""
        attempt = await self._ask(raw, wire.Show(raw))
        return _preview(attempt)

    async def reports(self, raw: bytes) -> Reading:
        """Read the DMARC reports in a mail or a file; `Reading.temporary` where nobody could look at it."""
        return _reading(await self._ask(raw, wire.ReadReports(raw)))

    async def _ask(self, raw: bytes, question: wire.Request) -> Attempt:
        if why := self._poisons.verdict(raw):
            return Attempt(why=why)
        try:
            frame = wire.frame(question)
        except wire.BadFrame:
            return Attempt(why=TOO_LARGE)
        async with self._line:
            for left in reversed(range(MAX_ATTEMPTS)):
                attempt = await self._once(frame)
                if not (attempt.again and left):
                    break
        if attempt.poison:
            self._poisons.remember(raw, attempt.why)
        return attempt

    async def _once(self, frame: bytes) -> Attempt:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._limits.wall_seconds + TRANSFER_SECONDS):
                body = await self._exchange(frame)
        except TimeoutError:
            return Attempt(why=OUT_OF_TIME)
        except (FileNotFoundError, ConnectionRefusedError):
            return Attempt(why=UNREACHABLE)
        except OSError:
            return _death(time.monotonic() - started, self._limits)
        except wire.BadFrame:
            return _nonsense()
        return Attempt(body=body)

    async def _exchange(self, frame: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        answer.add_done_callback(_looked_at)
        transport, question = await loop.create_unix_connection(lambda: _Question(answer), self._address)
        try:
            transport.write(frame)
            return await question.answer
        finally:
            transport.abort()


def _looked_at(answer: "asyncio.Future[bytes]") -> None:
    """A worker's death is no news when whoever asked has left."""
    if not answer.cancelled():
        answer.exception()


class _Question(asyncio.Protocol):
    """One connection to a worker, until its whole answer is here. Half the cost of asyncio's streams."""

    def __init__(self, answer: "asyncio.Future[bytes]") -> None:
        self.answer = answer
        self._came = bytearray()

    def data_received(self, data: bytes) -> None:
        """A part of the answer."""
        self._came += data
        header = wire.HEADER.size
        if self.answer.done() or len(self._came) < header:
            return
        try:
            end = header + wire.length(bytes(self._came[:header]))
        except wire.BadFrame as exc:
            self.answer.set_exception(exc)
            return
        if len(self._came) >= end:
            self.answer.set_result(bytes(memoryview(self._came)[header:end]))

    def connection_lost(self, exc: Exception | None) -> None:
        """The worker has ended: without a whole answer it has died."""
        if not self.answer.done():
            self.answer.set_exception(exc or ConnectionResetError("the answer was cut short"))


class BlockingScanClient:
    """The same for a program without an event loop."""

    def __init__(self, address: str, *, limits: Limits | None = None) -> None:
        self._address = address
        self._limits = limits or Limits()
        self._poisons = Poisons()

    def examine(self, raw: bytes, facts: Facts) -> Examination:
        """Judge a mail. Never raises."""
        return _examination(self._ask(raw, wire.Examine(raw, facts)))

    def reports(self, raw: bytes) -> Reading:
        """Read the DMARC reports in a mail or a file."""
        return _reading(self._ask(raw, wire.ReadReports(raw)))

    def preview(self, raw: bytes) -> Preview:
        """Make a mail safe to look at."""
        return _preview(self._ask(raw, wire.Show(raw)))

    def _ask(self, raw: bytes, question: wire.Request) -> Attempt:
        if why := self._poisons.verdict(raw):
            return Attempt(why=why)
        try:
            frame = wire.frame(question)
        except wire.BadFrame:
            return Attempt(why=TOO_LARGE)
        for left in reversed(range(MAX_ATTEMPTS)):
            attempt = self._once(frame)
            if not (attempt.again and left):
                break
        if attempt.poison:
            self._poisons.remember(raw, attempt.why)
        return attempt

    def _once(self, frame: bytes) -> Attempt:
        started = time.monotonic()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self._limits.wall_seconds + TRANSFER_SECONDS)
                connection.connect(self._address)
                connection.sendall(frame)
                size = wire.length(_exactly(connection, wire.HEADER.size))
                return Attempt(body=_exactly(connection, size))
        except TimeoutError:
            return Attempt(why=OUT_OF_TIME)
        except (FileNotFoundError, ConnectionRefusedError):
            return Attempt(why=UNREACHABLE)
        except (OSError, EOFError):
            return _death(time.monotonic() - started, self._limits)
        except wire.BadFrame:
            return _nonsense()


def _death(elapsed: float, limits: Limits) -> Attempt:
    """A worker's end of the line, without an answer. One that lasted as long as the clock allows ran
    out of time and would again."""
    if elapsed >= min(limits.cpu_seconds, limits.wall_seconds):
        return Attempt(why=OUT_OF_TIME, poison=True)
    return Attempt(why=WORKER_DIED, again=True, poison=True)


def _nonsense() -> Attempt:
    return Attempt(why="the scan worker answered nonsense", poison=True)


def _examination(attempt: Attempt) -> Examination:
    if attempt.why:
        return failed(attempt.why)
    try:
        return wire.examination(attempt.body)
    except wire.BadFrame:
        return failed(_nonsense().why)


def _preview(attempt: Attempt) -> Preview:
    if attempt.why:
        return Preview(why=attempt.why)
    try:
        return wire.preview(attempt.body)
    except wire.BadFrame:
        return Preview(why=_nonsense().why)


def _reading(attempt: Attempt) -> Reading:
    if attempt.why:
        return Reading(problems=(attempt.why,), temporary=attempt.why == UNREACHABLE)
    try:
        return wire.reading(attempt.body)
    except wire.BadFrame:
        return Reading(problems=(_nonsense().why,))


def _exactly(connection: socket.socket, size: int) -> bytes:
    whole = bytearray()
    while len(whole) < size:
        got = connection.recv(min(size - len(whole), 1 << 20))
        if not got:
            raise EOFError
        whole += got
    return bytes(whole)


def _digest(raw: bytes) -> bytes:
    return hashlib.blake2b(raw, digest_size=16).digest()
