# SPDX-License-Identifier: Apache-2.0
"""Ask the operator's clamd about a mail, by its INSTREAM command (clamd(8)).

The only answer that means clean is the one clamd gives for clean; a closed line, a size limit, a word
we do not know are trouble, and the caller says what trouble means.
"""

import asyncio
import contextlib
import socket
import struct
from enum import StrEnum
from typing import Any

import msgspec

_CHUNK = 256 * 1024
_MAX_REPLY = 4096
_LIMIT_NAMES = "Heuristics.Limits.Exceeded"
_DEFAULT_PORT = 3310


class Outcome(StrEnum):
    """What clamd said."""

    CLEAN = "clean"
    FOUND = "found"
    TROUBLE = "trouble"


class ClamdAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is the signature that matched. For trouble, `why` is for people, `limit` names a bound of
    clamd's that was hit, and `temporary` says that asking again later may help."""

    outcome: Outcome
    name: str = ""
    why: str = ""
    limit: str = ""
    temporary: bool = False


class ClamdClient:
    """clamd at `address`: the path of its Unix socket, or host:port.

    `seconds` bounds one question from connecting to the last byte of the answer.
    """

    def __init__(self, address: str, *, seconds: float = 30.0) -> None:
        self.address = address
        self._seconds = seconds

    async def scan(self, raw: bytes) -> ClamdAnswer:
        """What clamd says of these bytes. Never raises but for cancellation."""
        try:
            async with asyncio.timeout(self._seconds):
                return _read_answer(await self._ask(b"zINSTREAM\0", raw))
        except TimeoutError:
            return _trouble(f"clamd did not answer within {self._seconds:g} seconds", temporary=True)
        except (OSError, ValueError) as error:
            return _trouble(f"clamd cannot be reached: {_words(error)}", temporary=True)

    async def version(self) -> str:
        """Its version and that of its signatures, for the health page. Raises `OSError` or `TimeoutError`."""
        async with asyncio.timeout(self._seconds):
            return (await self._ask(b"zVERSION\0", None)).decode("utf-8", "replace")

    async def _ask(self, command: bytes, raw: bytes | None) -> bytes:
        loop = asyncio.get_running_loop()
        connection = await self._connect(loop)
        with connection:
            with contextlib.suppress(ConnectionError):
                # over its size limit clamd answers and hangs up while we still write
                await loop.sock_sendall(connection, command)
                if raw is not None:
                    await _stream(loop, connection, raw)
            reply = b""
            with contextlib.suppress(ConnectionError):
                while len(reply) < _MAX_REPLY and (piece := await loop.sock_recv(connection, _MAX_REPLY)):
                    reply += piece
        return reply.rstrip(b"\0\r\n")

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> socket.socket:
        if "/" in self.address:
            return await _connected(loop, socket.AF_UNIX, self.address.removeprefix("unix:"))
        host, _, port = self.address.rpartition(":")
        if not host:
            host, port = port, str(_DEFAULT_PORT)
        found = await loop.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        family, _, _, _, where = found[0]
        return await _connected(loop, family, where)


async def _connected(loop: asyncio.AbstractEventLoop, family: int, where: Any) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await loop.sock_connect(connection, where)
    except BaseException:
        connection.close()
        raise
    return connection


async def _stream(loop: asyncio.AbstractEventLoop, connection: socket.socket, raw: bytes) -> None:
    view = memoryview(raw)
    for begin in range(0, len(view), _CHUNK):
        piece = view[begin : begin + _CHUNK]
        await loop.sock_sendall(connection, struct.pack("!I", len(piece)))
        await loop.sock_sendall(connection, piece)
    await loop.sock_sendall(connection, struct.pack("!I", 0))


def _read_answer(reply: bytes) -> ClamdAnswer:
    """One of "stream: OK", "stream: Name FOUND" and "... ERROR"."""
    text = reply.decode("utf-8", "replace")
    if text == "stream: OK":
        return ClamdAnswer(outcome=Outcome.CLEAN)
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        name = text.removeprefix("stream: ").removesuffix(" FOUND")
        if name.startswith(_LIMIT_NAMES):
            return _trouble(
                "the mail exceeds what clamd examines", limit=name.removeprefix("Heuristics.Limits.Exceeded.")
            )
        return ClamdAnswer(outcome=Outcome.FOUND, name=name)
    if "size limit exceeded" in text:
        return _trouble("the mail is larger than clamd takes (StreamMaxLength)", limit="StreamMaxLength")
    if not text:
        return _trouble("clamd hung up without an answer", temporary=True)
    return _trouble(f"clamd answered: {text[:200]}", temporary=True)


def _trouble(why: str, *, limit: str = "", temporary: bool = False) -> ClamdAnswer:
    return ClamdAnswer(outcome=Outcome.TROUBLE, why=why, limit=limit, temporary=temporary)


def _words(error: Exception) -> str:
    strerror = getattr(error, "strerror", None)
    return str(strerror or error or type(error).__name__)
