# SPDX-License-Identifier: Apache-2.0
"""Fuzz the SMTP state machine: any bytes, cut anywhere, must end in replies, never in an exception.

    python tests/fuzz/fuzz_smtp.py [-max_total_time=180] [CORPUS]

Beside "it does not raise" it holds: at most one reply per command and mail, replies are well formed,
no accepted mail has a CR, LF or NUL out of place, nothing is taken after the session has ended, and no
memory of mails stays held when the session is over.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

import atheris

with atheris.instrument_imports(include=["mailward.edge"]):
    from mailward.contract.reply import PermFail, Reply
    from mailward.edge import commands, proxy
    from mailward.edge.content import Content
    from mailward.edge.conversation import Conversation, Upgrade
    from mailward.edge.limits import Limits, LineEnds, Listening
    from mailward.edge.proxy import NotAProxy
    from mailward.edge.shared import Shared
    from mailward.kit.clock import Clock

import contextlib

import structlog

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))

LIMITS = Limits(
    size=20_000, recipients=5, command_line=300, data_line=400, inbox=256, spill=1000, spill_when_busy=500, errors=8,
    junk_commands=10, small_chunk=8,
)  # fmt: skip


class Journey:
    """Refuses and breaks on cue, and checks what is accepted."""

    def __init__(self):
        self.accepted = 0

    def connect(self, connection):
        pass

    async def sender(self, connection, sender, size):
        if sender.startswith("x"):
            raise PermFail(550, "5.7.1", "no")
        assert not set("\r\n\0") & set(sender)

    async def recipient(self, connection, sender, recipient):
        if recipient.startswith("x"):
            raise PermFail(550, "5.1.1", "no")
        assert recipient
        assert not set("\r\n\0") & set(recipient)
        return 500 if recipient.startswith("s") else 1 << 30

    async def accept(self, connection, envelope, raw):
        assert envelope.recipients
        assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
        assert b"\0" not in raw
        assert len(raw) <= LIMITS.size * 2
        self.accepted += 1
        return Reply(250, "2.0.0", "queued")


async def work(conversation, wait):
    """What the wire does with each kind of waiting."""
    session = conversation.session
    if isinstance(wait, Content):
        wait.spill()
    elif isinstance(wait, Upgrade):
        session.upgrading = False
        conversation.inbox.clear()
        session.secured("TLSv1.3 X")
    else:
        try:
            conversation.answer(await wait)
        except PermFail as exc:
            conversation.answer(exc.reply)


async def hear(conversation, octets):
    conversation.inbox += octets
    while (wait := conversation.advance()) is not None:
        await work(conversation, wait)


async def talk(provider):
    line_ends = LineEnds.NORMALISE if provider.ConsumeBool() else LineEnds.REJECT
    shared = Shared(Listening(hostname="mx", line_ends=line_ends, limits=LIMITS), Journey(), Clock(), None)
    conversation = Conversation(shared)
    for command in (b"EHLO x\r\n", b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<a@b>\r\n"):
        if provider.ConsumeBool():
            await hear(conversation, command)
    rest = provider.ConsumeBytes(1 << 16)
    step = 1 + rest[0] if rest else 1
    for place in range(0, len(rest), step):
        await hear(conversation, rest[place : place + step])
        if conversation.session.ending:
            break
        assert len(conversation.inbox) <= LIMITS.inbox + LIMITS.command_line + 2 * 256
    for reply in conversation.out:
        for line in reply.split(b"\r\n")[:-1]:
            assert line[:3].isdigit()
            assert line[3:4] in (b" ", b"-")
            assert b"\n" not in line
            assert b"\r" not in line
    conversation.session.reset()
    assert shared.memory.receiving == 0
    assert shared.memory.held == 0


def pieces(provider):
    """The parsers below the state machine, on their own."""
    text = provider.ConsumeUnicodeNoSurrogates(500)
    for read in (
        lambda: commands.mail(f"FROM:{text}", extended=True, longest=320),
        lambda: commands.recipient(f"TO:{text}", extended=True, utf8=True, longest=320),
    ):
        try:
            read()
        except PermFail as exc:
            assert exc.reply.code >= 500
    commands.chunk(text)
    commands.hello(text)
    inbox = bytearray(provider.ConsumeBytes(600))
    with contextlib.suppress(NotAProxy):
        proxy.read_header(inbox)


LOOP = asyncio.new_event_loop()


@atheris.instrument_func
def one_input(data):
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeIntInRange(0, 9) == 0:
        pieces(provider)
    else:
        LOOP.run_until_complete(talk(provider))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
