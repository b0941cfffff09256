# SPDX-License-Identifier: Apache-2.0
"""Rows of servers on the wire, as documented: merged, in order of preference, equal ones in turn by chance."""

import asyncio
import random
from contextlib import ExitStack
from uuid import UUID

from mailward.control.domains.service import Domain, Server
from mailward.disposition.delivery.client import Timeouts
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


def row(port, recipient="*", preference=10):
    return Server(recipient=recipient, host="127.0.0.1", port=port, preference=preference)


async def send(rows, *recipients, mails=1, timeouts=None):
    """The code that each recipient's last mail got."""
    connections = Connections(timeouts=timeouts or Timeouts())
    chance = random.Random(5)
    try:
        nobody = MailExchangers(Dns(Zone({})).for_feature("delivery"), own_names=[], chance=chance)
        servers = Servers(monotonic=Clock().monotonic, chance=chance)
        routes = Routes(connections, servers, helo="gateway.test", chance=chance, exchangers=nobody)
        domain = Domain(name="example.test", servers=tuple(rows))
        for _ in range(mails):
            answers = await routes.send(ORGANIZATION, domain, Item("a@sender.test", recipients, RAW))
        return {recipient: answer.reply.code for recipient, answer in answers.items()}
    finally:
        connections.close()


async def test_a_row_for_one_recipient_stands_beside_those_for_everybody():
    """*@ to A at 10, r1@ to B at 11: A has both, and B stands in for r1 alone."""
    with Sink() as everybody, Sink() as own:
        port = everybody.address[1]
        rows = [row(port), row(own.address[1], "r1", 11)]
        assert await send(rows, "r1@example.test", "r2@example.test") == {
            "r1@example.test": 250,
            "r2@example.test": 250,
        }
        assert (len(everybody.received), len(own.received)) == (2, 0)
    with Sink() as own:
        rows = [row(port), row(own.address[1], "r1", 11)]
        codes = await send(rows, "R1@example.test", "r2@example.test")
        assert codes["R1@example.test"] == 250
        assert 400 <= codes["r2@example.test"] < 500
        assert [mail.recipients for mail in own.received] == [("R1@example.test",)]


async def test_recipients_of_one_mail_go_each_to_their_own_server():
    with Sink() as everybody, Sink() as own:
        rows = [row(everybody.address[1]), row(own.address[1], "boss", 1)]
        assert set((await send(rows, "boss@example.test", "lee@example.test")).values()) == {250}
        assert [mail.recipients for mail in own.received] == [("boss@example.test",)]
        assert [mail.recipients for mail in everybody.received] == [("lee@example.test",)]


async def test_equal_servers_share_the_mail_and_a_worse_one_gets_none():
    with ExitStack() as stack:
        one, two, worse = (stack.enter_context(Sink()) for _ in range(3))
        rows = [row(one.address[1]), row(two.address[1]), row(worse.address[1], preference=20)]
        await send(rows, "lee@example.test", mails=60)
        assert len(one.received) + len(two.received) == 60
        assert min(len(one.received), len(two.received)) > 15
        assert worse.received == []


async def test_a_server_that_says_nothing_is_passed_over():
    async def silent(reader, writer):
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with listening:
        with Sink() as sink:
            rows = [row(listening.sockets[0].getsockname()[1], preference=1), row(sink.address[1], preference=2)]
            assert await send(rows, "lee@example.test", timeouts=Timeouts(greeting=0.3)) == {"lee@example.test": 250}
            assert len(sink.received) == 1
