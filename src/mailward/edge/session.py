# SPDX-License-Identifier: Apache-2.0
"""The SMTP state machine: what each command means now, and what may follow (RFC 5321, 4.1.4).

It touches no socket. A command gives a `Reply` at once, or a coroutine where the journey is asked.
`reader` is set while content is expected instead of commands; `ending` says that the connection must
close behind the last reply, `polite` that the peer knows it. `errors` counts the 5xx of this session.
"""

import functools
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import msgspec

from mailward.contract.envelope import Connection, DsnRequest, Envelope
from mailward.contract.reply import PermFail, Reply
from mailward.edge import commands, replies
from mailward.edge.content import Content, Fault
from mailward.edge.data import ChunkReader, DotReader
from mailward.edge.shared import Shared

Step = Reply | Coroutine[Any, Any, Reply] | None
"""A reply, or the waiting that leads to one, or nothing to say yet."""

_FAULTS = {
    Fault.TOO_BIG: replies.TOO_BIG,
    Fault.LINE_TOO_LONG: replies.DATA_LINE_TOO_LONG,
    Fault.BARE_LINE_END: replies.BARE_IN_DATA,
    Fault.NUL: replies.NUL_IN_DATA,
    Fault.NO_ROOM: replies.NO_ROOM,
}


class Transaction:
    """One mail under way. `most` is the size limit so far; `content` is set from the first BDAT on; `dsn` holds
    what is to be told about some of the recipients."""

    __slots__ = ("content", "dsn", "mail", "most", "recipients")

    def __init__(self, mail: commands.Mail, most: int) -> None:
        self.mail = mail
        self.most = most
        self.recipients: list[str] = []
        self.dsn: dict[str, DsnRequest] = {}
        self.content: Content | None = None


class Session:
    """One peer, from its greeting to its goodbye."""

    def __init__(self, shared: Shared, connection: Connection) -> None:
        self.connection = connection
        self.transaction: Transaction | None = None
        self.reader: DotReader | ChunkReader | None = None
        self.ending = False
        self.polite = False
        self.errors = 0
        self.upgrading = False
        self._shared = shared
        self._limits = shared.limits
        self._junk = 0

    def command(self, line: bytes, *, more: bool) -> Step:  # noqa: PLR0911 - each refusal on its line
        """Obey one line, given without its line end. `more`: something was sent behind it already."""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            return replies.NOT_UTF8
        if "\0" in text:
            return self.end_with(replies.NUL_IN_COMMAND)
        verb, argument = commands.split(text)
        known = _COMMANDS.get(verb)
        if known is None:
            return self._unknown(verb)
        if more and verb != "QUIT" and (known.last or not self.connection.extended):
            return self.end_with(replies.PIPELINED)
        if known.junk:
            self._junk += 1
            if self._junk > self._limits.junk_commands:
                return self.end_with(replies.TOO_MUCH_JUNK)
        try:
            return known.obey(self, argument)
        except PermFail as exc:
            return exc.reply

    def received(self) -> Step:
        """The reader has eaten all that was announced: answer for the chunk or the mail."""
        reader, self.reader = self.reader, None
        if isinstance(reader, DotReader):
            return self._complete(reader.content)
        if not isinstance(reader, ChunkReader):
            raise TypeError("nothing was being received")
        if reader.content is None:
            return replies.RCPT_FIRST if self.transaction else replies.MAIL_FIRST
        if reader.last:
            return self._complete(reader.content)
        if reader.content.fault:
            return self._fault(reader.content)
        return Reply(250, "2.0.0", f"{reader.size} octets received")

    def secured(self, tls: str) -> None:
        """TLS is in place: everything that was said before is forgotten (RFC 3207, 4.2)."""
        self.reset()
        self.connection = msgspec.structs.replace(self.connection, tls=tls, helo="", extended=False)

    def reset(self) -> None:
        """Drop the transaction."""
        transaction, self.transaction = self.transaction, None
        if transaction and transaction.content:
            transaction.content.discard()
        if self.reader and self.reader.content:
            self.reader.content.discard()
        self.reader = None

    def end_with(self, reply: Reply) -> Reply:
        """The last reply of this session."""
        self.ending = True
        return reply

    def _unknown(self, verb: str) -> Reply:
        if verb in commands.HTTP_VERBS or verb.startswith("HTTP/"):
            return self.end_with(replies.NOT_SMTP)
        return replies.UNKNOWN

    def _hello(self, argument: str, *, extended: bool) -> Reply:
        name = commands.hello(argument)
        if name is None:
            return replies.ONE_NAME
        self.reset()
        self.connection = msgspec.structs.replace(self.connection, helo=name, extended=extended)
        hostname = self._shared.settings.hostname
        if not extended:
            return Reply(250, "", hostname)
        offers = [hostname, "PIPELINING", f"SIZE {self._limits.size}", "8BITMIME", "SMTPUTF8", "CHUNKING"]
        offers += ["ENHANCEDSTATUSCODES", "DSN"]
        if self._shared.tls and not self.connection.tls:
            offers.append("STARTTLS")
        return Reply(250, "", "\n".join(offers))

    def _mail(self, argument: str) -> Step:
        if not self.connection.helo:
            return replies.HELLO_FIRST
        if self.transaction:
            return replies.MAIL_AGAIN
        if not self._shared.room:
            return replies.NO_ROOM
        mail = commands.mail(argument, extended=self.connection.extended, longest=self._limits.address)
        if mail.size > self._limits.size:
            return _too_big(self._limits.size)
        return self._ask_for_sender(mail)

    async def _ask_for_sender(self, mail: commands.Mail) -> Reply:
        await self._shared.journey.sender(self.connection, mail.sender, mail.size)
        self.transaction = Transaction(mail, self._limits.size)
        return replies.SENDER_OK

    def _rcpt(self, argument: str) -> Step:
        transaction = self.transaction
        if transaction is None:
            return replies.MAIL_FIRST
        if transaction.content:
            return replies.CHUNKS_UNDER_WAY
        if len(transaction.recipients) >= self._limits.recipients:
            return replies.TOO_MANY_RECIPIENTS
        recipient = commands.recipient(
            argument,
            extended=self.connection.extended,
            utf8=transaction.mail.utf8,
            longest=self._limits.address,
        )
        return self._ask_for_recipient(transaction, recipient)

    async def _ask_for_recipient(self, transaction: Transaction, recipient: commands.Recipient) -> Reply:
        address = recipient.address
        most = await self._shared.journey.recipient(self.connection, transaction.mail.sender, address)
        if transaction.mail.size > most:
            return _too_big(most)
        transaction.most = min(transaction.most, most)
        transaction.recipients.append(address)
        if recipient.dsn is not None:
            transaction.dsn[address] = recipient.dsn
        return replies.RECIPIENT_OK

    def _data(self, argument: str) -> Reply:
        transaction = self.transaction
        if transaction is None:
            return replies.MAIL_FIRST
        if argument:
            return replies.TAKES_NOTHING
        if transaction.content:
            return replies.CHUNKS_UNDER_WAY
        if not transaction.recipients:
            return replies.RCPT_FIRST
        self.reader = DotReader(self._new_content(transaction), self._limits.inbox)
        return replies.GO_AHEAD

    def _bdat(self, argument: str) -> Step:
        """RFC 3030. Octets that were announced are eaten even when the answer is no."""
        chunk = commands.chunk(argument)
        if chunk is None:
            return self.end_with(replies.CHUNK_SYNTAX)
        transaction = self.transaction
        so_far = transaction.content.size if transaction and transaction.content else 0
        if chunk.size > 2 * self._limits.size - so_far:
            return self.end_with(_too_big(self._limits.size))
        if chunk.size < self._limits.small_chunk and not chunk.last:
            self._junk += 1
            if self._junk > self._limits.junk_commands:
                return self.end_with(replies.TOO_MUCH_JUNK)
        content = None
        if transaction and transaction.recipients:
            content = transaction.content = transaction.content or self._new_content(transaction)
        self.reader = ChunkReader(content, chunk.size, last=chunk.last)
        return None

    def _new_content(self, transaction: Transaction) -> Content:
        settings, limits = self._shared.settings, self._limits
        return Content(
            limits, self._shared.memory, line_ends=settings.line_ends, most=transaction.most, spool=settings.spool
        )

    def _complete(self, content: Content) -> Step:
        content.finish()
        return self._fault(content) if content.fault else self._accept(content)

    def _fault(self, content: Content) -> Reply:
        """Refuse what is wrong with the mail. Behind disputed line ends nothing more is believed."""
        transaction = self.transaction
        self.reset()
        if content.disputed:
            self.ending = True
        if content.fault is Fault.TOO_BIG and transaction:
            return _too_big(transaction.most)
        return _FAULTS[content.fault or Fault.NO_ROOM]

    async def _accept(self, content: Content) -> Reply:
        """Hand the whole mail over, and answer what the journey answers."""
        transaction, self.transaction = self.transaction, None
        if transaction is None:
            raise TypeError("no transaction")
        reserved = 0
        try:
            if content.in_memory:
                raw = content.joined()
            else:
                await self._shared.memory.hold(content.size)
                reserved = content.size
                raw = await content.read_back()
            mail = transaction.mail
            envelope = Envelope(
                sender=mail.sender,
                recipients=tuple(transaction.recipients),
                utf8=mail.utf8,
                body=mail.body,
                received_at=self._shared.clock.now(),
                ret=mail.ret,
                envelope_id=mail.envelope_id,
                dsn=transaction.dsn,
            )
            reply = await self._shared.journey.accept(self.connection, envelope, raw)
        finally:
            content.discard()
            if reserved:
                self._shared.memory.release(reserved)
            if content.disputed:
                self.ending = True
        self._junk = 0
        return reply

    def _rset(self, argument: str) -> Reply:
        if argument:
            return replies.TAKES_NOTHING
        self.reset()
        return replies.OK

    def _starttls(self, argument: str) -> Reply:
        if argument:
            return replies.TAKES_NOTHING
        if self.connection.tls:
            return replies.TLS_ALREADY
        if not self._shared.tls:
            return replies.NOT_OFFERED
        if not self.connection.helo:
            return replies.HELLO_FIRST
        self.upgrading = True
        return replies.START_TLS

    def _quit(self, argument: str) -> Reply:
        if argument:
            return replies.TAKES_NOTHING
        self.polite = True
        return self.end_with(replies.BYE)


def _too_big(most: int) -> Reply:
    return Reply(552, "5.3.4", f"the mail is larger than is accepted here: at most {most} octets")


def _says(reply: Reply) -> Callable[[Session, str], Step]:
    return lambda _, __: reply


class _Command(NamedTuple):
    """`last`: nothing may be sent behind it before its answer is heard (RFC 2920, 3.1). `junk`: it
    brings no mail, and is counted."""

    obey: Callable[[Session, str], Step]
    last: bool = False
    junk: bool = False


# ruff: noqa: SLF001 - the table belongs to the class above
_COMMANDS = {
    "EHLO": _Command(functools.partial(Session._hello, extended=True), last=True, junk=True),
    "HELO": _Command(functools.partial(Session._hello, extended=False), last=True, junk=True),
    "MAIL": _Command(Session._mail),
    "RCPT": _Command(Session._rcpt),
    "DATA": _Command(Session._data, last=True),
    "BDAT": _Command(Session._bdat),
    "RSET": _Command(Session._rset, junk=True),
    "QUIT": _Command(Session._quit),
    "STARTTLS": _Command(Session._starttls, last=True, junk=True),
    "NOOP": _Command(_says(replies.OK), last=True, junk=True),
    "HELP": _Command(_says(replies.HELP), last=True, junk=True),
    "VRFY": _Command(_says(replies.CANNOT_VERIFY), last=True, junk=True),
    "EXPN": _Command(_says(replies.NOT_OFFERED), last=True, junk=True),
    "AUTH": _Command(_says(replies.NOT_OFFERED), last=True, junk=True),
    "ETRN": _Command(_says(replies.NOT_OFFERED), last=True, junk=True),
    "TURN": _Command(_says(replies.NOT_OFFERED), last=True, junk=True),
}
