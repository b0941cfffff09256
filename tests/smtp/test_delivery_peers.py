# SPDX-License-Identifier: Apache-2.0
"""The client and TLS, kept connections, servers that are not ours, and the promise about line ends."""

# ruff: noqa: ASYNC220, ASYNC240 - a test may block

import asyncio
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailward.disposition.delivery.client import Destination, Timeouts, Tls, send
from mailward.disposition.delivery.connections import Connections
from mailward.edge import tls
from mailward.edge.content import Content, Memory
from mailward.edge.limits import Limits, LineEnds

QUICK = Timeouts(connect=2, greeting=2, handshake=2, command=2, slice=2, end_of_data=2)
MAIL = b"Subject: x\r\n\r\n.dot\r\n..\r\nx\r\n"


# TLS


async def test_tls(script, certificate):
    context = tls.server_context(*certificate)
    async with script(offers=("STARTTLS", "PIPELINING"), context=context) as server:
        for kind in (Tls.OPPORTUNISTIC, Tls.MANDATORY):
            server.heard = b""
            assert (await server.send(tls=kind))["lee@example.test"].code == 250
            assert server.heard.count(b"EHLO") == 2
        assert (await server.send(tls=Tls.VERIFIED))["lee@example.test"].status == "4.7.5"
        server.heard = b""
        assert (await server.send(tls=Tls.NEVER))["lee@example.test"].code == 250
        assert b"STARTTLS" not in server.heard


async def test_tls_that_fails_is_done_without_if_it_may(script):
    broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    async with script(offers=("STARTTLS", "PIPELINING"), context=broken) as server:
        assert (await server.send())["lee@example.test"].code == 250
        assert server.connections == 2
        assert (await server.send(tls=Tls.MANDATORY))["lee@example.test"].status == "4.7.5"
    async with script({"STARTTLS": "454 4.7.0 not now"}, offers=("STARTTLS", "PIPELINING")) as server:
        assert (await server.send())["lee@example.test"].code == 250
        assert (await server.send(tls=Tls.MANDATORY))["lee@example.test"].status == "4.7.4"
    async with script() as server:
        assert (await server.send(tls=Tls.MANDATORY))["lee@example.test"].status == "4.7.4"


async def test_clear_text_behind_the_220_ends_it(script):
    async with script(offers=("STARTTLS", "PIPELINING"), behind=b"250 evil\r\n") as server:
        assert (await server.send())["lee@example.test"].status == "4.7.0"
        assert b"MAIL" not in server.heard
        assert server.connections == 1


# Kept connections


async def test_connections_are_used_again(script):
    connections = Connections(timeouts=QUICK)
    async with script() as server:
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
async def test_a_kept_connection_that_died_is_replaced(script, answers):
    connections = Connections(timeouts=QUICK)
    async with script() as server:
        await connections.send(server.destination(), "", ["lee@example.test"], MAIL)
        later = iter([*answers.values()])
        server.answers["MAIL"] = lambda _: next(later, "250 ok")
        assert (await connections.send(server.destination(), "", ["lee@example.test"], MAIL))[
            "lee@example.test"
        ].code == 250
        assert server.connections == 2
        connections.close()


async def test_no_more_connections_than_allowed(script):
    connections = Connections(most=3, timeouts=QUICK)
    async with script() as server:
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
def test_nothing_but_clean_lines_leaves_us(script, raw, chunking):
    """Through the server's line discipline and the client to a sink: no CR or LF alone, no NUL, no
    line above 998, exactly one end."""
    limits = Limits()
    content = Content(limits, Memory(limits.memory), line_ends=LineEnds.NORMALISE, most=limits.size, spool="")
    content.add(raw)
    content.finish()
    taken = content.joined()

    async def deliver():
        async with script(offers=("PIPELINING", "CHUNKING") if chunking else ("PIPELINING",)) as server:
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
