# SPDX-License-Identifier: Apache-2.0
"""What people do with the queue: each order once, in the timeline, with its name, and for all processes at once."""

import asyncio
from uuid import uuid4

import pytest

from mailward.contract.event import Status
from mailward.disposition.delivery import destinations, store
from mailward.disposition.delivery import queue as queue_module
from mailward.disposition.delivery.queue import Queue, TooMany
from mailward.disposition.delivery.shapes import Condition, DestinationOrderKind, QueueOrderKind, QueueSelection
from queue_room import QueueRoom, eventually
from tenants import Mail


@pytest.fixture
async def room(database, tmp_path):
    made = QueueRoom(database, tmp_path)
    yield made
    await made.end()


@pytest.fixture
def queue(room):
    return Queue(room.database, room.clock, room.outcomes)


async def order(queue, room, kind, **selection):
    chosen = await queue.select(room.organization, QueueSelection(**selection))
    plan = await queue.plan(room.organization, kind, chosen)
    return plan, await queue.act(room.organization, kind, chosen, actor="ada@example.test")


async def down(room, name):
    async with room.database.scoped(room.organization) as connection:
        await destinations.went_down(
            connection, room.organization, name, at=room.clock.now(), reply="no connection to mx:25"
        )


async def test_the_queue_is_shown_by_destination_with_what_stands_in_its_way(queue, room):
    for n in range(3):
        await room.put(f"{n}@example.test")
    await room.put("lee@two.test")
    await room.put("stranger@two.test", organization=room.other)
    await down(room, "example.test")
    await queue.steer(room.organization, DestinationOrderKind.PAUSE, ["three.test"], actor="ada@example.test")
    state = await queue.state(room.organization)
    assert (state.waiting, state.everything_paused_at, state.left_out) == (4, None, 0)
    first, second, third = state.destinations
    assert (first.name, first.waiting, first.condition) == ("example.test", 3, Condition.RESTING)
    assert first.next_try_at > room.clock.now()
    assert first.last_reply == "no connection to mx:25"
    assert (second.name, second.waiting, second.condition) == ("two.test", 1, Condition.OPEN)
    assert (third.name, third.condition, third.paused_by) == ("three.test", Condition.PAUSED, "ada@example.test")
    assert third.next_try_at is None


async def test_copies_are_listed_oldest_first_in_pages_and_by_search(queue, room):
    for n in range(7):
        await room.put(f"{n}@example.test")
    await room.put("lee@two.test")
    seen, cursor = [], None
    while True:
        page = await queue.search(room.organization, "", destination="Example.test", cursor=cursor, limit=3)
        seen += [row.recipient for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"{n}@example.test" for n in range(7)]
    page = await queue.search(room.organization, "rcpt:lee@two.test", destination=None, cursor=None, limit=5)
    assert [(row.recipient, row.attempts, row.under_way) for row in page.items] == [("lee@two.test", 0, False)]


async def test_pausing_stops_running_processes_and_resuming_starts_them_with_one(queue, room):
    room.deliver()
    await room.put("first@example.test")
    await eventually(room.waiting, 0)
    outcome = await queue.steer(room.organization, DestinationOrderKind.PAUSE, ["example.test"], actor="ada")
    assert (outcome.changed, outcome.waiting) == (1, 0)
    assert (
        await queue.steer(room.organization, DestinationOrderKind.PAUSE, ["example.test"], actor="eve")
    ).changed == 0
    for n in range(5):
        await room.put(f"{n}@example.test")
    await room.put("lee@two.test")
    await eventually(room.waiting, 5)
    assert len(room.hop.taken) == 2
    outcome = await queue.steer(room.organization, DestinationOrderKind.RESUME, ["example.test"], actor="ada")
    assert (outcome.changed, outcome.waiting) == (1, 5)
    await eventually(room.waiting, 0)
    assert len(await room.events("resumed")) == 5
    assert (await queue.state(room.organization)).destinations == []


async def test_everything_can_be_paused_and_other_organizations_go_on(queue, room):
    await queue.steer(room.organization, DestinationOrderKind.PAUSE, ["*"], actor="ada")
    await room.put("lee@example.test")
    await room.put("sam@example.test", organization=room.other)
    room.deliver()
    await eventually(lambda: room.rows("SELECT 1 FROM deliveries", room.other), [])
    state = await queue.state(room.organization)
    assert (state.everything_paused_by, state.waiting) == ("ada", 1)
    assert state.destinations[0].next_try_at is None
    plan, outcome = await order(queue, room, QueueOrderKind.RETRY, destination="*")
    assert (plan.paused, outcome.paused) == (1, 1)
    assert await room.waiting() == 1
    await queue.steer(room.organization, DestinationOrderKind.RESUME, ["*"], actor="ada")
    await eventually(room.waiting, 0)


async def test_retry_tries_at_once_and_one_copy_finds_out(queue, room):
    room.hop.down = {"example.test"}
    copies = [(await room.put(f"{n}@example.test"))[0] for n in range(30)]
    await down(room, "example.test")
    room.deliver()
    await asyncio.sleep(0)
    plan, outcome = await order(queue, room, QueueOrderKind.RETRY, destination="example.test")
    assert (plan.matched, outcome.done) == (30, 30)

    async def tries():
        return room.hop.tries["example.test"]

    await eventually(tries, 1)
    events = await room.events("retried")
    assert set(events) == set(copies)
    assert {line["actor"] for [line] in events.values()} == {"ada@example.test"}
    room.hop.down = set()
    await order(queue, room, QueueOrderKind.RETRY, destination="example.test")
    await eventually(room.waiting, 0)


async def test_a_bounce_tells_whom_it_may_and_holds_the_rest(queue, room):
    [told] = await room.put("lee@example.test", known=True)
    [held] = await room.put("sam@example.test", sender="eve@forged.test")
    await room.put("left@two.test", known=True)
    plan, outcome = await order(queue, room, QueueOrderKind.BOUNCE, destination="example.test")
    assert plan == outcome
    assert (outcome.matched, outcome.done, outcome.told, outcome.held) == (2, 2, 1, 1)
    statuses = await room.statuses()
    assert (statuses["lee@example.test"], statuses["sam@example.test"]) == ("bounced", "bounced")
    assert [row["id"] for row in await room.rows("SELECT id FROM quarantine")] == [held]
    bounced = await room.events("bounced")
    assert {line["actor"] for [line] in bounced.values()} == {"ada@example.test"}
    assert list(await room.events("notified")) == [told]
    waiting = await room.rows("SELECT recipient FROM deliveries ORDER BY recipient")
    assert [row["recipient"] for row in waiting] == ["ann@sender.test", "left@two.test"]


async def test_deleting_tells_nobody_and_keeps_the_record(queue, room):
    copies = await room.put("lee@example.test", "sam@example.test", known=True)
    _, outcome = await order(queue, room, QueueOrderKind.DELETE, ids=copies[:1])
    assert (outcome.matched, outcome.done, outcome.told) == (1, 1, 0)
    assert (await room.statuses())["lee@example.test"] == "deleted"
    assert await room.waiting() == 1
    assert await room.rows("SELECT 1 FROM quarantine") == []
    _, outcome = await order(queue, room, QueueOrderKind.DELETE, ids=copies[:1])
    assert outcome.matched == 0


async def test_what_is_being_delivered_is_left_alone(queue, room):
    copies = await room.put("lee@example.test", "sam@example.test", known=True)
    token = uuid4()
    room.tokens.append(token)
    async with room.database.unscoped() as connection:
        await store.say_alive(connection, token, seconds=60)
        [due] = await store.lease(connection, token, at=room.clock.now(), most=1)
    for kind in QueueOrderKind:
        plan, outcome = await order(queue, room, kind, ids=[due.id])
        assert (plan.under_way, outcome.done, outcome.under_way) == (1, 0, 1)
    assert set((await room.statuses()).values()) == {"queued"}
    async with room.database.unscoped() as connection:
        await store.say_farewell(connection, token)
    assert (await order(queue, room, QueueOrderKind.DELETE, ids=copies))[1].done == 2


async def test_two_orders_at_once_never_do_the_same_twice(queue, room):
    copies = [copy for n in range(20) for copy in await room.put(f"{n}@example.test", known=True)]
    chosen = await queue.select(room.organization, QueueSelection(ids=copies))
    outcomes = await asyncio.gather(
        *(
            queue.act(room.organization, kind, chosen, actor="ada")
            for kind in (QueueOrderKind.BOUNCE, QueueOrderKind.DELETE)
        )
    )
    assert sum(outcome.done for outcome in outcomes) == 20
    assert len(await room.events("bounced")) + len(await room.events("deleted")) == 20


async def test_too_much_is_refused_and_a_stranger_sees_nothing(queue, room, monkeypatch):
    copies = await room.put("lee@example.test", "sam@example.test")
    monkeypatch.setattr(queue_module, "MAX_SELECTED", 1)
    with pytest.raises(TooMany):
        await queue.select(room.organization, QueueSelection(destination="example.test"))
    assert await queue.select(room.other, QueueSelection(ids=copies)) == []
    assert (await queue.state(room.other)).waiting == 0


async def test_over_http(open_browser, tenant, services):
    await tenant.receive(
        Mail(recipients=("lee@example.test", "sam@example.test"), status=Status.QUEUED, action="deliver")
    )
    browser = await open_browser(tenant)
    state = (await browser.get("/api/v1/queue/destinations")).json()
    assert (state["waiting"], state["destinations"][0]["name"]) == (2, "example.test")
    rows = (await browser.get("/api/v1/queue/copies?destination=example.test&limit=1")).json()
    assert rows["items"][0]["recipient"].endswith("@example.test")
    assert rows["next_cursor"]
    paused = await browser.change(
        "POST", "/api/v1/queue/destinations/actions", json={"action": "pause", "names": ["example.test"]}
    )
    assert paused.json() == {"changed": 1, "waiting": 2}
    asked = {"action": "bounce", "selection": {"destination": "example.test"}, "dry_run": True}
    plan = (await browser.change("POST", "/api/v1/queue/actions", json=asked)).json()
    assert (plan["done"], plan["told"], plan["held"]) == (2, 0, 2)
    both = {"action": "retry", "selection": {"destination": "*", "q": ""}}
    assert (await browser.change("POST", "/api/v1/queue/actions", json=both)).json()["type"].endswith("bad-selection")
    assert (await browser.get("/api/v1/queue/copies?q=nonsense:1")).status_code == 400
    assert (await browser.change("POST", "/api/v1/queue/actions", json={**asked, "dry_run": False})).json()["done"] == 2
    assert (await browser.get("/api/v1/queue/destinations")).json()["waiting"] == 0
