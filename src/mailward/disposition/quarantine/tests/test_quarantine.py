# SPDX-License-Identifier: Apache-2.0
"""Held copies: found, released, deleted; by one person at a time, whoever comes first."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from mailward.contract.event import Status
from mailward.contract.finding import Verdict
from mailward.disposition.quarantine.service import Quarantine, bodies_in_use
from mailward.disposition.quarantine.shapes import Order, Result
from mailward.kit.clock import Clock
from tenants import Mail

pytestmark = pytest.mark.postgresql


@pytest.fixture
def quarantine(database):
    return Quarantine(database, Clock())


async def state(tenant, copy):
    return (
        await tenant.value("SELECT status FROM message_recipients WHERE id = $1", copy),
        await tenant.value("SELECT count(*) FROM quarantine WHERE id = $1", copy),
        await tenant.value("SELECT count(*) FROM deliveries WHERE id = $1", copy),
    )


async def events(tenant, copy):
    async with tenant.database.scoped(tenant.id) as connection:
        rows = await connection.fetch(
            "SELECT kind, actor FROM message_events WHERE recipient_id = $1 ORDER BY number", copy
        )
    return [(row["kind"], row["actor"]) for row in rows]


async def test_release_moves_the_copy_to_the_queue_with_a_mark(quarantine, tenant):
    first, second = await tenant.receive(Mail(recipients=("lee@example.test", "sam@example.test")))
    outcome = await quarantine.act(tenant.id, Order.RELEASE, [first], actor="ada")
    assert (outcome.matched, outcome.done, outcome.failed) == (1, 1, 0)
    assert await state(tenant, first) == (Status.QUEUED, 0, 1)
    assert await state(tenant, second) == (Status.QUARANTINED, 1, 0)
    assert await events(tenant, first) == [("released", "ada")]
    edits = await tenant.value("SELECT edits FROM deliveries WHERE id = $1", first)
    assert [name for name, _ in edits["headers"]] == ["X-Mailward-Verdict", "X-Mailward-Released"]
    assert await tenant.value("SELECT lease IS NULL FROM deliveries WHERE id = $1", first)


async def test_delete_leaves_the_record_and_the_body_of_the_others(quarantine, tenant, database):
    first, second = await tenant.receive(Mail(recipients=("lee@example.test", "sam@example.test")))
    mail = await tenant.value("SELECT message_id FROM message_recipients WHERE id = $1", first)
    for copy, still_needed in ((first, True), (second, False)):
        await quarantine.act(tenant.id, Order.DELETE, [copy], actor="ada")
        assert await state(tenant, copy) == (Status.DELETED, 0, 0)
        assert await events(tenant, copy) == [("deleted", "ada")]
        async with database.scoped(tenant.id) as connection:
            assert await bodies_in_use(connection, mail) is still_needed


async def test_the_second_one_is_told_who_was_first(quarantine, tenant):
    released, deleted = [(await tenant.receive())[0] for _ in range(2)]
    await quarantine.act(tenant.id, Order.RELEASE, [released], actor="ada")
    await quarantine.act(tenant.id, Order.DELETE, [deleted], actor="bob")
    unknown = uuid4()
    for order in Order:
        outcome = await quarantine.act(tenant.id, order, [released, deleted, unknown], actor="eve")
        found = {result.id: (result.outcome, result.by) for result in outcome.results}
        assert found[released] == (Result.ALREADY_RELEASED, "ada")
        assert found[deleted] == (Result.ALREADY_DELETED, "bob")
        assert found[unknown][0] is Result.NOT_FOUND
        assert (outcome.matched, outcome.done, outcome.failed) == (2, 0, 1)


async def test_people_who_act_at_once_never_deliver_twice(quarantine, tenant):
    copies = [copy for _ in range(30) for copy in await tenant.receive()]
    orders = [Order.RELEASE, Order.DELETE, Order.RELEASE, Order.RELEASE, Order.DELETE]
    outcomes = await asyncio.gather(
        *(
            quarantine.act(tenant.id, order, copies[start:] + copies[:start], actor=f"person {start}")
            for start, order in enumerate(orders)
        )
    )
    assert sum(outcome.done for outcome in outcomes) == 30
    assert sum(outcome.failed for outcome in outcomes) == 0
    queued = await tenant.value("SELECT count(*) FROM deliveries WHERE id = ANY($1)", copies)
    released = sum(result.outcome is Result.RELEASED for outcome in outcomes for result in outcome.results)
    assert queued == released
    for copy in copies:
        assert len(await events(tenant, copy)) == 1


async def test_interleaved_orders_on_single_copies(quarantine, tenant):
    copies = [copy for _ in range(20) for copy in await tenant.receive()]
    outcomes = await asyncio.gather(
        *(
            quarantine.act(tenant.id, order, [copy], actor=order)
            for copy in copies
            for order in (Order.RELEASE, Order.DELETE)
        )
    )
    assert sum(outcome.done for outcome in outcomes) == 20
    for copy in copies:
        status, held, queued = await state(tenant, copy)
        assert held == 0
        assert queued == (status == Status.QUEUED)


async def test_a_search_selects_held_copies_only(quarantine, tenant):
    at = tenant.clock.now()
    (spam,) = await tenant.receive(Mail(verdict=Verdict.SPAM, at=at - timedelta(hours=2)))
    (phish,) = await tenant.receive(Mail(at=at - timedelta(hours=1)))
    await tenant.receive(Mail(status=Status.DELIVERED, action="deliver"))
    assert {*await quarantine.select(tenant.id, "")} == {spam, phish}
    assert await quarantine.select(tenant.id, "verdict:spam") == [spam]
    page = await quarantine.search(tenant.id, "", cursor=None, limit=1)
    assert [(row.id, row.reason) for row in page.items] == [(phish, "phishing")]
    assert page.items[0].expires_at - page.items[0].held_at == timedelta(days=30)
    page = await quarantine.search(tenant.id, "", cursor=page.next_cursor, limit=1)
    assert [row.id for row in page.items] == [spam]
    assert page.next_cursor is None


async def test_more_than_one_batch(quarantine, tenant):
    copies = await tenant.receive(Mail(recipients=tuple(f"a{n}@example.test" for n in range(250))))
    outcome = await quarantine.act(tenant.id, Order.DELETE, copies, actor="ada")
    assert (outcome.matched, outcome.done, outcome.failed) == (250, 250, 0)
    assert await tenant.value("SELECT count(*) FROM quarantine") == 0


async def test_a_batch_that_fails_says_so_and_moves_nothing(quarantine, tenant, monkeypatch):
    (copy,) = await tenant.receive()

    async def fail(*_, **__):
        raise OSError("the disk is gone")

    monkeypatch.setattr("mailward.disposition.delivery.service.enqueue", fail)
    outcome = await quarantine.act(tenant.id, Order.RELEASE, [copy], actor="ada")
    assert [(result.outcome, bool(result.why)) for result in outcome.results] == [(Result.FAILED, True)]
    assert outcome.failed == 1
    assert await state(tenant, copy) == (Status.QUARANTINED, 1, 0)
    assert await events(tenant, copy) == []


async def test_nobody_acts_on_the_copies_of_others(quarantine, make_tenant):
    ours, theirs = await make_tenant("Ours"), await make_tenant("Theirs")
    (foreign,) = await theirs.receive()
    for order in Order:
        outcome = await quarantine.act(ours.id, order, [foreign], actor="eve")
        assert [result.outcome for result in outcome.results] == [Result.NOT_FOUND]
    assert await state(theirs, foreign) == (Status.QUARANTINED, 1, 0)
