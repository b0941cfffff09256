# SPDX-License-Identifier: Apache-2.0
"""Who may test what, how often, and with whom."""

import asyncio
from datetime import timedelta

import pytest

from mailward.contract.gateway import Gateway
from mailward.control.domains import service
from mailward.control.domains.probing import CannotTest, ConnectionTestOrder, Step, StepState, TooManyTests
from mailward.control.domains.service import ConnectionTests, NoSuchDomain
from mailward.control.domains.shapes import InboundServer, NewDomain
from mailward.kit.clock import Clock, HeldClock
from principals import of

GATEWAY = Gateway(hostname="mx.gate.test", mail_exchanges=("mx.gate.test",))


class Probe:
    """Remembers what it was asked."""

    def __init__(self):
        self.orders = []
        self.asked, self.hold = asyncio.Event(), asyncio.Event()
        self.hold.set()

    async def __call__(self, order):
        self.orders.append(order)
        self.asked.set()
        await self.hold.wait()
        return [Step(name="connect", state=StepState.PASSED, milliseconds=1, detail="connected")]


@pytest.fixture
async def ready(database, tenant):
    domains = service.Domains(database, Clock(), GATEWAY)
    for name in ("trusted.test", "claimed.test"):
        await domains.add(of(tenant), NewDomain(name=name, servers=[InboundServer(host="mail.test", port=2525)]))
    await domains.vouch(tenant.id, "trusted.test")
    probe, clock = Probe(), HeldClock(Clock().now())
    yield ConnectionTests(database, clock, GATEWAY, probe), probe, clock
    for name in ("trusted.test", "claimed.test"):
        await domains.delete(tenant.id, name, actor="ada")


def order(**more):
    return ConnectionTestOrder(host="Mail.test", port=2525, **more)


async def test_a_server_of_the_domain_is_tried_for_its_postmaster(ready, tenant):
    tests, probe, _ = ready
    done = await tests.run(tenant.id, "trusted.test", order())
    assert done.passed
    (asked,) = probe.orders
    assert (asked.host, asked.port, asked.recipient, asked.helo, asked.mail) == (
        "mail.test", 2525, "postmaster@trusted.test", "mx.gate.test", None
    )  # fmt: skip


async def test_a_mail_is_sent_on_order(ready, tenant):
    tests, probe, _ = ready
    await tests.run(tenant.id, "trusted.test", order(recipient="lee", send=True))
    assert b"To: <lee@trusted.test>\r\n" in probe.orders[0].mail
    assert probe.orders[0].mail.endswith(b"\r\n")


@pytest.mark.parametrize(
    "asked",
    [
        ConnectionTestOrder(host="internal.test", port=22), ConnectionTestOrder(host="mail.test", port=22),
        order(recipient="lee@elsewhere.test"), order(recipient="a> SIZE=1"), order(recipient="a\r\nDATA"),
    ],
)  # fmt: skip
async def test_nothing_but_configured_rows_and_local_parts(asked, ready, tenant):
    tests, probe, _ = ready
    with pytest.raises(CannotTest):
        await tests.run(tenant.id, "trusted.test", asked)
    assert probe.orders == []


@pytest.mark.parametrize("more", [{"recipient": "lee"}, {"send": True}])
async def test_a_claim_may_ask_for_the_postmaster_only(more, ready, tenant):
    tests, probe, _ = ready
    with pytest.raises(CannotTest, match="not verified"):
        await tests.run(tenant.id, "claimed.test", order(**more))
    assert probe.orders == []
    await tests.run(tenant.id, "claimed.test", order())


async def test_other_organizations_see_no_such_domain(ready, make_tenant):
    tests, probe, _ = ready
    other = await make_tenant("Other")
    with pytest.raises(NoSuchDomain):
        await tests.run(other.id, "trusted.test", order())
    assert probe.orders == []


async def test_a_few_in_a_minute_and_one_at_a_time(ready, tenant):
    tests, probe, clock = ready
    for _ in range(10):
        await tests.run(tenant.id, "trusted.test", order())
    with pytest.raises(TooManyTests) as refused:
        await tests.run(tenant.id, "trusted.test", order())
    assert refused.value.seconds == 6
    clock.at += timedelta(seconds=60)
    probe.hold.clear()
    probe.asked.clear()
    running = asyncio.create_task(tests.run(tenant.id, "trusted.test", order()))
    await probe.asked.wait()
    with pytest.raises(TooManyTests):
        await tests.run(tenant.id, "trusted.test", order())
    probe.hold.set()
    await running
