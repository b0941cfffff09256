# SPDX-License-Identifier: Apache-2.0
"""The client against servers that are not ours, against our own, and against servers that misbehave."""

# ruff: noqa: ASYNC220, ASYNC240 - a test may block

import asyncio
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailward.contract.reply import Reply
from mailward.disposition.delivery.client import Destination, Timeouts, Tls, send
from mailward.disposition.delivery.connections import Connections
from mailward.edge import tls
from mailward.edge.content import Content, Memory
from mailward.edge.limits import Limits, LineEnds

QUICK = Timeouts(connect=2, greeting=2, handshake=2, command=2, slice=2, end_of_data=2)
MAIL = b"Subject: x\r\n\r\n.dot\r\n..\r\nx\r\n"


class Script:
    """A server that answers each line as it is told. `heard` is every byte that came in."""

    def __init__(self, answers=None, *, offers=("PIPELINING", "8BITMIME"), greeting="220 hi", context=None, behind=b""):
        self.answers = answers or {}
        self.offers = offers
        self.greeting = greeting
        self.context = context
        self.behind = behind
        self.heard = b""
        self.connections = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._tasks, self._writers = set(), []
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self._writers.append(writer)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader, writer):
        writer.write(self.greeting.encode() + b"\r\n")
        in_data = False
        while line := await reader.readline():
            self.heard += line
            if in_data:
                if line != b".\r\n":
                    continue
                verb, in_data = ".", False
            else:
                verb = line.split()[0].decode().upper()
            answer = self.answers.get(
                verb, {"DATA": "354 go", "QUIT": "221 bye", "STARTTLS": "220 go"}.get(verb, "250 2.0.0 ok")
            )
            if callable(answer):
                answer = answer(line.decode())
            if verb == "EHLO" and "EHLO" not in self.answers:
                answer = "\r\n".join([f"250-{word}" for word in ("me", *self.offers[:-1])] + [f"250 {self.offers[-1]}"])
            if answer is None:
                return
            if verb == "BDAT":
                self.heard += await reader.readexactly(int(line.split()[1]))
            in_data = verb == "DATA" and answer.startswith("354")
            writer.write(answer.encode() + b"\r\n" + (self.behind if verb == "STARTTLS" else b""))
            if verb == "STARTTLS" and answer.startswith("220") and self.context:
                await writer.drain()
                await writer.start_tls(self.context)
            if verb == "QUIT":
                return

    def destination(self, tls=Tls.OPPORTUNISTIC):
        return Destination(host="127.0.0.1", port=self.port, helo="gateway.example", tls=tls)

    async def send(
        self, *recipients, raw=MAIL, sender="a@peer.example", utf8=False, tls=Tls.OPPORTUNISTIC, timeouts=QUICK
    ):
        recipients = recipients or ("lee@example.test",)
        return await send(self.destination(tls), sender, recipients, raw, utf8=utf8, timeouts=timeouts)


async def test_a_mail():
    async with Script() as server:
        assert await server.send("lee@example.test", "sam@example.test") == {
            "lee@example.test": Reply(250, "2.0.0", "ok"), "sam@example.test": Reply(250, "2.0.0", "ok"),
        }  # fmt: skip
        await asyncio.sleep(0.05)
        assert server.heard == (
            b"EHLO gateway.example\r\nMAIL FROM:<a@peer.example>\r\nRCPT TO:<lee@example.test>\r\n"
            b"RCPT TO:<sam@example.test>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n...\r\nx\r\n.\r\nQUIT\r\n"
        )


@pytest.mark.parametrize("offers", [("PIPELINING",), ("8BITMIME",), ("CHUNKING", "PIPELINING"), ("CHUNKING",)])
@pytest.mark.parametrize("large", [False, True])
async def test_each_recipient_has_its_reply(offers, large):
    def rcpt(line):
        return {"u": "550 5.1.1 unknown", "g": "450 4.2.0 greylisted", "l": "250 ok"}[line.split("<")[1][0]]

    async with Script({"RCPT": rcpt}, offers=offers) as server:
        raw = MAIL + b"0123456789abcd\r\n" * (6000 if large else 1)
        replies = await server.send("u@x.example", "l@x.example", "g@x.example", raw=raw)
        assert replies == {
            "l@x.example": Reply(250, "2.0.0", "ok"), "u@x.example": Reply(550, "5.1.1", "unknown"),
            "g@x.example": Reply(450, "4.2.0", "greylisted"),
        }  # fmt: skip
        assert (b"BDAT" in server.heard) == (large and "CHUNKING" in offers)
        if b"BDAT" in server.heard:
            assert raw in server.heard


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"MAIL": "550 5.7.1 no"}, 550),
        ({"MAIL": "451 4.3.0 later"}, 451),
        ({"MAIL": None}, 451),
        ({"MAIL": "421 4.3.2 going down"}, 421),
        ({"RCPT": "550 5.1.1 no"}, 550),
        ({"RCPT": "550 5.1.1 no", "DATA": "503 5.5.1 no"}, 550),
        ({"RCPT": None}, 451),
        ({"RCPT": "354 what"}, 451),
        ({"DATA": "554 5.5.1 no"}, 554),
        ({"DATA": "250 2.0.0 what"}, 451),
        ({"DATA": None}, 451),
        ({".": "552 5.3.4 too big"}, 552),
        ({".": "452 4.3.1 full"}, 452),
        ({".": None}, 451),
        ({".": "250-one\r\n251 two"}, 451),
        ({".": "hello"}, 451),
        ({".": "250" + "x" * 10}, 451),
        ({".": "250 " + "x" * 5000}, 250),
        ({".": "\r\n".join(["250-x"] * 200)}, 451),
        ({".": "y" * 100_000}, 451),
        ({"EHLO": "500 what", "HELO": "500 what"}, 451),
        ({"EHLO": None}, 451),
        ({"EHLO": "500 what"}, 250),
    ],
)
@pytest.mark.parametrize("offers", [("PIPELINING",), ("8BITMIME",)])
async def test_every_refusal_and_every_break(answers, code, offers):
    async with Script(answers, offers=offers) as server:
        [reply] = (await server.send()).values()
        assert reply.code == code


@pytest.mark.parametrize(("greeting", "code"), [("554 go away", 451), ("421 busy", 451), ("HTTP/1.1 400 Bad", 451)])
async def test_greetings(greeting, code):
    async with Script(greeting=greeting) as server:
        [reply] = (await server.send()).values()
        assert reply.code == code


async def test_silence():
    quick = Timeouts(greeting=0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        destination = Destination(host="127.0.0.1", port=silent.getsockname()[1])
        replies = await send(destination, "", ["lee@example.test"], MAIL, timeouts=quick)
        assert time.monotonic() - begun < 2
    assert replies == {"lee@example.test": Reply(451, "4.4.2", "no answer to the connection within 0.2 s")}
    replies = await send(destination, "", ["lee@example.test"], MAIL, timeouts=quick)
    assert (replies["lee@example.test"].code, replies["lee@example.test"].status) == (451, "4.4.1")


async def test_a_name_that_does_not_resolve():
    replies = await send(Destination(host="no.such.host.invalid"), "", ["lee@example.test"], MAIL, timeouts=QUICK)
    assert (replies["lee@example.test"].code, replies["lee@example.test"].status) == (451, "4.4.3")


async def test_many_recipients_go_in_hundreds():
    recipients = [f"r{number}@example.test" for number in range(250)]
    async with Script() as server:
        replies = await server.send(*recipients)
        assert list(replies) == recipients
        assert {reply.code for reply in replies.values()} == {250}
        assert server.heard.count(b"MAIL FROM") == 3


async def test_552_for_too_many_recipients_is_temporary():
    count = iter(range(100))
    async with Script({"RCPT": lambda _: "250 ok" if next(count) < 2 else "552 too many"}) as server:
        replies = await server.send("a@x.example", "b@x.example", "c@x.example")
        assert [reply.code for reply in replies.values()] == [250, 250, 452]


async def test_addresses_in_other_letters():
    async with Script(offers=("PIPELINING", "8BITMIME")) as server:
        replies = await server.send(
            "lee@bücher.example", "jörg@x.example", "ok@x.example", raw="Subject: x\r\n\r\nü\r\n".encode()
        )
        assert replies["jörg@x.example"] == Reply(550, "5.6.7", replies["jörg@x.example"].text)
        assert {replies[name].code for name in ("lee@bücher.example", "ok@x.example")} == {250}
        assert b"RCPT TO:<lee@xn--bcher-kva.example>\r\n" in server.heard
        assert b"MAIL FROM:<a@peer.example> BODY=8BITMIME\r\n" in server.heard
        replies = await server.send("a@x.example", "b@x.example", sender="jörg@x.example")
        assert {reply.status for reply in replies.values()} == {"5.6.7"}
        replies = await server.send("a@x.example", raw="Subject: ü\r\n\r\nx\r\n".encode(), utf8=True)
        assert replies["a@x.example"].status == "5.6.9"
    async with Script(offers=("SMTPUTF8", "8BITMIME")) as server:
        replies = await server.send("jörg@x.example", raw="Subject: ü\r\n\r\nx\r\n".encode(), utf8=True)
        assert replies["jörg@x.example"].code == 250
        assert "RCPT TO:<jörg@x.example>\r\n".encode() in server.heard
        assert b"BODY=8BITMIME SMTPUTF8\r\n" in server.heard


@pytest.mark.parametrize(
    "address", ["a@x.example>\r\nRCPT TO:<b", "a\n@x", "a@x> SIZE=1", "a\0@x", "<a@x", "a@x\u2028"]
)
async def test_addresses_that_would_break_out(address):
    async with Script(offers=("SMTPUTF8",)) as server:
        replies = await server.send(address, "ok@x.example")
        assert replies[address].status == "5.1.3"
        assert replies["ok@x.example"].code == 250
        assert server.heard.count(b"RCPT") == 1
        assert {reply.status for reply in (await server.send(sender=address)).values()} == {"5.1.3"}


async def test_size_is_known_before():
    async with Script(offers=("SIZE 20", "PIPELINING")) as server:
        [reply] = (await server.send()).values()
        assert (reply.code, reply.status) == (552, "5.3.4")
        assert b"MAIL" not in server.heard


async def test_long_lines_are_folded_or_chunked():
    raw = b"Subject: " + b"word " * 500 + b"\r\n\r\n" + b"<p>text</p> " * 1000 + b"\r\n" + b"A" * 5000 + b"\r\n"
    async with Script(offers=("PIPELINING",)) as server:
        assert (await server.send(raw=raw))["lee@example.test"].code == 250
        assert max(map(len, server.heard.split(b"\r\n"))) <= 998
        body = server.heard.partition(b"DATA\r\n")[2].partition(b"\r\n.\r\n")[0]
        header, _, text = body.partition(b"\r\n\r\n")
        assert header.replace(b"\r\n", b"") == raw.partition(b"\r\n\r\n")[0]
        assert all(line.startswith(b" ") for line in header.split(b"\r\n")[1:])
        assert text.replace(b"\r\n", b"") == raw.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"")
    async with Script(offers=("PIPELINING", "CHUNKING")) as server:
        assert (await server.send(raw=raw))["lee@example.test"].code == 250
        assert raw in server.heard


async def test_a_mail_that_cannot_be_sent():
    async with Script() as server:
        assert (await server.send(raw=b"x\0y\r\n"))["lee@example.test"].status == "5.6.0"


# TLS


async def test_tls(certificate):
    context = tls.server_context(*certificate)
    async with Script(offers=("STARTTLS", "PIPELINING"), context=context) as server:
        for kind in (Tls.OPPORTUNISTIC, Tls.MANDATORY):
            server.heard = b""
            assert (await server.send(tls=kind))["lee@example.test"].code == 250
            assert server.heard.count(b"EHLO") == 2
        assert (await server.send(tls=Tls.VERIFIED))["lee@example.test"].status == "4.7.5"
        server.heard = b""
        assert (await server.send(tls=Tls.NEVER))["lee@example.test"].code == 250
        assert b"STARTTLS" not in server.heard


async def test_tls_that_fails_is_done_without_if_it_may():
    broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with Script(offers=("STARTTLS", "PIPELINING"), context=broken) as server:
        assert (await server.send())["lee@example.test"].code == 250
        assert server.connections == 2
        assert (await server.send(tls=Tls.MANDATORY))["lee@example.test"].status == "4.7.5"
    async with Script({"STARTTLS": "454 4.7.0 not now"}, offers=("STARTTLS", "PIPELINING")) as server:
        assert (await server.send())["lee@example.test"].code == 250
        assert (await server.send(tls=Tls.MANDATORY))["lee@example.test"].status == "4.7.4"
    async with Script() as server:
        assert (await server.send(tls=Tls.MANDATORY))["lee@example.test"].status == "4.7.4"


async def test_clear_text_behind_the_220_ends_it():
    async with Script(offers=("STARTTLS", "PIPELINING"), behind=b"250 evil\r\n") as server:
        assert (await server.send())["lee@example.test"].status == "4.7.0"
        assert b"MAIL" not in server.heard
        assert server.connections == 1


# Kept connections


async def test_connections_are_used_again():
    connections = Connections(timeouts=QUICK)
    async with Script() as server:
        for _ in range(5):
            assert (await connections.send(server.destination(), "", ["lee@example.test"], MAIL))[
                "lee@example.test"
            ].code == 250
        assert server.connections == 1
        assert b"RSET" not in server.heard
        server.answers["RCPT"] = "550 5.1.1 no"
        await connections.send(server.destination(), "", ["lee@example.test"], MAIL)
        del server.answers["RCPT"]
        assert (await connections.send(server.destination(), "", ["lee@example.test"], MAIL))[
            "lee@example.test"
        ].code == 250
        assert server.heard.count(b"RSET") == 1
        assert server.connections == 1
        connections.close()
        await asyncio.sleep(0.05)
        assert server.heard.endswith(b"QUIT\r\n")


@pytest.mark.parametrize("answers", [{"MAIL": None}, {"MAIL": "421 4.4.2 idle for too long"}])
async def test_a_kept_connection_that_died_is_replaced(answers):
    connections = Connections(timeouts=QUICK)
    async with Script() as server:
        await connections.send(server.destination(), "", ["lee@example.test"], MAIL)
        later = iter([*answers.values()])
        server.answers["MAIL"] = lambda _: next(later, "250 ok")
        assert (await connections.send(server.destination(), "", ["lee@example.test"], MAIL))[
            "lee@example.test"
        ].code == 250
        assert server.connections == 2
        connections.close()


async def test_no_more_connections_than_allowed():
    connections = Connections(most=3, timeouts=QUICK)
    async with Script() as server:
        work = [connections.send(server.destination(), "", ["lee@example.test"], MAIL) for _ in range(30)]
        for replies in await asyncio.gather(*work):
            assert replies["lee@example.test"].code == 250
        assert server.connections == 3
        connections.close()


# Servers that are not ours


class Sink:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 2.0.0 taken"


@pytest.mark.parametrize("large", [False, True])
async def test_aiosmtpd_gets_every_byte(large):
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True, ready_timeout=15)
    controller.port = _free_port()
    await asyncio.to_thread(controller.start)
    try:
        destination = Destination(host="127.0.0.1", port=controller.port)
        raw = MAIL + b"..0123456789abcd\r\n.\r\n" * (10_000 if large else 2)
        replies = await send(
            destination, "a@peer.example", ["lee@example.test", "sam@example.test"], raw, timeouts=QUICK
        )
        assert {reply.text for reply in replies.values()} == {"taken"}
        assert sink.mails == [("a@peer.example", ["lee@example.test", "sam@example.test"], raw)]
    finally:
        await asyncio.to_thread(controller.stop)


@pytest.mark.skipif(not shutil.which("smtp-sink"), reason="Postfix is not installed")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 250),
        (["-p"], 250),
        (["-8"], 250),
        (["-e"], 250),
        (["-r", "RCPT"], 450),
        (["-f", "RCPT"], 500),
        (["-q", "DATA"], 451),
    ],
)
async def test_postfix_smtp_sink(options, code):
    """-p: no PIPELINING, -8: no 8BITMIME, -e: no ESMTP; -r soft, -f hard refusal, -q hangs up."""
    port = _free_port()
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="smtp-sink-"))
    folder.chmod(0o777)
    dump = ["-d", str(folder / "mail.")]
    with subprocess.Popen(
        ["smtp-sink", "-u", "nobody", *dump, *options, f"127.0.0.1:{port}", "100"], stderr=subprocess.DEVNULL
    ) as sink:
        try:
            destination = Destination(host="127.0.0.1", port=port)
            for _ in range(100):
                replies = await send(
                    destination, "a@peer.example", ["lee@example.test"], MAIL + b"\xc3\xbc\r\n", timeouts=QUICK
                )
                if replies["lee@example.test"].status != "4.4.1":
                    break
                await asyncio.sleep(0.05)
            assert replies["lee@example.test"].code == code
            if code == 250:
                [dumped] = folder.glob("mail.*")
                assert dumped.read_bytes().endswith(b"\n\n.dot\n..\nx\n\xc3\xbc\n\n")
        finally:
            sink.terminate()
            shutil.rmtree(folder)


# Whatever the server takes, the client delivers

_PIECES = st.sampled_from(
    [
        b"\r",
        b"\n",
        b"\r\n",
        b".",
        b"..",
        b"\0",
        b"\r\n.\r\n",
        b"x",
        b"\xff\xfe",
        b"A: b\r\n",
        b" ",
        b"y" * 1200,
        b"\xc3\xbc" * 600,
    ]
)


@given(raw=st.lists(_PIECES, max_size=20).map(b"".join), chunking=st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_but_clean_lines_leaves_us(raw, chunking):
    """Through the server's line discipline and the client to a sink: no CR or LF alone, no NUL, no
    line above 998, exactly one end."""
    limits = Limits()
    content = Content(limits, Memory(limits.memory), line_ends=LineEnds.NORMALISE, most=limits.size, spool="")
    content.add(raw)
    content.finish()
    taken = content.joined()

    async def deliver():
        async with Script(offers=("PIPELINING", "CHUNKING") if chunking else ("PIPELINING",)) as server:
            replies = await server.send(raw=taken)
            return server.heard, replies["lee@example.test"].code

    heard, code = asyncio.run(deliver())
    assert code == 250
    assert heard.count(b"\r") == heard.count(b"\n") == heard.count(b"\r\n")
    assert b"\0" not in heard
    if b"BDAT" not in heard:
        assert max(len(line.removeprefix(b".")) for line in heard.split(b"\r\n")) <= 998
        body = heard.partition(b"DATA\r\n")[2]
        assert body.startswith(b".\r\n") or body.count(b"\r\n.\r\n") == 1


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
