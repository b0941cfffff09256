# SPDX-License-Identifier: Apache-2.0
"""A mail of our own goes to a stranger's server, is found in mail tracking, and is safe before anybody relies on it."""

import asyncio
import ipaddress
import random
from datetime import UTC, datetime

import pytest

from mailward.contract.own_mail import OwnMail
from mailward.disposition.delivery.connections import Connections
from mailward.disposition.delivery.deliverer import Deliverer
from mailward.disposition.delivery.mx import MailExchangers
from mailward.disposition.delivery.notifier import Notifier
from mailward.disposition.delivery.routes import Routes
from mailward.disposition.delivery.servers import Servers
from mailward.disposition.delivery.submission import Submission
from mailward.egress.dns.network import Network
from mailward.egress.dns.network import Server as Peer
from mailward.egress.dns.service import Dns
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.ids import new_id
from mailward.kit.vault import Key
from mailward.policy.snapshot import OrganizationPolicy, Snapshot
from name_server import NameServer
from sink import Sink

RAW = (
    b"From: reports@example.test\r\nTo: dmarc@far.test\r\nSubject: Report\r\nMessage-ID: <1@gateway.test>\r\n\r\nhi\r\n"
)


class Policies:
    def __init__(self, organization):
        policy = OrganizationPolicy(
            id=organization, name="E", key=Key(b"k" * 32), domains={}, recipients={}, high_profile_users=(), settings={},
            rules=(),
        )  # fmt: skip
        self.current = Snapshot({organization: policy}, {})


@pytest.fixture
def organization():
    return new_id(datetime.now(UTC))


@pytest.fixture
def submission(database, tmp_path, organization):
    keys = {organization: Key(b"k" * 32)}
    return Submission(database, Bodies(tmp_path / "bodies"), Clock(), key_of=keys.__getitem__)


def own(organization, **changes):
    return OwnMail(
        **{"organization_id": organization, "recipients": ("dmarc@far.test",), "raw": RAW, "kind": "report", **changes}
    )


async def rows(database, organization, query):
    async with database.scoped(organization) as connection:
        return [dict(row) for row in await connection.fetch(query)]


async def test_it_is_brought_to_the_mail_exchanger_and_recorded_as_outbound(
    database, organization, submission, tmp_path
):
    zone = {("far.test", "MX"): ["10 mx.far.test."], ("mx.far.test", "A"): ["127.0.0.1"]}
    with NameServer(zone) as names, Sink() as sink:
        host, port = names.address.rsplit(":", 1)
        dns, chance = Dns(Network([Peer(host, int(port))])), random.Random(1)
        exchangers = MailExchangers(
            dns.for_feature("delivery"), own_names=["gateway.test"], chance=chance,
            inside=[ipaddress.ip_network("127.0.0.0/8")],
        )  # fmt: skip
        connections = Connections()
        servers = Servers(monotonic=Clock().monotonic, chance=chance)
        routes = Routes(
            connections, servers, helo="gateway.test", chance=chance, exchangers=exchangers, mx_port=sink.address[1]
        )
        deliverer = Deliverer(
            database, Bodies(tmp_path / "bodies"), Policies(organization), Clock(), send=routes.send,
            notifier=Notifier(submission, hostname="gateway.test"),
        )  # fmt: skip
        running = asyncio.create_task(deliverer.run())
        identifier = await submission.submit(own(organization))
        async with asyncio.timeout(30):
            while await rows(database, organization, "SELECT 1 FROM deliveries"):  # noqa: ASYNC110 - in a database
                await asyncio.sleep(0.05)
        running.cancel()
        connections.close()
        await dns.close()
        [received] = sink.received
    assert (received.sender, received.recipients, received.mail) == ("<>", ("dmarc@far.test",), RAW)
    [message] = await rows(database, organization, "SELECT * FROM messages")
    assert (message["id"], message["direction"], message["subject"]) == (identifier, "out", "Report")
    assert (message["header_from"], message["internet_id"]) == ("reports@example.test", "<1@gateway.test>")
    kinds = await rows(database, organization, "SELECT kind FROM message_events ORDER BY number")
    assert [row["kind"] for row in kinds] == ["submitted", "delivered"]


async def test_it_is_queued_with_the_transaction_that_asked_for_it_or_not_at_all(database, organization, submission):
    async def refuse():
        async with database.scoped(organization) as connection:
            await submission.within(connection, [own(organization)])
            raise RuntimeError("the caller changed its mind")

    with pytest.raises(RuntimeError):
        await refuse()
    for table in ("messages", "deliveries", "message_recipients"):
        assert await rows(database, organization, f"SELECT 1 FROM {table}") == []


async def test_nothing_is_queued_when_its_body_is_not_safe(database, organization, submission, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(submission._bodies, "write_many", fail)
    with pytest.raises(OSError, match="No space"):
        await submission.submit(own(organization))
    assert await rows(database, organization, "SELECT 1 FROM deliveries") == []


async def test_a_mail_without_somebody_to_go_to_is_a_defect_of_ours(organization, submission):
    with pytest.raises(ValueError, match="recipients"):
        await submission.submit(own(organization, recipients=()))
    with pytest.raises(ValueError, match="no address"):
        await submission.submit(own(organization, recipients=("nobody",)))
