# SPDX-License-Identifier: Apache-2.0
"""The mail server that the demo protects: it takes what the gateway hands on, and keeps it in readable mailboxes.

It is small and trusting, since only the gateway speaks to it. It can be stopped and started, which
shows what happens to mail while a server is away.
"""

import asyncio
import contextlib
import hashlib
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec

MAX_LINE = 1 << 16
MAX_MAIL = 60 << 20
MAX_RECIPIENTS = 1000
IDLE_SECONDS = 120.0
_CAPABILITIES = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", f"SIZE {MAX_MAIL}")


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """One mail in a mailbox. `path` is its file, octet for octet as it came over SMTP."""

    recipient: str
    sender: str
    received_at: datetime
    size: int
    sha256: str
    path: Path


class ProtectedServer:
    """An SMTP server that stores below `folder`, one folder for each recipient."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._folder = folder
        self.host = host
        self.port = port
        """The true port once started, kept when it is started again."""
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.StreamWriter, asyncio.Event] = {}

    @property
    def running(self) -> bool:
        """Whether it takes mail."""
        return self._server is not None

    async def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        if self._server is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._server = await asyncio.start_server(self._session, self.host, self.port, limit=MAX_LINE)
            self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and break off every session."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        ends = list(self._sessions.values())
        for writer in self._sessions:
            writer.transport.abort()
        await asyncio.gather(*(end.wait() for end in ends))

    def mailboxes(self) -> tuple[str, ...]:
        """Who has got mail."""
        return tuple(sorted(index.parent.name for index in self._folder.glob("*/index.jsonl")))

    def messages(self, recipient: str) -> tuple[Delivered, ...]:
        """What lies in a mailbox, the oldest first."""
        box = self._folder / _box_name(recipient)
        index = box / "index.jsonl"
        if not index.exists():
            return ()
        entries = (msgspec.json.decode(line, type=_Entry) for line in index.read_bytes().splitlines())
        return tuple(
            Delivered(
                recipient=entry.recipient,
                sender=entry.sender,
                received_at=entry.received_at,
                size=entry.size,
                sha256=entry.sha256,
                path=box / entry.file,
            )
            for entry in entries
        )

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = self._sessions[writer] = asyncio.Event()
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await _Session(reader, writer, self._folder).talk()
        finally:
            writer.close()
            del self._sessions[writer]
            ended.set()


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a mailbox's index."""

    recipient: str
    sender: str
    received_at: datetime
    size: int
    sha256: str
    file: str


class _Session:
    """One conversation (RFC 5321)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, folder: Path) -> None:
        self._reader = reader
        self._writer = writer
        self._folder = folder
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def talk(self) -> None:
        self._answer("220 protected.example.test ESMTP the demo's protected mail server")
        while True:
            line = (await self._line()).decode("utf-8", "replace").rstrip("\r\n")
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    lines = ("protected.example.test", *_CAPABILITIES)
                    self._answer(*(f"250{' ' if text is lines[-1] else '-'}{text}" for text in lines))
                case "HELO":
                    self._answer("250 protected.example.test")
                case "MAIL":
                    self._mail(rest)
                case "RCPT":
                    self._rcpt(rest)
                case "DATA":
                    await self._data()
                case "RSET":
                    self._sender, self._recipients = None, []
                    self._answer("250 2.0.0 forgotten")
                case "NOOP":
                    self._answer("250 2.0.0 still here")
                case "QUIT":
                    self._answer("221 2.0.0 goodbye")
                    await self._writer.drain()
                    return
                case _:
                    self._answer("502 5.5.1 no such command")

    def _answer(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode("utf-8"))

    async def _line(self) -> bytes:
        await self._writer.drain()
        async with asyncio.timeout(IDLE_SECONDS):
            return await self._reader.readuntil(b"\n")

    def _mail(self, rest: str) -> None:
        path = _path(rest, "FROM")
        if path is None:
            return self._answer("501 5.5.4 MAIL FROM:<address>")
        self._sender, self._recipients = path, []
        return self._answer("250 2.1.0 sender noted")

    def _rcpt(self, rest: str) -> None:
        path = _path(rest, "TO")
        if self._sender is None:
            return self._answer("503 5.5.1 MAIL comes first")
        if not path or _box_name(path) == "":
            return self._answer("501 5.1.3 RCPT TO:<address>")
        if len(self._recipients) >= MAX_RECIPIENTS:
            return self._answer("452 4.5.3 too many recipients")
        self._recipients.append(path)
        return self._answer("250 2.1.5 recipient noted")

    async def _data(self) -> None:
        if self._sender is None or not self._recipients:
            return self._answer("503 5.5.1 RCPT comes first")
        self._answer("354 end with a line that holds a dot alone")
        mail = await self._text()
        sender, recipients = self._sender, self._recipients
        self._sender, self._recipients = None, []
        if mail is None:
            return self._answer("552 5.3.4 too large")
        await asyncio.to_thread(_store, self._folder, sender=sender, recipients=recipients, mail=mail)
        return self._answer("250 2.0.0 stored")

    async def _text(self) -> bytes | None:
        """The mail up to the final dot, or None if it is too large."""
        lines: list[bytes] = []
        size = 0
        while (line := await self._line()) != b".\r\n":
            size += len(line)
            if size <= MAX_MAIL:
                lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines) if size <= MAX_MAIL else None


def _path(rest: str, keyword: str) -> str | None:
    found = re.match(rf"{keyword}:\s*<([^<>\r\n]{{0,320}})>", rest, re.IGNORECASE)
    return found[1] if found else None


def _box_name(recipient: str) -> str:
    """A folder name that cannot lead elsewhere."""
    return re.sub(r"[^\w.@+-]", "_", recipient.lower()).strip(".")


def _store(folder: Path, *, sender: str, recipients: list[str], mail: bytes) -> None:
    """The file first, then its line in the index, so that what the index names is there."""
    now = datetime.now(UTC)
    digest = hashlib.sha256(mail).hexdigest()
    name = f"{now:%Y%m%dT%H%M%S.%f}-{digest[:12]}.eml"
    for recipient in recipients:
        box = folder / _box_name(recipient)
        box.mkdir(parents=True, exist_ok=True)
        with (box / name).open("wb") as file:
            file.write(mail)
            file.flush()
            os.fsync(file.fileno())
        entry = _Entry(recipient=recipient, sender=sender, received_at=now, size=len(mail), sha256=digest, file=name)
        with (box / "index.jsonl").open("ab") as index:
            index.write(msgspec.json.encode(entry) + b"\n")
