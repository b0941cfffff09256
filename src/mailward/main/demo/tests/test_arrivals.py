# SPDX-License-Identifier: Apache-2.0
"""Specimens travel over real SMTP, once, and the protected server keeps what it is given."""

import asyncio
import contextlib
import hashlib
from datetime import UTC, datetime

import pytest

from mailward.main.demo.arrivals import arrive
from mailward.main.demo.dressing import dress
from mailward.main.demo.index import specimens
from mailward.main.demo.keys import SenderKeys
from mailward.main.demo.protected_server import ProtectedServer
from mailward.main.demo.sending import Trip, send

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys():
    return SenderKeys.make()


@pytest.fixture
async def server(tmp_path):
    server = ProtectedServer(tmp_path / "protected")
    await server.start()
    yield server
    await server.stop()


async def test_all_arrive_unaltered(server, tmp_path, keys):
    told = []
    arrivals = await arrive(
        (server.host, server.port), data=tmp_path, keys=keys, every=0, on_arrival=told.append, clock=lambda: NOW
    )
    assert [arrival.specimen for arrival in told] == list(specimens()) == [arrival.specimen for arrival in arrivals]
    assert all(arrival.outcome.accepted for arrival in arrivals)
    assert told[-1].number == told[-1].total == len(specimens())
    sent = {
        hashlib.sha256(dress(s, keys=keys, now=NOW)).hexdigest()
        for s in specimens()
        if "lee@example.test" in s.recipients
    }
    assert {message.sha256 for message in server.messages("lee@example.test")} == sent
    for message in server.messages("Lee@example.test"):
        assert hashlib.sha256(message.path.read_bytes()).hexdigest() == message.sha256
    assert "sam@example.test" in server.mailboxes()


async def test_a_second_start_sends_nothing_unless_asked(server, tmp_path, keys):
    smtp = (server.host, server.port)
    await arrive(smtp, data=tmp_path, keys=keys, every=0)
    assert await arrive(smtp, data=tmp_path, keys=keys, every=0) == ()
    assert len(await arrive(smtp, data=tmp_path, keys=keys, every=0, again=True)) == len(specimens())


async def test_a_mail_that_could_not_be_handed_over_is_tried_on_the_next_start(tmp_path, keys, monkeypatch):
    monkeypatch.setattr("mailward.main.demo.arrivals.ATTEMPTS", 1)
    monkeypatch.setattr("mailward.main.demo.arrivals.specimens", lambda: specimens()[:2])
    server = ProtectedServer(tmp_path / "protected")
    await server.start()
    await server.stop()
    smtp = (server.host, server.port)
    missed = await arrive(smtp, data=tmp_path, keys=keys, every=0)
    assert [arrival.outcome for arrival in missed] == [None, None]
    assert all(arrival.why for arrival in missed)
    await server.start()
    assert smtp == (server.host, server.port)
    assert len(await arrive(smtp, data=tmp_path, keys=keys, every=0)) == 2
    await server.stop()


async def test_mail_comes_from_the_address_of_its_story():
    peers = []

    async def note(reader, writer):
        peers.append(writer.get_extra_info("peername")[0])
        writer.write(b"421 4.3.2 not now\r\n")
        writer.close()

    listener = await asyncio.start_server(note, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    trip = Trip(sender="a@sender.test", recipients=("lee@example.test",), mail=b"\r\n", source="127.0.66.1")
    outcome = await send("127.0.0.1", port, trip)
    listener.close()
    assert peers == ["127.0.66.1"]
    assert (outcome.reply.code, outcome.reply.status, outcome.final) == (421, "4.3.2", False)


async def test_dots_and_lone_line_feeds(server):
    trip = Trip(sender="", recipients=("lee@example.test",), mail=b"Subject: dots\n\n.\n..\nend")
    assert (await send(server.host, server.port, trip)).accepted
    (message,) = server.messages("lee@example.test")
    assert message.path.read_bytes() == b"Subject: dots\r\n\r\n.\r\n..\r\nend\r\n"
    assert message.sender == ""


async def test_a_mailbox_name_leads_nowhere_else(server, tmp_path):
    trip = Trip(sender="a@sender.test", recipients=("../../outside@example.test",), mail=b"\r\nx\r\n")
    assert (await send(server.host, server.port, trip)).accepted
    assert all((tmp_path / "protected") in path.parents for path in tmp_path.rglob("*.eml"))


async def test_what_the_server_refuses(server):
    reader, writer = await asyncio.open_connection(server.host, server.port)
    answers = [await reader.readline()]
    for line in (b"RCPT TO:<lee@example.test>", b"DATA", b"MAIL lee", b"NONSENSE", b"NOOP", b"RSET", b"HELO x"):
        writer.write(line + b"\r\n")
        answers.append(await reader.readline())
    writer.close()
    assert [answer[:3] for answer in answers] == [b"220", b"503", b"503", b"501", b"502", b"250", b"250", b"250"]


async def test_stopping_breaks_off_and_refuses(server):
    reader, writer = await asyncio.open_connection(server.host, server.port)
    await reader.readline()
    await server.stop()
    assert not server.running
    with contextlib.suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await send(server.host, server.port, Trip(sender="", recipients=("a@example.test",), mail=b"\r\n"))


async def test_answers_that_are_not_smtp():
    async def babble(reader, writer):
        writer.write(b"hello there\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(babble, "127.0.0.1", 0)
    with pytest.raises(ValueError, match="not an SMTP answer"):
        await send(
            "127.0.0.1", listener.sockets[0].getsockname()[1], Trip(sender="", recipients=("a@b.test",), mail=b"")
        )
    listener.close()
