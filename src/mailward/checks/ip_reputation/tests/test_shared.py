# SPDX-License-Identifier: Apache-2.0
"""Experience is shared between processes, entries end, and list health is written down; all with PostgreSQL."""

from datetime import timedelta
from pathlib import Path

import pytest

from mailward.checks.ip_reputation import store
from mailward.checks.ip_reputation.dynamic import Dynamic
from mailward.checks.ip_reputation.jobs import expire, forget
from mailward.checks.ip_reputation.service import compile_lists, write_health
from mailward.checks.ip_reputation.settings import IpReputationSettings
from mailward.checks.ip_reputation.shapes import NewAddressEntry
from mailward.contract.job import JobTools
from mailward.egress.dns.list_record import ListRecord
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock, HeldClock
from mailward.kit.ids import new_id
from mailward.kit.networks import read_address, read_network

pytestmark = pytest.mark.postgresql


def process(database):
    return Dynamic(database, Clock(), level_of=lambda _: 2)


async def test_what_one_process_learned_the_other_knows(database, tenant):
    one, two = process(database), process(database)
    for _ in range(3):
        one.learn(tenant.id, "192.0.2.9", bad=True)
    await one.share()
    await two.hear()
    assert two.penalty(tenant.id, "192.0.2.9") == 0
    two.learn(tenant.id, "192.0.2.9", bad=True)
    two.learn(tenant.id, "192.0.2.9", bad=True)
    assert two.penalty(tenant.id, "192.0.2.9") > 200
    await two.share()
    await one.hear()
    assert one.penalty(tenant.id, "192.0.2.9") > 200
    assert 4.9 < await tenant.value("SELECT bad FROM address_reputation") <= 5


async def test_hearing_twice_counts_once_and_news_are_not_lost(database, tenant):
    one = process(database)
    one.learn(tenant.id, "192.0.2.10", bad=True)
    await one.share()
    one.learn(tenant.id, "192.0.2.10", bad=True)
    await one.hear()
    await one.hear()
    await one.share()
    await one.share()
    assert 1.9 < await tenant.value("SELECT bad FROM address_reputation WHERE site = '192.0.2.10'") <= 2


async def test_each_organization_has_its_own_experience(database, make_tenant):
    ours, theirs = await make_tenant("Ours"), await make_tenant("Theirs")
    one = process(database)
    one.learn(ours.id, "192.0.2.11", bad=True)
    await one.share()
    assert await ours.value("SELECT count(*) FROM address_reputation") == 1
    assert await theirs.value("SELECT count(*) FROM address_reputation") == 0


async def test_a_database_that_is_away_loses_nothing(database, tenant, monkeypatch):
    one = process(database)
    one.learn(tenant.id, "192.0.2.12", bad=True)

    async def away(*_, **__):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(store, "share", away)
        with pytest.raises(OSError):
            await one.share()
    await one.share()
    assert await tenant.value("SELECT count(*) FROM address_reputation WHERE site = '192.0.2.12'") == 1


async def test_old_experience_is_forgotten(database, tenant, tmp_path):
    one = process(database)
    one.learn(tenant.id, "192.0.2.13", bad=True)
    await one.share()
    later = HeldClock(Clock().now() + timedelta(days=31))
    await forget(JobTools(database, Bodies(tmp_path), later))
    assert await tenant.value("SELECT count(*) FROM address_reputation") == 0


async def test_entries_are_compiled_until_they_end(database, tenant, tmp_path: Path):
    at = Clock().now()
    soon = NewAddressEntry(list="blocked", network="192.0.2.0/24", expires_at=at + timedelta(minutes=5))
    async with database.scoped(tenant.id) as connection:
        entries = [(new_id(at), read_network(soon.network), soon)]
        await store.insert(connection, tenant.id, entries, at=at, actor="ada")
        lists = await compile_lists(connection, IpReputationSettings())
    assert read_address("192.0.2.77") in lists.blocked
    await expire(JobTools(database, Bodies(tmp_path), HeldClock(at + timedelta(minutes=6))))
    async with database.scoped(tenant.id) as connection:
        assert len((await compile_lists(connection, IpReputationSettings())).blocked) == 0
    assert await tenant.value("SELECT count(*) FROM address_entries") == 0


async def test_list_health_is_written_and_read_over_all_organizations(database, tenant):
    record = ListRecord(database, Clock(), write_health)
    await record.write({tenant.id: {"list.test": "it does not answer", "good.test": ""}})
    async with database.unscoped() as connection:
        assert await store.sick_lists(connection) == [("list.test", "it does not answer")]
    await record.write({})
    async with database.unscoped() as connection:
        assert await store.sick_lists(connection) == []
