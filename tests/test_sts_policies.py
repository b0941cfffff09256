# SPDX-License-Identifier: Apache-2.0
"""MTA-STS policies over a real web server: fetched, held, never given up early; and a door that strangers cannot abuse."""

from datetime import UTC, datetime, timedelta

import pytest

from authority import Authority
from mailward.catalog import FEATURES
from mailward.checks.tls_peers.service import StsPolicies
from mailward.contract.dns import DnsTrouble
from mailward.egress.dns.service import Dns, Network, Server
from mailward.egress.door import ON_BEHALF_OF, Door
from mailward.egress.https import Https, is_public
from mailward.egress.ledger import Ledger
from mailward.kit.clock import Clock
from name_server import NameServer
from web_server import WebServer

pytestmark = pytest.mark.postgresql

PAGE = ("mta-sts.partner.test", "/.well-known/mta-sts.txt")
POLICY = b"version: STSv1\nmode: enforce\nmx: mx.partner.test\nmax_age: 604800\n"


class Hand(Clock):
    """A clock that is moved by hand."""

    def __init__(self):
        self.ahead = timedelta()

    def now(self):
        return datetime.now(UTC) + self.ahead

    def monotonic(self):
        return self.ahead.total_seconds()


class World:
    """A domain with a name server and a web server, and our side of it; `again()` is a new start of ours."""

    def __init__(self, tenant, database, names, web, trust):
        self.tenant, self.database, self.names, self.web, self.trust = tenant, database, names, web, trust
        self.clock = Hand()
        self.public = lambda address: True
        self.again()

    def again(self):
        host, port = self.names.address.split(":")
        self.ledger = Ledger(self.database, self.clock)
        door = Door({f.name: f.disclosure for f in FEATURES}, is_on=lambda *_: True, ledger=self.ledger)
        self.dns = Dns(Network([Server(host, int(port))]), on_question=door.dns)
        https = Https(
            door,
            self.dns.for_feature,
            permits=lambda address: self.public(address),  # noqa: PLW0108 - may change later
            port=self.web.port,
            trust=self.trust,
        )
        self.policies = StsPolicies(self.database, self.clock, resolver=self.dns.for_feature("tls_peers"), https=https)

    def record(self, identifier):
        self.names.records["_mta-sts.partner.test", "TXT"] = [f'"v=STSv1; id={identifier};"'] if identifier else []
        self.dns._cache._entries.clear()

    async def of(self, domain="partner.test"):
        return await self.policies.of(self.tenant.id, domain)


@pytest.fixture
async def world(tmp_path, make_tenant, database):
    authority = Authority(tmp_path)
    records = {("mta-sts.partner.test", "A"): ["127.0.0.1"], ("partner.test", "MX"): ["10 mx.partner.test."]}
    context = authority.server("mta-sts.partner.test")
    with NameServer(records) as names, WebServer(context) as web:
        made = World(await make_tenant(tmp_path.name.replace("_", "-")), database, names, web, authority.trusting())
        web.pages[PAGE] = (200, "text/plain; charset=utf-8", POLICY)
        made.record("1")
        made.authority = authority
        yield made
        await made.dns.close()


async def test_a_policy_is_fetched_once_and_survives_a_new_start(world):
    known = await world.of()
    assert (known.policy.mode, known.policy.mx, known.failure) == ("enforce", ("mx.partner.test",), "")
    assert (await world.of()) == known
    await world.dns.close()
    world.again()
    assert (await world.of()).policy.mx == known.policy.mx
    assert world.web.asked == [PAGE]


async def test_what_was_promised_holds_when_the_record_and_the_server_go(world):
    await world.of()
    del world.web.pages[PAGE]
    world.record("")
    assert (await world.of()).policy.mode == "enforce"
    world.names.failing.add("_mta-sts.partner.test")
    world.dns._cache._entries.clear()
    assert (await world.of()).policy.mode == "enforce"
    world.names.failing.clear()
    world.record("2")
    held = await world.of()
    assert (held.policy.mode, held.failure) == ("enforce", "sts-policy-fetch-error")
    world.clock.ahead = timedelta(days=8)
    world.record("")
    assert (await world.of()).policy is None


async def test_a_new_id_brings_the_new_policy(world):
    await world.of()
    world.web.pages[PAGE] = (200, "text/plain", POLICY.replace(b"enforce", b"testing"))
    assert (await world.of()).policy.mode == "enforce"
    world.record("2")
    assert (await world.of()).policy.mode == "testing"


async def test_a_policy_is_renewed_before_it_runs_out(world):
    first = (await world.of()).policy
    world.clock.ahead = timedelta(days=2)
    world.dns._cache._entries.clear()
    assert (await world.of()).policy == first
    assert world.web.asked == [PAGE, PAGE]


async def test_no_record_means_no_policy_and_nobody_is_asked(world):
    world.record("")
    assert (await world.of()).policy is None
    assert world.web.asked == []


async def test_where_nothing_is_held_trouble_with_the_dns_is_trouble(world):
    world.names.failing.add("_mta-sts.partner.test")
    with pytest.raises(DnsTrouble):
        await world.of()


@pytest.mark.parametrize(
    ("page", "failure", "word"),
    [
        ((302, "text/plain", POLICY), "sts-policy-fetch-error", "redirects are not followed"),
        ((404, "text/plain", b""), "sts-policy-fetch-error", "404"),
        ((200, "text/html", POLICY), "sts-policy-fetch-error", "text/html"),
        ((200, "text/plain", b"x" * 100_000), "sts-policy-fetch-error", "more than"),
        ((200, "text/plain", b"<html>"), "sts-policy-invalid", "key: value"),
    ],
)
async def test_what_is_not_taken_for_a_policy(world, page, failure, word):
    world.web.headers = {"Location": "https://127.0.0.1/"} if page[0] == 302 else {}
    world.web.pages[PAGE] = page
    known = await world.of()
    assert (known.policy, known.failure) == (None, failure)
    assert word in known.why
    await world.of()
    assert len(world.web.asked) == 1, "a failure is not repeated at once"
    world.clock.ahead = timedelta(minutes=6)
    world.web.pages[PAGE] = (200, "text/plain", POLICY)
    assert (await world.of()).policy is not None


async def test_a_web_server_with_a_bad_certificate_gives_no_policy(world, tmp_path):
    (tmp_path / "other").mkdir()
    for context in (
        world.authority.server("partner.test", file="wrong"),
        world.authority.server("mta-sts.partner.test", days=-1, file="old"),
        Authority(tmp_path / "other").server("mta-sts.partner.test"),
    ):
        with WebServer(context) as world.web:
            world.web.pages[PAGE] = (200, "text/plain", POLICY)
            await world.dns.close()
            world.again()
            known = await world.of()
            assert (known.policy, known.failure, world.web.asked) == (None, "sts-webpki-invalid", [])


async def test_no_stranger_leads_us_into_our_own_network(world):
    world.public = is_public
    known = await world.of()
    assert (known.policy, world.web.asked) == (None, [])
    assert "no public address" in known.why
    for address in (
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "100.64.0.1",
    ):
        assert not is_public(address)
    assert is_public("9.9.9.9")
    assert is_public("2620:fe::fe")


async def test_what_left_is_in_the_ledger(world):
    ON_BEHALF_OF.set((world.tenant.id,))
    await world.of()
    await world.ledger.flush()
    async with world.database.scoped(world.tenant.id) as connection:
        rows = await connection.fetch("SELECT destination FROM egress_ledger WHERE feature = 'tls_peers'")
    assert {row["destination"] for row in rows} == {"DNS", "mta-sts.partner.test"}
