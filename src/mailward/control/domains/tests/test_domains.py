# SPDX-License-Identifier: Apache-2.0
"""Claiming, changing, deleting; and one proved owner at most."""

import random
from datetime import UTC, datetime

import pytest

from mailward.contract.gateway import Gateway
from mailward.control.domains import service
from mailward.control.domains.names import domain_name, host_name
from mailward.control.domains.service import Domain, DomainTaken, Server, candidates, in_order
from mailward.control.domains.shapes import DomainChange, DomainState, InboundServer, NewDomain
from mailward.kit.clock import Clock
from mailward.kit.ids import new_id
from principals import of

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
GATEWAY = Gateway(hostname="mx.gate.test", mail_exchanges=("mx.gate.test",))


@pytest.fixture
def domains(database):
    return service.Domains(database, Clock(), GATEWAY)


async def test_the_operators_word_is_proof_and_holds_for_one_organization_only(database):
    one, two = new_id(AT), new_id(AT)
    domain = Domain(name="Example.test", servers=(Server(host="mx.example.test"),), recipient_filter=True)
    async with database.scoped(one) as connection:
        await service.add(connection, one, domain, at=AT)
        assert [(d.name, d.servers, d.verified) for d in await service.every(connection)] == [
            ("example.test", domain.servers, True)
        ]
    with pytest.raises(DomainTaken):
        async with database.scoped(two) as connection:
            await service.add(connection, two, domain, at=AT)
    async with database.scoped(two) as connection:
        assert await service.every(connection) == []


async def test_a_new_domain_is_a_claim_that_takes_no_mail(domains, tenant, database):
    new = NewDomain(
        name="New.Test.", servers=[InboundServer(host="[192.0.2.7]"), InboundServer(recipient="Boss", host="b")]
    )
    added = await domains.add(of(tenant), new)
    assert (added.name, added.state, added.verified_by) == ("new.test", DomainState.UNVERIFIED, None)
    assert [(row.recipient, row.host) for row in added.servers] == [("*", "192.0.2.7"), ("boss", "b")]
    assert added.challenge.name == "_mailward-challenge.new.test"
    async with database.scoped(tenant.id) as connection:
        assert [(d.name, d.verified) for d in await service.every(connection)] == [("new.test", False)]
    with pytest.raises(DomainTaken, match="here already"):
        await domains.add(of(tenant), new)


async def test_a_claim_keeps_nobody_away_and_a_proved_owner_does(domains, tenant, make_tenant):
    squatter = await make_tenant("Squatter")
    new = NewDomain(name="wanted.test", servers=[])
    await domains.add(of(squatter), new)
    await domains.add(of(tenant), new)
    assert (await domains.vouch(tenant.id, "wanted.test")).state is DomainState.VERIFIED
    with pytest.raises(DomainTaken):
        await domains.vouch(squatter.id, "wanted.test")
    late = await make_tenant("Late")
    with pytest.raises(DomainTaken, match="another organization"):
        await domains.add(of(late), new)


async def test_what_a_change_names_is_replaced_and_the_rest_stays(domains, tenant):
    await domains.add(of(tenant), NewDomain(name="change.test", servers=[InboundServer(host="a")]))
    changed = await domains.change(tenant.id, "change.test", DomainChange(recipient_filter=True))
    assert changed.recipient_filter
    assert [row.host for row in changed.servers] == ["a"]
    changed = await domains.change(
        tenant.id, "CHANGE.test", DomainChange(servers=[InboundServer(host="b", port=2525, preference=1)])
    )
    assert [(row.host, row.port, row.preference) for row in changed.servers] == [("b", 2525, 1)]
    assert changed.recipient_filter


async def test_walls_stand_between_organizations(domains, tenant, make_tenant):
    await domains.add(of(tenant), NewDomain(name="mine.test", servers=[]))
    other = await make_tenant("Other")
    for act in (domains.read, domains.deletion, domains.vouch):
        with pytest.raises(service.NoSuchDomain):
            await act(other.id, "mine.test")
    with pytest.raises(service.NoSuchDomain):
        await domains.delete(other.id, "mine.test", actor="eve")
    assert (await domains.page(other.id, search="", state=None, cursor=None, limit=10)).items == []


async def test_pages_searches_and_states(domains, tenant):
    for number in range(5):
        await domains.add(of(tenant), NewDomain(name=f"d{number}.test", servers=[InboundServer(host=f"host{number}")]))
    await domains.vouch(tenant.id, "d3.test")
    first = await domains.page(tenant.id, search="", state=None, cursor=None, limit=3)
    rest = await domains.page(tenant.id, search="", state=None, cursor=first.next_cursor, limit=3)
    assert [row.name for row in first.items + rest.items] == [f"d{number}.test" for number in range(5)]
    assert rest.next_cursor is None
    found = await domains.page(tenant.id, search="HOST2", state=None, cursor=None, limit=9)
    assert [row.name for row in found.items] == ["d2.test"]
    found = await domains.page(tenant.id, search="", state=DomainState.VERIFIED, cursor=None, limit=9)
    assert [row.name for row in found.items] == ["d3.test"]
    assert (
        len((await domains.page(tenant.id, search="", state=DomainState.UNVERIFIED, cursor=None, limit=9)).items) == 4
    )
    assert (await domains.page(tenant.id, search="", state=DomainState.PROOF_MISSING, cursor=None, limit=9)).items == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("Example.COM.", "example.com"), ("@example.com", "example.com"), ("bücher.example", "xn--bcher-kva.example")],
)
def test_domain_names_have_one_form(text, name):
    assert domain_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "localhost",
        "a b.test",
        "lee@example.com",
        "-a.test",
        "192.0.2.1",
        "a..test",
        "x" * 64 + ".test",
        "*.test",
    ],
)
def test_what_is_no_domain_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"no .*domain name"):
        domain_name(text)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Mail.Example.com", "mail.example.com"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("mail_1", "mail_1"),
    ],
)
def test_hosts_have_one_form(text, host):
    assert host_name(text) == host


@pytest.mark.parametrize("text", ["", "0.0.0.0", "169.254.169.254", "fe80::1", "224.0.0.1", "1.2.3", "a b", "host:25"])
def test_what_is_no_server_is_refused(text):
    with pytest.raises(ValueError):
        host_name(text)


def test_rows_for_everybody_and_for_one_recipient_are_merged_by_preference():
    rows = (Server(host="all", preference=20), Server(recipient="boss", host="own", preference=10))
    chance = random.Random(1)
    assert in_order(candidates(rows, "Boss@example.test"), chance) == [("own", 25), ("all", 25)]
    assert in_order(candidates(rows, "other@example.test"), chance) == [("all", 25)]


def test_equal_preferences_share_the_mail():
    rows = (Server(host="a"), Server(host="b"), Server(host="last", preference=99))
    chance = random.Random(1)
    orders = [in_order(rows, chance) for _ in range(400)]
    assert 140 < sum(order[0] == ("a", 25) for order in orders) < 260
    assert all(order[-1] == ("last", 25) for order in orders)
