# SPDX-License-Identifier: Apache-2.0
"""Nobody gets in without a session, nobody changes anything from another site, nobody sees other people's mail."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from litestar.routes import HTTPRoute

import mailward
from application import ORIGIN
from mailward.contract.event import Status
from mailward.kit.http import PUBLIC
from mailward.kit.ids import new_id
from mailward.web import openapi
from mailward.web.app import create_app
from mailward.web.services import LOOPBACK
from tenants import Mail

pytestmark = pytest.mark.postgresql

OPEN = {
    "/", "/console", "/console/{path:path}", "/livez", "/readyz", "/sign-in/{token:str}", "/preview/{token:str}",
    "/api/v1/openapi.json", "/.well-known/mta-sts.txt",
}  # fmt: skip


def routes(app):
    for route in app.routes:
        assert isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items():
            if method != "OPTIONS":
                yield route.path, method, handler


async def test_every_route_but_the_open_ones_needs_a_session(app, open_browser):
    stranger = await open_browser()
    asked = 0
    for path, method, handler in routes(app):
        if path in OPEN or (path, method) == ("/api/v1/session", "POST"):
            assert handler.opt.get(PUBLIC), path
            continue
        assert not handler.opt.get(PUBLIC), path
        answer = await stranger.request(method, re.sub(r"\{[^}]*\}", str(uuid4()), path), json={})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json"), path
        asked += 1
    assert asked >= 15


BODIES = {
    ("PUT", "/api/v1/outbound/connectors/{id:uuid}"): {"name": "Ours", "networks": ["192.0.2.25"]},
}
"""What a route must be given before it looks at the id."""


async def test_every_id_of_another_organization_is_as_absent(app, make_tenant, open_browser):
    ours, theirs = await make_tenant("Ours"), await make_tenant("Theirs")
    (foreign,) = await theirs.receive()
    browser = await open_browser(ours)
    asked = 0
    for path, method, _ in routes(app):
        if "{id" not in path:
            continue
        answers = []
        for identifier in (foreign, new_id(theirs.clock.now()), uuid4(), UUID(int=2**128 - 1), UUID(int=0)):
            address = re.sub(r"\{[^}]*\}", str(identifier), path)
            answer = await browser.change(method, address, json=BODIES.get((method, path)))
            answers.append((answer.status_code, {**answer.json(), "request_id": ""}))
        assert answers[0][0] == 404, path
        assert all(answer == answers[0] for answer in answers)
        asked += 1
    assert asked >= 3


async def test_lists_and_numbers_hold_our_own_rows_only(make_tenant, open_browser):
    ours, theirs = await make_tenant("Ours"), await make_tenant("Theirs")
    (foreign,) = await theirs.receive()
    await theirs.receive(Mail(status=Status.QUEUED, action="deliver"))
    browser = await open_browser(ours)
    for path in ("/api/v1/messages", "/api/v1/quarantine", f"/api/v1/messages?q=id:{foreign}"):
        assert (await browser.get(path)).json() == {"items": [], "next_cursor": None}
    overview = (await browser.get("/api/v1/overview")).json()
    assert overview["totals"]["received"] == 0
    assert overview["queue"] == {"waiting": 0, "oldest_seconds": 0}
    for selection in ({"ids": [str(foreign)]}, {"q": ""}):
        order = {"action": "release", "selection": selection}
        answer = (await browser.change("POST", "/api/v1/quarantine/actions", json=order)).json()
        assert answer["matched"] == answer["done"] == 0
    assert await theirs.value("SELECT count(*) FROM quarantine WHERE id = $1", foreign) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-CSRF-Token": "wrong"}, 403),
        ({"X-CSRF-Token": ""}, 403),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[oops"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
async def test_a_change_must_come_from_our_own_pages(tenant, open_browser, headers, status):
    browser = await open_browser(tenant)
    order = {"action": "delete", "selection": {"q": ""}, "dry_run": True}
    answer = await browser.change("POST", "/api/v1/quarantine/actions", json=order, headers=headers)
    assert answer.status_code == status


async def test_signing_in_from_another_site_is_refused(tenant, open_browser):
    browser = await open_browser()
    body = {"email": tenant.email, "password": "correct horse battery"}
    answer = await browser.post("/api/v1/session", json=body, headers={"Origin": "http://evil.test"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_the_demo_answers_under_its_own_names_only(services):
    transport = httpx.ASGITransport(app=create_app(replace(services, hosts=LOOPBACK)))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        codes = {}
        for host in ("localhost:8080", "127.0.0.1", "[::1]:80", "LOCALHOST", "console.test", "127.0.0.1.evil.test", ""):
            answer = await client.get("/livez", headers={"Host": host})
            codes[host] = answer.status_code
            assert "content-security-policy" in answer.headers
    assert codes == {
        "localhost:8080": 200, "127.0.0.1": 200, "[::1]:80": 200, "LOCALHOST": 200, "console.test": 421,
        "127.0.0.1.evil.test": 421, "": 421,
    }  # fmt: skip


async def test_sessions_end(tenant, open_browser, services, monkeypatch):
    browser = await open_browser(tenant)
    assert (await browser.get("/api/v1/session")).status_code == 200
    now = services.clock.now()
    for later, status in ((timedelta(minutes=29), 200), (timedelta(minutes=58), 200), (timedelta(minutes=89), 401)):
        monkeypatch.setattr(services.clock, "now", lambda at=now + later: at)
        assert (await browser.get("/api/v1/session")).status_code == status, later


async def test_a_session_that_is_used_all_the_time_ends_after_twelve_hours(tenant, open_browser, services, monkeypatch):
    browser = await open_browser(tenant)
    now = services.clock.now()
    statuses = []
    for minutes in range(20, 12 * 60 + 20, 20):
        monkeypatch.setattr(services.clock, "now", lambda at=now + timedelta(minutes=minutes): at)
        statuses.append((await browser.get("/api/v1/session")).status_code)
    assert statuses == [200] * 35 + [401]


def test_no_route_module_is_left_out():
    modules = {path.parent.name for path in Path(mailward.__file__).parent.rglob("api.py")}
    assert modules == {room.rpartition(".")[2] for room in openapi.ROOMS}
