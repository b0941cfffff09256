# SPDX-License-Identifier: Apache-2.0
"""The live stream, over a real server: what is recorded appears, in one's own organization only."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from application import KEYS, Browser
from mailward.kit.ids import new_id
from mailward.records.mail_tracking import live
from mailward.records.mail_tracking.live import MAX_WAITING, Live, TooManyWatchers
from mailward.records.mail_tracking.reading import Reading
from mailward.web.app import create_app
from tenants import Mail

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def address(services) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(services), log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not task.done()
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task
    listener.close()


async def lines(stream: AsyncIterator[str], most: int) -> list[str]:
    """The next lines that are not empty."""
    found: list[str] = []
    async with asyncio.timeout(10):
        while len(found) < most:
            line = await anext(stream)
            found += [line] if line else []
    return found


async def test_new_and_changed_rows_appear(address, make_tenant, services):
    ours, theirs = await make_tenant("Ours"), await make_tenant("Theirs")
    KEYS[ours.id] = ours.key
    async with Browser(base_url=address) as browser:
        assert (await browser.sign_in(ours)).status_code == 200
        async with browser.stream("GET", "/api/v1/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            await theirs.receive(Mail(subject="not for you"))
            (copy,) = await ours.receive(Mail(subject="for you"))
            found = await lines(answer.aiter_lines(), 3)
    assert found[:2] == [": ping", "event: message"]
    row = json.loads(found[2].removeprefix("data: "))
    assert (row["id"], row["subject"], row["status"]) == (str(copy), "for you", "quarantined")


async def test_the_stream_ends_with_the_session(address, tenant, monkeypatch):
    monkeypatch.setattr(live.Live.watch, "__kwdefaults__", {"ping": 0.1})
    async with Browser(base_url=address) as browser:
        await browser.sign_in(tenant)
        async with browser.stream("GET", "/api/v1/events") as answer:
            stream = answer.aiter_lines()
            assert await lines(stream, 2) == [": ping", ": ping"]
            await browser.change("DELETE", "/api/v1/session")
            async with asyncio.timeout(10):
                rest = [line async for line in stream if line]
    assert len(rest) < 20


@pytest.fixture
async def hub(database):
    made = Live(database, Reading(database, None))  # type: ignore[arg-type] - reading rows asks for no time
    made.start()
    yield made
    await made.stop()


async def always() -> bool:
    return True


async def test_many_watchers_share_one_reading(hub, tenant, monkeypatch):
    readings = []
    original = Reading.rows

    async def counted(self, organization, ids):
        readings.append(len(ids))
        return await original(self, organization, ids)

    monkeypatch.setattr(Reading, "rows", counted)
    streams = [hub.watch(tenant.id, always) for _ in range(50)]
    for stream in streams:
        assert await anext(stream) == live.PING
    for _ in range(3):
        await tenant.receive()
    events = [[await anext(stream) for _ in range(3)] for stream in streams]
    assert all(event == events[0] for event in events)
    assert sum(readings) == 3
    assert len(readings) <= 3
    for stream in streams:
        await stream.aclose()
    assert not hub._watchers


async def test_a_slow_watcher_is_told_to_ask_again(hub, tenant):
    stream = hub.watch(tenant.id, always)
    await anext(stream)
    (watcher,) = hub._watchers[tenant.id]
    for number in range(MAX_WAITING + 1):
        watcher.tell(b"%d" % number)
    assert await anext(stream) == live.RESYNC
    assert not watcher.waiting
    await stream.aclose()


async def test_missed_notifications_and_floods_ask_again(hub, tenant):
    stream = hub.watch(tenant.id, always)
    await anext(stream)
    hub._heard("")
    assert await anext(stream) == live.RESYNC
    hub._heard(" ".join(map(str, [tenant.id, *(new_id(tenant.clock.now()) for _ in range(live.MAX_IDS + 1))])))
    assert await anext(stream) == live.RESYNC
    await stream.aclose()


async def test_there_is_an_end_to_watchers(hub, tenant, monkeypatch):
    monkeypatch.setattr(live, "MAX_WATCHERS", 2)
    streams = [hub.watch(tenant.id, always) for _ in range(2)]
    for stream in streams:
        await anext(stream)
    with pytest.raises(TooManyWatchers):
        hub.watch(tenant.id, always)
    for stream in streams:
        await stream.aclose()
    last = hub.watch(tenant.id, always)
    assert await anext(last) == live.PING
    await last.aclose()


async def test_stopping_ends_every_stream(hub, tenant):
    stream = hub.watch(tenant.id, always)
    await anext(stream)
    await hub.stop()
    assert [event async for event in stream] == []
