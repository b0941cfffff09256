# SPDX-License-Identifier: Apache-2.0
"""One connection to a server behind us: commands out, replies in, each wait with its end.

What the server says is as hostile as any input: replies are bounded in length and number, and whatever
is not a reply ends the connection.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any

from mailward.contract.reply import Reply

MOST_IN_A_REPLY_LINE = 4096
MOST_LINES = 128
MOST_UNREAD_REPLIES = 2048
SLICE = 256 * 1024
SURE = 8 * 1024
"""Bytes that the system's own buffer takes at once on a connection where nothing waits."""
TAIL = 64
"""Bytes of longer content that are held back until everything before them has left this process."""

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?: |$)")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_CODE = re.compile(rb"([2-5][0-9][0-9])([ -]?)(.*)", re.DOTALL)


class DeliveryError(Exception):
    """The dialogue cannot go on. `reply` says it as a server would have; `temporary` if trying again
    may help; `untouched` if the server cannot have begun anything."""

    def __init__(self, status: str, text: str, *, temporary: bool = True, untouched: bool = False) -> None:
        super().__init__(text)
        self.temporary = temporary
        self.untouched = untouched
        self.reply = Reply(451 if temporary else 550, status, text)


def always() -> bool:
    """For mail that is nobody else's."""
    return True


class Dialogue(asyncio.Protocol):
    """The protocol object. After a `DeliveryError` it is good for nothing but `close`."""

    def __init__(self) -> None:
        self.offers: dict[str, str] = {}
        self.secure = False
        self.dirty = False
        self.mails = 0
        self.idle_since = 0.0
        self.heard = 0
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._code = 0
        self._replies: deque[Reply] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: DeliveryError | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Part of a reply, or several."""
        self._buffer += data
        try:
            while not self._error and (end := self._buffer.find(b"\n")) >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                self._take(line.removesuffix(b"\r"))
        except DeliveryError as exc:
            self._fail(exc)
        if len(self._buffer) > MOST_IN_A_REPLY_LINE:
            self._fail(DeliveryError("4.5.0", "the server sent a reply line without end"))

    def eof_received(self) -> None:
        """The server closes."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has closed, or the network has."""
        self._writable.set()
        why = f": {type(exc).__name__}" if exc else ""
        self._fail(DeliveryError("4.4.2", f"the connection was lost{why}", untouched=not self.heard))

    def pause_writing(self) -> None:
        """The server reads slowly."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It reads again."""
        self._writable.set()

    # What the client calls

    @property
    def alive(self) -> bool:
        """Whether it can be used for another mail: open, and nothing unasked was said."""
        return self._error is None and not self._replies and not self._lines and not self._buffer

    @property
    def address(self) -> str:
        """The server's IP address, or ""."""
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if isinstance(peer, tuple) else ""

    @property
    def session(self) -> Any:
        """The TLS session, once there is one."""
        return self._transport.get_extra_info("ssl_object")

    @property
    def secured_by(self) -> str:
        """Protocol and cipher, or "" in clear text."""
        session = self.session
        return f"{session.version()} {session.cipher()[0]}" if session is not None else ""

    def say(self, commands: bytes) -> None:
        """Send commands. Their replies are read one by one with `reply`."""
        if not self._error:
            self._transport.write(commands)

    async def send(self, content: bytes, *, seconds: float, permitted: Callable[[], bool] = always) -> None:
        """Send content, no quicker than the server takes it; `seconds` bounds each slice.

        The end is said only while `permitted`, in one write with nothing of ours in front of it: whoever was
        stopped for so long that another node took the mail over finds the end still unsaid, and never says it.

        Raises:
            DeliveryError
        """
        if len(content) > SURE:
            await self._send_slices(memoryview(content)[:-TAIL], seconds)
            content = content[-TAIL:]
        if not permitted():
            raise self._fail(DeliveryError("4.3.0", "this node stood still for too long and let go of the mail"))
        self.say(content)

    async def _send_slices(self, view: memoryview, seconds: float) -> None:
        """All of it, until the system has taken the last byte."""
        self._transport.set_write_buffer_limits(high=0)
        for start in range(0, len(view), SLICE):
            if self._error:
                return
            self._transport.write(view[start : start + SLICE])
            if not self._writable.is_set():
                try:
                    async with asyncio.timeout(seconds):
                        await self._writable.wait()
                except TimeoutError as exc:
                    raise self._fail(DeliveryError("4.4.2", "the server stopped taking the mail")) from exc

    async def reply(self, *, seconds: float, to: str) -> Reply:
        """The next reply; `to` says in words what was sent.

        Raises:
            DeliveryError: no reply within `seconds`, or the connection is lost.
        """
        if not self._replies:
            if self._error:
                raise self._error
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(seconds, self._too_late, to, seconds)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
            if not self._replies and self._error:
                raise self._error
        self.heard += 1
        return self._replies.popleft()

    async def upgrade(self, context: ssl.SSLContext, *, name: str | None, seconds: float) -> None:
        """TLS, from the server's 220 on. Clear text that came behind it ends the dialogue.

        Raises:
            DeliveryError
        """
        if not self.alive:
            raise self._fail(DeliveryError("4.7.0", "the server sent clear text behind its answer to STARTTLS"))
        try:
            transport = await self._loop.start_tls(
                self._transport, self, context, server_hostname=name, ssl_handshake_timeout=seconds
            )
        except (OSError, ssl.SSLError) as exc:
            raise self._fail(DeliveryError("4.7.5", f"TLS failed: {_why(exc)}")) from exc
        if transport is None:
            raise self._fail(DeliveryError("4.7.5", "TLS failed: the connection was lost"))
        self._transport = transport
        self.secure = True
        self.offers = {}

    def close(self, *, politely: bool = True) -> None:
        """Say QUIT, if that makes sense, and close without waiting for the answer."""
        if self._error is None and politely:
            self._transport.write(b"QUIT\r\n")
        self._transport.close()

    def _take(self, line: bytes) -> None:
        match = _CODE.fullmatch(line[:MOST_IN_A_REPLY_LINE])
        if match is None or (match[3] and not match[2]):
            raise DeliveryError("4.5.0", "the server sent something that is not a reply")
        code = int(match[1])
        if self._lines and code != self._code:
            raise DeliveryError("4.5.0", "the server sent a reply with two codes")
        self._code = code
        self._lines.append(match[3].decode("utf-8", "replace"))
        if len(self._lines) > MOST_LINES or len(self._replies) > MOST_UNREAD_REPLIES:
            raise DeliveryError("4.5.0", "the server sent a reply without end")
        if match[2] == b"-":
            return
        self._replies.append(_reply(code, self._lines))
        self._lines = []
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: DeliveryError) -> DeliveryError:
        """Remember the first error, close, and wake whoever waits."""
        if self._error is None:
            self._error = error
            self._transport.abort()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        return error

    def _too_late(self, to: str, seconds: float) -> None:
        self._fail(DeliveryError("4.4.2", f"no answer to {to} within {seconds:g} s"))


def _reply(code: int, lines: list[str]) -> Reply:
    """Code, status and text apart. The status must be of the code's class (RFC 2034, 4)."""
    status = ""
    texts = []
    for line in lines:
        match = _STATUS.match(line)
        if match and match[1] == str(code)[0]:
            status = status or match[0].rstrip()
            line = line[match.end() :]  # noqa: PLW2901 - the line without its status
        texts.append(_CONTROL.sub("?", line))
    return Reply(code, status, "\n".join(texts))


def _why(exc: Exception) -> str:
    """A library's error in a few words."""
    return getattr(exc, "reason", None) or getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
