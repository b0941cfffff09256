# SPDX-License-Identifier: Apache-2.0
"""What the DNS must show, how long a proof lasts, and who may take a domain whose proof has gone."""

from datetime import timedelta

import pytest

from mailward.contract.gateway import Gateway
from mailward.contract.job import JobTools
from mailward.control.domains import service
from mailward.control.domains.jobs import look_again
from mailward.control.domains.service import DomainTaken
from mailward.control.domains.shapes import DomainState, NewDomain, VerificationMethod
from mailward.control.domains.verification import LAPSE, challenge, look, new_token, next_look
from mailward.egress.dns.service import Dns, Zone
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock, HeldClock
from mailward.kit.ids import new_id
from principals import of

GATEWAY = Gateway(hostname="mx.gate.test", mail_exchanges=("mx.gate.test",))


def resolver(records=None, *, trouble=()):
    return Dns(Zone(records or {}, trouble=trouble)).for_feature("domains")


def wanted(*, alone=True):
    return challenge("shop.test", "secret", new_id(Clock().now()), GATEWAY, alone=alone)


def txt(name, value):
    return {name: {"TXT": [value.encode()]}}


@pytest.mark.parametrize("name", ["_mailward-challenge.shop.test", "shop.test"])
async def test_the_token_proves_at_its_own_name_and_at_the_domain(name):
    found = await look("shop.test", wanted(), resolver(txt(name, "mailward-verification=secret")))
    assert (found.proved_by, found.missing) == (VerificationMethod.TXT, "")


@pytest.mark.parametrize(
    "value",
    ["mailward-verification=other", "secret", "mailward-verification=secretly", "xmailward-verification=secret"],
)
async def test_another_value_proves_nothing(value):
    found = await look("shop.test", wanted(), resolver(txt("shop.test", value)))
    assert (found.proved_by, found.trouble) == (None, False)
    assert found.missing


async def test_silence_is_no_answer_either_way():
    found = await look("shop.test", wanted(), resolver(trouble=("_mailward-challenge.shop.test",)))
    assert (found.proved_by, found.trouble) == (None, True)
    found = await look(
        "shop.test",
        wanted(),
        resolver(txt("shop.test", "mailward-verification=secret"), trouble=("_mailward-challenge.shop.test",)),
    )
    assert (found.proved_by, found.trouble) == (VerificationMethod.TXT, False)


def test_our_own_name_proves_only_where_it_can_mean_one_organization():
    assert "mx.gate.test" in wanted(alone=True).mail_exchanges
    assert "mx.gate.test" not in wanted(alone=False).mail_exchanges
    assert wanted(alone=False).mail_exchanges != wanted(alone=False).mail_exchanges


def test_tokens_are_long_and_differ():
    assert len({new_token() for _ in range(100)}) == 100
    assert all(len(new_token()) == 32 for _ in range(3))


def test_new_claims_are_looked_at_often_and_old_ones_when_somebody_asks():
    at = Clock().now()
    pauses = [
        next_look(created_at=at - age, at=at, verified=False, trouble=False)
        for age in (timedelta(0), timedelta(hours=3), timedelta(days=3), timedelta(days=40))
    ]
    assert pauses[:3] == sorted(pauses[:3])
    assert pauses[3] is None
    assert next_look(created_at=at - timedelta(days=40), at=at, verified=True, trouble=False) == at + timedelta(days=1)


class World:
    """An installation whose clock and DNS are held."""

    def __init__(self, database, bodies):
        self.clock = HeldClock(Clock().now())
        self.database, self.bodies = database, bodies
        self.zone = Zone({})
        self.domains = service.Domains(database, self.clock, GATEWAY)

    def tools(self):
        return JobTools(self.database, self.bodies, self.clock, Dns(self.zone).for_feature, GATEWAY)

    async def later(self, **how):
        self.clock.at += timedelta(**how)
        await look_again(self.tools())

    async def claim(self, tenant, name):
        return await self.domains.add(of(tenant), NewDomain(name=name, servers=[]))

    async def verify(self, tenant, name):
        return (await self.domains.verify(tenant.id, name, Dns(self.zone).for_feature("domains"))).domain

    async def state(self, tenant, name):
        return (await self.domains.read(tenant.id, name)).state


@pytest.fixture
def world(database, tmp_path):
    return World(database, Bodies(tmp_path))


def shows(claim):
    return Zone(txt(claim.challenge.name, claim.challenge.value))


async def test_the_job_finds_the_proof_by_itself(world, tenant):
    claim = await world.claim(tenant, "later.test")
    await world.later(minutes=1)
    assert await world.state(tenant, "later.test") is DomainState.UNVERIFIED
    world.zone = shows(claim)
    await world.later(minutes=1)
    assert await world.state(tenant, "later.test") is DomainState.VERIFIED


async def test_a_proof_that_goes_is_missed_but_the_domain_stays_protected(world, tenant):
    claim = await world.claim(tenant, "gone.test")
    world.zone = shows(claim)
    assert (await world.verify(tenant, "gone.test")).state is DomainState.VERIFIED
    world.zone = Zone({}, trouble=("gone.test",))
    await world.later(days=2)
    assert await world.state(tenant, "gone.test") is DomainState.VERIFIED
    world.zone = Zone({})
    await world.later(days=1)
    assert await world.state(tenant, "gone.test") is DomainState.PROOF_MISSING
    async with world.database.scoped(tenant.id) as connection:
        assert [domain.verified for domain in await service.every(connection) if domain.name == "gone.test"] == [True]
    world.zone = shows(claim)
    await world.later(days=1)
    assert await world.state(tenant, "gone.test") is DomainState.VERIFIED


async def test_whoever_proves_a_domain_gets_it_when_the_owners_proof_has_lapsed(world, tenant, make_tenant):
    other = await make_tenant("Buyer")
    claim = await world.claim(other, "sold.test")
    first = await world.claim(tenant, "sold.test")
    world.zone = shows(first)
    await world.verify(tenant, "sold.test")
    world.zone = shows(claim)
    with pytest.raises(DomainTaken):
        await world.verify(other, "sold.test")
    await world.later(days=1)
    assert await world.state(tenant, "sold.test") is DomainState.PROOF_MISSING
    world.clock.at += LAPSE
    assert (await world.verify(other, "sold.test")).state is DomainState.VERIFIED
    assert await world.state(tenant, "sold.test") is DomainState.UNVERIFIED


async def test_the_operators_word_lapses_for_nobody(world, tenant, make_tenant):
    other = await make_tenant("Thief")
    claim = await world.claim(other, "init.test")
    await world.claim(tenant, "init.test")
    await world.domains.vouch(tenant.id, "init.test")
    world.zone = shows(claim)
    world.clock.at += LAPSE * 10
    with pytest.raises(DomainTaken):
        await world.verify(other, "init.test")
    assert await world.state(tenant, "init.test") is DomainState.VERIFIED


async def test_the_database_holds_one_proved_owner_whatever_the_program_does(world, tenant, make_tenant):
    other = await make_tenant("Twin")
    for owner in (tenant, other):
        await world.claim(owner, "twin.test")
    await world.domains.vouch(tenant.id, "twin.test")
    with pytest.raises(Exception, match="uq_domains_name_verified"):
        async with world.database.scoped(other.id) as connection:
            await connection.execute("UPDATE domains SET verified_by = 'txt' WHERE name = 'twin.test'")
