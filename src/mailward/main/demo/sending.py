# SPDX-License-Identifier: Apache-2.0
"""Hand one mail to an SMTP server, as any sender would: for the specimens, `mailward send`, and "Try a message"."""

import asyncio
import re

import msgspec

from mailward.contract.reply import Reply

REPLY_SECONDS = 60.0
MAX_REPLY_LINES = 100
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction. `source` is the address to come from, or empty for whatever the system takes."""

    sender: str
    recipients: tuple[str, ...]
    mail: bytes
    helo: str = "localhost"
    source: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the server said to each recipient, and of the mail as a whole (the last thing it said)."""

    recipients: tuple[tuple[str, Reply], ...] = ()
    reply: Reply

    @property
    def accepted(self) -> bool:
        """Whether the server took the mail."""
        return positive(self.reply)

    @property
    def final(self) -> bool:
        """Whether offering it once more would change nothing."""
        return not 400 <= self.reply.code <= 499  # noqa: PLR2004 - RFC 5321, 4.2.1


def positive(reply: Reply) -> bool:
    """Whether the server did what it was asked (RFC 5321, 4.2.1)."""
    return 200 <= reply.code <= 299  # noqa: PLR2004


async def send(host: str, port: int, trip: Trip) -> Outcome:
    """Send it and say what was answered. Lone CRs and LFs become line ends.

    Raises `OSError` when the connection cannot be made or breaks, `TimeoutError` when an answer is
    longer than `REPLY_SECONDS` in coming, `ValueError` when the answer is not SMTP.
    """
    reader, writer = await _connect(host, port, trip.source)
    try:
        return await _converse(_Talk(reader, writer), trip)
    finally:
        writer.close()


async def _connect(host: str, port: int, source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect from `source` where the system has that address; elsewhere from its usual one."""
    if source:
        try:
            return await asyncio.open_connection(host, port, local_addr=(source, 0))
        except ConnectionError:
            raise
        except OSError:
            pass
    return await asyncio.open_connection(host, port)


async def _converse(talk: "_Talk", trip: Trip) -> Outcome:
    greeting = await talk.reply()
    if greeting.code != 220:  # noqa: PLR2004 - RFC 5321, 4.2
        return Outcome(reply=greeting)
    hello = await talk.say(f"EHLO {trip.helo}")
    offered = {line.split()[0].upper() for line in hello.text.split("\n") if line}
    options = " BODY=8BITMIME" if "8BITMIME" in offered and not trip.mail.isascii() else ""
    if "SMTPUTF8" in offered and not all(address.isascii() for address in (trip.sender, *trip.recipients)):
        options += " SMTPUTF8"
    taken = await talk.say(f"MAIL FROM:<{trip.sender}>{options}")
    if not positive(taken):
        return Outcome(reply=taken)
    answers = [(recipient, await talk.say(f"RCPT TO:<{recipient}>")) for recipient in trip.recipients]
    if not any(positive(answer) for _, answer in answers):
        final = answers[-1][1] if answers else Reply(554, "5.5.1", "no recipients")
        await talk.say("QUIT")
        return Outcome(recipients=tuple(answers), reply=final)
    final = await talk.say("DATA")
    if final.code == 354:  # noqa: PLR2004 - go ahead
        final = await talk.data(trip.mail)
    await talk.say("QUIT")
    return Outcome(recipients=tuple(answers), reply=final)


class _Talk:
    """The conversation, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, line: str) -> Reply:
        self._writer.write(line.encode("utf-8") + b"\r\n")
        return await self.reply()

    async def data(self, mail: bytes) -> Reply:
        text = _BARE.sub(b"\r\n", mail)
        text = b"".join(b"." + line if line.startswith(b".") else line for line in text.splitlines(keepends=True))
        self._writer.write(text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return await self.reply()

    async def reply(self) -> Reply:
        await self._writer.drain()
        lines: list[str] = []
        async with asyncio.timeout(REPLY_SECONDS):
            for _ in range(MAX_REPLY_LINES):
                line = (await self._reader.readline()).decode("utf-8", "replace").rstrip("\r\n")
                if not line:
                    raise ConnectionResetError("the server closed the connection")
                if not line[:3].isdigit():
                    raise ValueError(f"not an SMTP answer: {line[:80]!r}")
                lines.append(line[4:])
                if line[3:4] != "-":
                    return Reply(int(line[:3]), *_split_status(lines))
        raise ValueError(f"an answer of more than {MAX_REPLY_LINES} lines")


def _split_status(lines: list[str]) -> tuple[str, str]:
    """The enhanced status of RFC 3463, if there is one, and the words."""
    found = re.match(r"([245]\.\d{1,3}\.\d{1,3}) ", lines[-1] + " ")
    if found is None:
        return "", "\n".join(lines)
    return found[1], "\n".join(line.removeprefix(found[1]).lstrip() for line in lines)
