# SPDX-License-Identifier: Apache-2.0
"""The load and its end, in one process and on one clock: sessions that send, and the server that the mail arrives at.

Every mail carries its number, so that the time from its MAIL to its arrival is known. Sessions stay open,
say MAIL, RCPT and DATA in one write, as mail servers do, and send the next mail when the last is acknowledged.
"""

import asyncio
import itertools
import re
import socket
import time
from collections.abc import Callable, Sequence

import msgspec

SENDER = "robin@sender.test"
DRAIN_SECONDS = 40.0
LOOK_SECONDS = 0.02
BACKLOG = 1024
_NUMBER = re.compile(rb"^X-Bench: (\d{9})", re.MULTILINE)
_LOOK = 16 * 1024
"""Octets at the start of a mail among which its number stands."""
_END = b"\r\n.\r\n"
_OFFERS = b"250-sink.test\r\n250-PIPELINING\r\n250-SIZE 0\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n"


class Refused(Exception):  # noqa: N818 - reads better where it is caught
    """A server did not take the load. The text is its reply."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `accepting` is seconds until the last 250, `relaying` until the last arrival; `latencies`
    are seconds from MAIL to arrival, sorted. `missing` were acknowledged and had not arrived at the end."""

    accepted: int
    accepting: float
    relaying: float
    latencies: list[float]
    missing: int

    def percentile(self, share: float) -> float:
        """The latency below which this share of the mails stayed, in seconds."""
        if not self.latencies:
            return 0.0
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class Sink:
    """Takes all mail, drops it, and remembers when each number came first."""

    def __init__(self) -> None:
        self.arrived: dict[int, float] = {}
        self._server: asyncio.Server | None = None

    async def listen(self) -> int:
        """The port."""
        bound = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self._server = await asyncio.get_running_loop().create_server(lambda: _SinkSession(self.take), sock=bound)
        return int(bound.getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def take(self, start: bytes) -> None:
        """A mail is here; these are its first octets."""
        found = _NUMBER.search(start)
        if found:
            self.arrived.setdefault(int(found[1]), time.monotonic())


class _SinkSession(asyncio.Protocol):
    """One connection of a server that delivers."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._buffer = bytearray()
        self._start = b""
        self._content = False
        self._left = 0
        self._last = self._leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._transport.write(b"220 sink.test ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        out: list[bytes] = []
        while self._step(out):
            pass
        if out:
            self._transport.write(b"".join(out))
        if self._leaving:
            self._transport.close()

    def _step(self, out: list[bytes]) -> bool:
        """One command, or the rest of a mail; False when more must come first."""
        if self._left:
            return self._chunk(out)
        if self._content:
            return self._dotted(out)
        end = self._buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end]).strip()
        del self._buffer[: end + 1]
        self._obey(line, line[:4].upper(), out)
        return True

    def _obey(self, line: bytes, verb: bytes, out: list[bytes]) -> None:
        if verb == b"DATA":
            self._content, self._start = True, b""
            out.append(b"354 go\r\n")
        elif verb == b"BDAT":
            words = line.split()
            self._left, self._last = int(words[1]), len(words) > 2
        elif verb in (b"EHLO", b"HELO"):
            out.append(_OFFERS)
        elif verb == b"QUIT":
            out.append(b"221 bye\r\n")
            self._leaving = True
        else:
            out.append(b"250 ok\r\n")

    def _chunk(self, out: list[bytes]) -> bool:
        taken = min(self._left, len(self._buffer))
        self._keep(taken)
        del self._buffer[:taken]
        self._left -= taken
        if self._left:
            return False
        if self._last:
            self._arrive()
        out.append(b"250 ok\r\n")
        return True

    def _dotted(self, out: list[bytes]) -> bool:
        end = self._buffer.find(_END)
        self._keep(end if end >= 0 else len(self._buffer) - len(_END))
        if end < 0:
            del self._buffer[: max(0, len(self._buffer) - len(_END))]
            return False
        del self._buffer[: end + len(_END)]
        self._content = False
        self._arrive()
        out.append(b"250 ok\r\n")
        return True

    def _keep(self, size: int) -> None:
        if size > 0 and len(self._start) < _LOOK:
            self._start += bytes(self._buffer[: min(size, _LOOK)])

    def _arrive(self) -> None:
        self._take(self._start)
        self._start = b""


class _Source(asyncio.Protocol):
    """One session. `next_mail()` gives envelope and content of the next, or None at the end."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._buffer = b""
        self._expected = 1
        self._stage = "greeting"
        self._content = b""
        self._number = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(Refused(f"the connection was lost while waiting for the {self._stage} ({exc})"))

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        for line in lines:
            if line[3:4] == b"-" or self.done.done():
                continue
            if line[:1] not in (b"2", b"3"):
                self.done.set_exception(Refused(line.decode("utf-8", "replace")))
                self._transport.close()
                return
            self._expected -= 1
            if not self._expected:
                self._go_on()

    def _go_on(self) -> None:
        if self._stage == "greeting":
            self._say("hello", b"EHLO bench.sender.test\r\n")
        elif self._stage == "envelope":
            self._say("mail", self._content)
        elif self._stage == "goodbye":
            self.done.set_result(None)
            self._transport.close()
        else:
            if self._stage == "mail":
                self._load.acknowledged(self._number)
            mail = self._load.next_mail()
            if mail is None:
                self._say("goodbye", b"QUIT\r\n")
            else:
                self._number, envelope, self._content = mail
                self._say("envelope", envelope, replies=3)

    def _say(self, stage: str, words: bytes, *, replies: int = 1) -> None:
        self._stage, self._expected = stage, replies
        self._transport.write(words)


class _Load:
    """All sessions of one run."""

    def __init__(self, letters: Sequence[bytes], recipients: Sequence[str], *, seconds: float, most: int) -> None:
        self.began = time.monotonic()
        self.last = self.began
        self.sent: dict[int, float] = {}
        self.acknowledgements: set[int] = set()
        self._until = self.began + seconds
        self._most = most
        self._letters = itertools.cycle(letters)
        self._recipients = itertools.cycle(recipients)

    def next_mail(self) -> tuple[int, bytes, bytes] | None:
        now = time.monotonic()
        if now > self._until or len(self.sent) >= self._most:
            return None
        number = next(_numbers)
        self.sent[number] = now
        envelope = f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{next(self._recipients)}>\r\nDATA\r\n".encode()
        return number, envelope, b"X-Bench: %09d\r\n%b" % (number, next(self._letters))

    def acknowledged(self, number: int) -> None:
        self.acknowledgements.add(number)
        self.last = time.monotonic()


_numbers = itertools.count(1)


async def run(
    sink: Sink, port: int, *, letters: Sequence[bytes], recipients: Sequence[str], sessions: int, seconds: float,
    most: int = 1_000_000,
) -> Sample:  # fmt: skip
    """Send for so many seconds, or `most` mails, over `sessions` connections; then wait until all have arrived.

    `letters` are whole mails with CRLF, dots doubled, and the lonely dot at their end.

    Raises:
        Refused
    """
    loop = asyncio.get_running_loop()
    sink.arrived.clear()
    load = _Load(letters, recipients, seconds=seconds, most=most)
    sources = [(await loop.create_connection(lambda: _Source(load), "127.0.0.1", port))[1] for _ in range(sessions)]
    await asyncio.gather(*(source.done for source in sources))
    deadline = time.monotonic() + DRAIN_SECONDS
    while missing := load.acknowledgements - sink.arrived.keys():
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(LOOK_SECONDS)
    times = {number: sink.arrived[number] for number in load.acknowledgements if number in sink.arrived}
    began = min(load.sent.values(), default=load.began)
    return Sample(
        accepted=len(load.acknowledgements),
        accepting=load.last - began,
        relaying=max(times.values(), default=began) - began,
        latencies=sorted(at - load.sent[number] for number, at in times.items()),
        missing=len(missing),
    )


def letter(mail: bytes) -> bytes:
    """A mail as it is sent behind DATA."""
    return b"%b\r\n.\r\n" % mail.replace(b"\r\n.", b"\r\n..").removesuffix(b"\r\n")
