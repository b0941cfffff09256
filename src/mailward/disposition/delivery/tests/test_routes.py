# SPDX-License-Identifier: Apache-2.0
"""The next server is tried when one cannot be talked to, and only then."""

import asyncio
import random
import socket
from uuid import UUID

from mailward.control.domains.service import Domain, Server
from mailward.disposition.delivery.connections import Connections
from mailward.disposition.delivery.mx import MailExchangers
from mailward.disposition.delivery.routes import Routes
from mailward.disposition.delivery.servers import Servers
from mailward.disposition.delivery.transaction import Item
from mailward.egress.dns.service import Dns, Zone
from mailward.kit.clock import Clock
from sink import Sink

ORGANIZATION = UUID(int=1)
RAW = b"Subject: hello\r\n\r\nhi\r\n"


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def send(rows, recipient="r@example.test", servers_known=None):
    connections = Connections()
    try:
        chance = random.Random(1)
        nobody = MailExchangers(Dns(Zone({})).for_feature("delivery"), own_names=[], chance=chance)
        servers = servers_known or Servers(monotonic=Clock().monotonic, chance=chance)
        routes = Routes(connections, servers, helo="gateway.test", chance=chance, exchangers=nobody)
        domain = Domain(name="example.test", servers=tuple(rows))
        return (await routes.send(ORGANIZATION, domain, Item("a@sender.test", (recipient,), RAW)))[recipient]
    finally:
        connections.close()


async def test_a_dead_server_is_passed_over():
    with Sink() as sink:
        first = Server(host="127.0.0.1", port=closed_port(), preference=1)
        reply = await send([first, Server(host="127.0.0.1", port=sink.address[1], preference=2)])
        assert (reply.reply.code, len(sink.received)) == (250, 1)


async def test_a_dead_server_is_not_tried_for_every_mail():
    """Somebody listens where the dead one was, and hears nothing: it rests."""
    port = closed_port()
    servers = Servers(monotonic=Clock().monotonic, chance=random.Random(1))
    with Sink() as sink:
        rows = [
            Server(host="127.0.0.1", port=port, preference=1),
            Server(host="127.0.0.1", port=sink.address[1], preference=2),
        ]
        answer = await send(rows, servers_known=servers)
        with Sink(port) as back:
            assert (await send(rows, servers_known=servers)).reply.code == 250
            assert (len(sink.received), len(back.received)) == (2, 0)
    assert answer.server == f"127.0.0.1:{sink.address[1]}"
    assert not answer.down


async def test_when_nobody_can_be_talked_to_that_says_nothing_about_the_mail():
    answer = await send([Server(host="127.0.0.1", port=closed_port())])
    assert (answer.reply.code, answer.down) == (451, True)


async def test_a_server_that_greets_with_421_is_passed_over():
    async def refuse(reader, writer):
        writer.write(b"421 4.3.2 closed for today\r\n")
        await writer.drain()
        writer.close()

    busy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    with Sink() as sink:
        first = Server(host="127.0.0.1", port=busy.sockets[0].getsockname()[1], preference=1)
        reply = await send([first, Server(host="127.0.0.1", port=sink.address[1], preference=2)])
        assert (reply.reply.code, len(sink.received)) == (250, 1)
    busy.close()


async def test_a_refused_recipient_is_not_taken_to_another_server():
    with Sink() as one, Sink() as two:
        one.answers["r@example.test"] = "550 5.1.1 nobody here"
        rows = [Server(host="127.0.0.1", port=s.address[1], preference=n) for n, s in enumerate((one, two), start=1)]
        assert (await send(rows)).reply.code == 550
        assert not two.received


async def test_no_server_at_all_is_temporary():
    assert (await send([])).reply.code == 451
    assert (await send([Server(host="127.0.0.1", port=closed_port())])).reply.code == 451
