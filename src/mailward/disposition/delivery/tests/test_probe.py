# SPDX-License-Identifier: Apache-2.0
"""The connection test tells each step, and nothing of services that are not mail servers."""

import asyncio
import contextlib
import ssl

import pytest

from mailward.control.domains.service import ProbeOrder, StepState
from mailward.disposition.delivery.probe import probe
from mailward.edge.tls import own_certificate
from sink import Sink

LEE = "lee@example.test"


def order(port, **more):
    return ProbeOrder(host="127.0.0.1", port=port, helo="gateway.test", recipient=LEE, **more)


@contextlib.asynccontextmanager
async def server(talk):
    """A server that does whatever `talk(reader, writer)` says."""

    async def serve(reader, writer):
        try:
            await talk(reader, writer)
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def script(**answers):
    """A mail server that answers each verb as told, or 250."""

    async def talk(reader, writer):
        writer.write(answers.get("greeting", b"220 peer.test ESMTP\r\n"))
        while line := await reader.readline():
            verb = line[:4].upper().decode().strip()
            writer.write(answers.get(verb, b"250 peer.test\r\n"))
            if verb == "QUIT":
                return

    return talk


def told(steps):
    return [(step.name, step.state.value) for step in steps]


async def test_a_good_server_passes_every_step_and_gets_no_mail():
    with Sink() as sink:
        steps = await probe(order(sink.address[1]))
        assert told(steps) == [
            ("resolve", "passed"), ("connect", "passed"), ("greeting", "passed"), ("hello", "passed"),
            ("starttls", "warning"), ("sender", "passed"), ("recipient", "passed"),
        ]  # fmt: skip
        assert sink.received == []
        assert all(step.milliseconds >= 0 for step in steps)


async def test_the_test_mail_arrives():
    mail = b"Subject: Connection test\r\n\r\nhello\r\n"
    with Sink() as sink:
        steps = await probe(order(sink.address[1], mail=mail))
        assert told(steps)[-1] == ("message", "passed")
        assert [(one.sender, one.recipients, one.mail) for one in sink.received] == [("<>", (LEE,), mail)]


async def test_a_refused_recipient_ends_the_test_with_the_servers_words():
    with Sink() as sink:
        sink.answers[LEE] = "550 5.1.1 nobody here by that name"
        steps = await probe(order(sink.address[1], mail=b"x\r\n"))
        assert told(steps)[-1] == ("recipient", "failed")
        assert steps[-1].detail == "550 5.1.1 nobody here by that name"
        assert steps[-1].advice
        assert sink.received == []


async def test_a_closed_port_and_an_unknown_name():
    async with server(script()) as port:
        pass
    steps = await probe(order(port))
    assert told(steps)[-1] == ("connect", "failed")
    steps = await probe(ProbeOrder(host="nothing.invalid", port=25, helo="g.test", recipient=LEE))
    assert told(steps) == [("resolve", "failed")]


@pytest.mark.parametrize(
    "banner",
    [
        b"SSH-2.0-OpenSSH_9.2p1 secret\r\n", b"+OK secret POP3\r\n", b"220 secret FTP\r\n", b"HTTP/1.1 400 secret\r\n\r\n",
        b"\x00\xffsecret\r\n", b"530 secret\r\n", b"x" * 100_000,
    ],
)  # fmt: skip
async def test_banners_of_other_services_are_not_told(banner):
    async with server(script(greeting=banner, EHLO=b"500 secret what\r\n", HELO=b"500 secret what\r\n")) as port:
        steps = await probe(order(port))
    assert steps[-1].state is StepState.FAILED
    assert "secret" not in " ".join(step.detail for step in steps)


async def test_a_server_with_our_own_name_is_a_loop():
    async with server(script(EHLO=b"250-gateway.test\r\n250 SIZE\r\n")) as port:
        steps = await probe(order(port))
    assert told(steps)[-1] == ("hello", "failed")
    assert "circles" in steps[-1].detail


async def test_the_certificate_is_described_and_why_it_cannot_be_verified(tmp_path):
    certificate, key = own_certificate(tmp_path, "peer.test")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def talk(reader, writer):
        writer.write(b"220 peer.test ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            writer.write(
                b"220 go\r\n"
                if verb == b"STAR"
                else b"250-peer.test\r\n250 STARTTLS\r\n"
                if verb == b"EHLO"
                else b"250 ok\r\n"
            )
            await writer.drain()
            if verb == b"STAR":
                await writer.start_tls(context)

    async with server(talk) as port:
        steps = {step.name: step for step in await probe(order(port))}
    assert steps["starttls"].detail.startswith("TLSv1.")
    assert steps["certificate"].state is StepState.WARNING
    assert "peer.test" in steps["certificate"].detail
    assert "cannot be verified" in steps["certificate"].detail
    assert steps["recipient"].state is StepState.PASSED


async def test_tls_that_is_offered_and_refused_fails():
    async with server(script(EHLO=b"250-peer.test\r\n250 STARTTLS\r\n", STAR=b"454 4.7.0 not now\r\n")) as port:
        steps = await probe(order(port))
    assert told(steps)[-1] == ("starttls", "failed")
