# SPDX-License-Identifier: Apache-2.0
"""The client against servers that are not ours, against our own, and against servers that misbehave."""

import asyncio
import socket
import time

import pytest

from mailward.contract.reply import Reply
from mailward.disposition.delivery.client import Destination, Timeouts, deliver, open_dialogue, send
from mailward.disposition.delivery.transaction import Item

QUICK = Timeouts(connect=2, greeting=2, handshake=2, command=2, slice=2, end_of_data=2)
MAIL = b"Subject: x\r\n\r\n.dot\r\n..\r\nx\r\n"


async def test_a_mail(script):
    async with script() as server:
        assert await server.send("lee@example.test", "sam@example.test") == {
            "lee@example.test": Reply(250, "2.0.0", "ok"), "sam@example.test": Reply(250, "2.0.0", "ok"),
        }  # fmt: skip
        await asyncio.sleep(0.05)
        assert server.heard == (
            b"EHLO gateway.example\r\nMAIL FROM:<a@peer.example>\r\nRCPT TO:<lee@example.test>\r\n"
            b"RCPT TO:<sam@example.test>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\n...\r\nx\r\n.\r\nQUIT\r\n"
        )


@pytest.mark.parametrize("chunking", [False, True])
@pytest.mark.parametrize("announced", [False, True])
async def test_what_the_sender_asked_for_goes_to_servers_that_announce_dsn(script, announced, chunking):
    """RFC 3461, 5.2.1."""
    offers = ["PIPELINING", *["CHUNKING"] * chunking, *["DSN"] * announced]
    item = Item(
        "a@peer.example", ("lee@example.test", "sam@example.test"), MAIL + b"0123456789abcd\r\n" * 6000,
        mail_parameters=" RET=HDRS ENVID=q1", recipient_parameters={"sam@example.test": " NOTIFY=NEVER"},
    )  # fmt: skip
    async with script(offers=offers) as server:
        dialogue = await open_dialogue(server.destination(), timeouts=QUICK)
        replies = await deliver(dialogue, item, timeouts=QUICK)
        dialogue.close()
        assert {reply.code for reply in replies.values()} == {250}
        said = [line for line in server.heard.split(b"\r\n") if line.startswith((b"MAIL", b"RCPT"))]
        assert said == (
            [
                b"MAIL FROM:<a@peer.example> RET=HDRS ENVID=q1", b"RCPT TO:<lee@example.test>",
                b"RCPT TO:<sam@example.test> NOTIFY=NEVER",
            ]
            if announced
            else [b"MAIL FROM:<a@peer.example>", b"RCPT TO:<lee@example.test>", b"RCPT TO:<sam@example.test>"]
        )  # fmt: skip


@pytest.mark.parametrize("offers", [("PIPELINING",), ("8BITMIME",), ("CHUNKING", "PIPELINING"), ("CHUNKING",)])
@pytest.mark.parametrize("large", [False, True])
async def test_each_recipient_has_its_reply(script, offers, large):
    def rcpt(line):
        return {"u": "550 5.1.1 unknown", "g": "450 4.2.0 greylisted", "l": "250 ok"}[line.split("<")[1][0]]

    async with script({"RCPT": rcpt}, offers=offers) as server:
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
async def test_every_refusal_and_every_break(script, answers, code, offers):
    async with script(answers, offers=offers) as server:
        [reply] = (await server.send()).values()
        assert reply.code == code


@pytest.mark.parametrize(("greeting", "code"), [("554 go away", 451), ("421 busy", 451), ("HTTP/1.1 400 Bad", 451)])
async def test_greetings(script, greeting, code):
    async with script(greeting=greeting) as server:
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


async def test_many_recipients_go_in_hundreds(script):
    recipients = [f"r{number}@example.test" for number in range(250)]
    async with script() as server:
        replies = await server.send(*recipients)
        assert list(replies) == recipients
        assert {reply.code for reply in replies.values()} == {250}
        assert server.heard.count(b"MAIL FROM") == 3


async def test_552_for_too_many_recipients_is_temporary(script):
    count = iter(range(100))
    async with script({"RCPT": lambda _: "250 ok" if next(count) < 2 else "552 too many"}) as server:
        replies = await server.send("a@x.example", "b@x.example", "c@x.example")
        assert [reply.code for reply in replies.values()] == [250, 250, 452]


async def test_addresses_in_other_letters(script):
    async with script(offers=("PIPELINING", "8BITMIME")) as server:
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
    async with script(offers=("SMTPUTF8", "8BITMIME")) as server:
        replies = await server.send("jörg@x.example", raw="Subject: ü\r\n\r\nx\r\n".encode(), utf8=True)
        assert replies["jörg@x.example"].code == 250
        assert "RCPT TO:<jörg@x.example>\r\n".encode() in server.heard
        assert b"BODY=8BITMIME SMTPUTF8\r\n" in server.heard


@pytest.mark.parametrize(
    "address", ["a@x.example>\r\nRCPT TO:<b", "a\n@x", "a@x> SIZE=1", "a\0@x", "<a@x", "a@x\u2028"]
)
async def test_addresses_that_would_break_out(script, address):
    async with script(offers=("SMTPUTF8",)) as server:
        replies = await server.send(address, "ok@x.example")
        assert replies[address].status == "5.1.3"
        assert replies["ok@x.example"].code == 250
        assert server.heard.count(b"RCPT") == 1
        assert {reply.status for reply in (await server.send(sender=address)).values()} == {"5.1.3"}


async def test_size_is_known_before(script):
    async with script(offers=("SIZE 20", "PIPELINING")) as server:
        [reply] = (await server.send()).values()
        assert (reply.code, reply.status) == (552, "5.3.4")
        assert b"MAIL" not in server.heard


async def test_long_lines_are_folded_or_chunked(script):
    raw = b"Subject: " + b"word " * 500 + b"\r\n\r\n" + b"<p>text</p> " * 1000 + b"\r\n" + b"A" * 5000 + b"\r\n"
    async with script(offers=("PIPELINING",)) as server:
        assert (await server.send(raw=raw))["lee@example.test"].code == 250
        assert max(map(len, server.heard.split(b"\r\n"))) <= 998
        body = server.heard.partition(b"DATA\r\n")[2].partition(b"\r\n.\r\n")[0]
        header, _, text = body.partition(b"\r\n\r\n")
        assert header.replace(b"\r\n", b"") == raw.partition(b"\r\n\r\n")[0]
        assert all(line.startswith(b" ") for line in header.split(b"\r\n")[1:])
        assert text.replace(b"\r\n", b"") == raw.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"")
    async with script(offers=("PIPELINING", "CHUNKING")) as server:
        assert (await server.send(raw=raw))["lee@example.test"].code == 250
        assert raw in server.heard


async def test_a_mail_that_cannot_be_sent(script):
    async with script() as server:
        assert (await server.send(raw=b"x\0y\r\n"))["lee@example.test"].status == "5.6.0"
