# SPDX-License-Identifier: Apache-2.0
"""The API as the console and other people's programs use it."""

from datetime import timedelta

import pytest

from mailward.catalog import FEATURES
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.finding import Reason, Verdict
from mailward.contract.mail import Attachment
from tenants import RAW, Mail

pytestmark = pytest.mark.postgresql

TXT = Attachment(name="a.txt", declared="text/plain", true_type="text", size=3, sha256="00", part="2")


async def test_the_session_and_its_cookies(tenant, open_browser):
    browser = await open_browser()
    answer = await browser.sign_in(tenant)
    facts = answer.json()
    assert facts["account"] == {"email": tenant.email, "name": "Ada", "role": "administrator"}
    assert facts["organization"] == {"id": str(tenant.id), "name": "Acme"}
    assert facts["demo"] is True
    session, csrf = answer.headers.get_list("set-cookie")
    assert session.startswith("mailward_session=")
    assert csrf.startswith("mailward_csrf=")
    assert "HttpOnly" in session
    assert "HttpOnly" not in csrf
    for cookie in (session, csrf):
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
    assert (await browser.get("/api/v1/session")).json() == facts
    assert (await browser.change("DELETE", "/api/v1/session")).status_code == 204
    assert (await browser.get("/api/v1/session")).status_code == 401


async def test_over_https_the_cookies_are_secure(tenant, open_browser):
    browser = await open_browser()
    browser.base_url = "https://console.test"
    answer = await browser.sign_in(tenant)
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
    assert answer.headers["strict-transport-security"].startswith("max-age=")


async def test_a_refused_sign_in_does_not_tell_who_has_an_account(tenant, open_browser):
    browser = await open_browser()
    bodies = []
    for email in (tenant.email, "nobody@x.test"):
        answer = await browser.post("/api/v1/session", json={"email": email, "password": "no"})
        assert answer.status_code == 401
        bodies.append({**answer.json(), "request_id": ""})
    assert bodies[0] == bodies[1]


async def test_guessing_ends_in_429(tenant, open_browser):
    browser = await open_browser()
    answers = [await browser.sign_in(tenant, "no") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_sign_in_link(tenant, open_browser, app):
    browser = await open_browser(tenant)
    account = await tenant.value("SELECT id FROM accounts")
    from mailward.control.profile.service import Profiles  # noqa: PLC0415 - the test's own way in

    path = await Profiles(tenant.database, tenant.clock, None).make_link(  # type: ignore[arg-type] - hashes nothing
        tenant.id, account, next_path="/console/quarantine"
    )
    stranger = await open_browser()
    answer = await stranger.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/quarantine")
    assert (await stranger.get("/api/v1/session")).status_code == 200
    again = await browser.get(path)
    assert again.status_code == 410
    assert again.headers["content-type"].startswith("text/html")
    assert "This sign-in link is over" in again.text


async def test_rows_and_pages(tenant, open_browser):
    at = tenant.clock.now()
    for minute in range(3):
        await tenant.receive(Mail(subject=f"mail {minute}", at=at - timedelta(minutes=minute), attachments=(TXT,)))
    browser = await open_browser(tenant)
    answer = await browser.get("/api/v1/messages?q=verdict:phishing&limit=2")
    page = answer.json()
    assert [row["subject"] for row in page["items"]] == ["mail 0", "mail 1"]
    row = page["items"][0]
    assert row["received_at"].endswith("Z")
    expected = {
        "direction": "in", "sender": "eve@evil.test", "recipient": "lee@example.test", "verdict": "phishing",
        "score": 5.5, "action": "quarantine", "status": "quarantined", "top_reason": "A link goes elsewhere",
        "size": 2000, "attachments": 1, "message_id": "<1@evil.test>", "header_from": "eve@evil.test",
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected
    link = answer.headers["link"]
    assert link.endswith('; rel="next"')
    following = await browser.get(link.split(";")[0].strip("<>"))
    assert [row["subject"] for row in following.json()["items"]] == ["mail 2"]
    assert following.json()["next_cursor"] is None
    assert "link" not in following.headers


async def test_a_message_with_everything(tenant, open_browser):
    copies = await tenant.receive(Mail(recipients=("lee@example.test", "sam@example.test"), attachments=(TXT,)))
    await tenant.event(copies[0], Event(at=tenant.clock.now(), kind=EventKind.QUARANTINED, detail={"reason": "x"}))
    await tenant.event(copies[1], Event(at=tenant.clock.now(), kind=EventKind.DELIVERED))
    browser = await open_browser(tenant)
    message = (await browser.get(f"/api/v1/messages/{copies[0]}")).json()
    assert message["threat"] == "phishing"
    assert sum(reason["weight"] for reason in message["reasons"]) == message["score"] == 5.5
    assert message["threshold"] == 5.0
    assert message["classes"]["phishing"]["probability"] > 0.5
    assert message["authentication"]["spf"]["result"] == "fail"
    assert [event["kind"] for event in message["timeline"]] == ["accepted", "quarantined"]
    assert message["rule"]["winner"] == "Caught mail"
    assert message["findings"]["x"]["outcome"] == "hit"
    assert message["links"][0]["target"] == "https://login.evil.test/a"
    assert message["attachments"][0]["true_type"] == "text"
    assert message["header"]["from"] == [{"name": "Eve", "address": "eve@evil.test"}]
    assert message["envelope"]["peer_ip"] == "192.0.2.9"
    assert [other["recipient"] for other in message["other_recipients"]] == ["sam@example.test"]
    assert message["raw_available"] is True


@pytest.mark.parametrize(
    ("verdict", "reasons", "threat", "top"),
    [
        (Verdict.CLEAN, (), None, ""),
        (Verdict.CLEAN, (Reason(id="a", text="Somewhat odd", weight=2.0),), "spam", "Somewhat odd"),
        (Verdict.UNSCANNABLE, (), None, ""),
    ],
)
async def test_a_message_that_was_not_caught(tenant, open_browser, verdict, reasons, threat, top):
    mail = Mail(verdict=verdict, reasons=reasons, action="deliver", status=Status.DELIVERED, peer_ip=None)
    (copy,) = await tenant.receive(mail)
    browser = await open_browser(tenant)
    message = (await browser.get(f"/api/v1/messages/{copy}")).json()
    assert (message["threat"], message["top_reason"]) == (threat, top)
    row = (await browser.get(f"/api/v1/messages?q=id:{copy}")).json()["items"][0]
    assert row["top_reason"] == top


async def test_the_bytes_as_received(tenant, open_browser):
    (kept,), (gone,) = await tenant.receive(), await tenant.receive(Mail(raw=None))
    browser = await open_browser(tenant)
    answer = await browser.get(f"/api/v1/messages/{kept}/raw")
    assert answer.content == RAW
    assert answer.headers["content-type"].startswith("message/rfc822")
    assert answer.headers["content-disposition"] == f'attachment; filename="{kept}.eml"'
    for path in ("raw", "preview"):
        answer = await browser.get(f"/api/v1/messages/{gone}/{path}")
        assert (answer.status_code, answer.json()["type"]) == (410, "/docs/problems/body-gone")


async def test_a_preview_is_shown_to_whoever_has_its_address_for_five_minutes(
    tenant, open_browser, services, monkeypatch
):
    (copy,) = await tenant.receive()
    browser = await open_browser(tenant)
    preview = (await browser.get(f"/api/v1/messages/{copy}/preview")).json()
    assert preview["blocked_images"] == 2
    assert preview["tree"] == [{"path": "1", "type": "text/plain", "name": "", "size": len(RAW)}]
    assert preview["headers"] == [["Subject", "Your parcel"]]
    stranger = await open_browser()
    shown = await stranger.get(preview["url"])
    assert shown.text == f"<p>{len(RAW)} bytes</p>"
    assert shown.headers["content-type"].startswith("text/html")
    assert shown.headers["content-security-policy"] == (
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    assert shown.headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in shown.headers
    altered = preview["url"][:-2] + ("AA" if preview["url"][-2:] != "AA" else "BB")
    for path in (altered, "/preview/x", "/preview/" + "A" * 91, "/preview/" + "é" * 20, "/preview/" + "A" * 900):
        assert (await stranger.get(path)).status_code == 404, path
    now = services.clock.now()
    monkeypatch.setattr(services.clock, "now", lambda: now + timedelta(minutes=5, seconds=1))
    assert (await stranger.get(preview["url"])).status_code == 404


async def test_orders_over_the_api(tenant, open_browser):
    copies = [(await tenant.receive())[0] for _ in range(3)]
    browser = await open_browser(tenant)

    async def order(**body):
        return await browser.change("POST", "/api/v1/quarantine/actions", json=body)

    counted = await order(action="release", selection={"q": "verdict:phishing"}, dry_run=True)
    assert counted.json() == {"matched": 3}
    released = (await order(action="release", selection={"ids": [str(copies[0])]})).json()
    assert released["results"] == [{"id": str(copies[0]), "outcome": "released"}]
    again = (await order(action="delete", selection={"ids": [str(copies[0])]})).json()
    assert again["results"] == [{"id": str(copies[0]), "outcome": "already_released", "by": tenant.email}]
    deleted = (await order(action="delete", selection={"q": ""})).json()
    assert (deleted["matched"], deleted["done"]) == (2, 2)
    assert (await browser.get("/api/v1/quarantine")).json()["items"] == []
    for selection in ({}, {"ids": [], "q": ""}, {"ids": ["x"]}, {"q": "verdict:nice"}, {"q": "x" * 2001}):
        assert (await order(action="release", selection=selection)).status_code == 400, selection
    assert (await order(action="burn", selection={"q": ""})).status_code == 400


async def test_the_overview_counts(tenant, open_browser):
    at = tenant.clock.now()
    await tenant.receive(Mail(at=at - timedelta(hours=2)))
    await tenant.receive(Mail(at=at - timedelta(minutes=1), verdict=Verdict.SPAM, sender="s@spam.test"))
    await tenant.receive(Mail(verdict=Verdict.CLEAN, reasons=(), action="deliver", status=Status.QUEUED,
                              at=at - timedelta(minutes=5)))  # fmt: skip
    await tenant.receive(Mail(status=Status.REJECTED, action="reject", verdict=Verdict.CLEAN, reasons=()))
    await tenant.receive(Mail(at=at - timedelta(hours=30)))
    browser = await open_browser(tenant)
    day = (await browser.get("/api/v1/overview")).json()
    assert day["totals"] == {
        "received": 4, "delivered": 0, "queued": 1, "quarantined": 2, "rejected": 1, "deleted": 0
    }  # fmt: skip
    assert day["previous"]["received"] == 1
    assert (day["verdicts"]["phishing"], day["verdicts"]["spam"], day["verdicts"]["clean"]) == (1, 1, 1)
    assert len(day["series"]) in {24, 25}
    assert sum(point["phishing"] for point in day["series"]) == 1
    assert sum(point["rejected"] for point in day["series"]) == 1
    assert day["top_reasons"][0] == {"id": "known_sender", "text": "The sender is known", "count": 2}
    assert day["top_senders"][0] == {"sender": "eve@evil.test", "count": 1}
    assert day["queue"]["waiting"] == 1
    assert 299 <= day["queue"]["oldest_seconds"] <= 400
    week = (await browser.get("/api/v1/overview?period=7d")).json()
    assert week["totals"]["received"] == 5
    assert (await browser.get("/api/v1/overview?period=30d")).json()["totals"]["received"] == 5


async def test_errors_are_problems(tenant, open_browser, services, monkeypatch):
    browser = await open_browser(tenant)
    asked = {
        "/api/v1/messages?q=verdict:nice": 400,
        "/api/v1/messages?limit=0": 400,
        "/api/v1/messages?limit=x": 400,
        "/api/v1/messages?cursor=!": 400,
        "/api/v1/messages/7": 404,
        "/api/v1/nothing": 404,
        "/nothing": 404,
        "/api/v1/overview?period=1y": 400,
        "/api/v1/ledger/summary?since=9999-12-31T23:59:59-14:00": 400,
        "/api/v1/ip_reputation/addresses?q=%00": 400,
        "/api/v1/sender_filter/senders?q=a%00b": 400,
    }
    for path, status in asked.items():
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), path
        problem = answer.json()
        assert {"type", "title", "status", "detail", "request_id"} <= problem.keys()
        assert problem["request_id"] == answer.headers["x-request-id"]
    search = (await browser.get("/api/v1/messages?q=verdict:nice")).json()
    assert (search["position"], "phishing" in search["detail"]) == (8, True)
    assert (await browser.get("/api/v1/messages?limit=0")).json()["errors"][0]["pointer"] == "/limit"
    wrong = await browser.change("PUT", "/api/v1/messages")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, OPTIONS")
    broken = await browser.post("/api/v1/session", content=b"{", headers={"content-type": "application/json"})
    assert broken.status_code == 400
    nul = {"list": "blocked", "network": "192.0.2.1", "note": "a\0b"}
    unstorable = await browser.change("POST", "/api/v1/ip_reputation/addresses", json=nul)
    assert (unstorable.status_code, "NUL" in unstorable.json()["detail"]) == (400, True)
    large = await browser.change("POST", "/api/v1/quarantine/actions", content=b" " * 1_100_000)
    assert (large.status_code, large.headers["content-type"]) == (413, "application/problem+json")


async def test_a_fault_of_ours_tells_nothing(tenant, open_browser, monkeypatch):
    async def fail(*_, **__):
        raise RuntimeError("the secret is 42")

    browser = await open_browser(tenant)
    monkeypatch.setattr("mailward.records.mail_tracking.queries.search", fail)
    answer = await browser.get("/api/v1/messages")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "42" not in answer.text
    assert "RuntimeError" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_trying_a_message(tenant, open_browser, outbox):
    browser = await open_browser(tenant)
    answer = await browser.change("POST", "/api/v1/try", json={"raw": "Subject: a\n\nb\r\nc\rd"})
    assert (answer.status_code, answer.json()) == (202, {"smtp": {"code": 250, "text": "2.0.0 taken"}})
    assert outbox.sent == [b"Subject: a\r\n\r\nb\r\nc\r\nd"]
    nul = {"list": "blocked", "network": "192.0.2.1", "note": "a\0b"}
    unstorable = await browser.change("POST", "/api/v1/ip_reputation/addresses", json=nul)
    assert (unstorable.status_code, "NUL" in unstorable.json()["detail"]) == (400, True)
    large = await browser.change("POST", "/api/v1/try", json={"raw": "x" * (5 * 1024 * 1024 + 1)})
    assert large.status_code == 400
    assert len(outbox.sent) == 1


async def test_notice_ledger_schema_and_health(tenant, open_browser):
    browser = await open_browser(tenant)
    notice = (await browser.get("/api/v1/notice")).json()
    assert {feature["name"] for feature in notice["features"]} == {feature.name for feature in FEATURES}
    async with tenant.database.scoped(tenant.id) as connection:
        for number in (1, 2, 3):
            await connection.execute(
                "INSERT INTO egress_ledger VALUES ($1, $2, $3, 'spf', 'dns', $4, 2, 100, '')",
                tenant.id, number, tenant.clock.now(), ["SENDER_IP", "URL_DOMAIN"],
            )  # fmt: skip
    page = (await browser.get("/api/v1/ledger?limit=2")).json()
    assert page["items"][0]["items"] == [
        "Host names of web addresses in mails",
        "Source IP addresses of incoming connections",
    ]
    rest = (await browser.get(f"/api/v1/ledger?limit=2&cursor={page['next_cursor']}")).json()
    assert (len(page["items"]), len(rest["items"]), rest["next_cursor"]) == (2, 1, None)
    (sums,) = (await browser.get("/api/v1/ledger/summary")).json()["destinations"]
    assert (sums["requests"], sums["bytes"], len(sums["items"])) == (6, 300, 2)
    keys = (await browser.get("/api/v1/search/schema")).json()["keys"]
    assert next(key for key in keys if key["key"] == "verdict")["values"][0] == "clean"
    health = (await browser.get("/api/v1/health")).json()
    assert health["status"] == "ok"
    assert {check["name"] for check in health["checks"]} == {"database", "console"}


async def test_probes_need_nobody_signed_in(open_browser, services):
    stranger = await open_browser()
    assert (await stranger.get("/livez")).json() == {"status": "ok"}
    assert (await stranger.get("/readyz")).json() == {"status": "ok"}
    verbose = (await stranger.get("/readyz?verbose")).json()
    assert {"name": "database", "status": "ok"} in verbose["checks"]


async def test_the_console_is_served(open_browser):
    stranger = await open_browser()
    assert (await stranger.get("/")).headers["location"] == "/console/"
    for path in ("/console", "/console/", "/console/messages/7", "/console/index.html"):
        page = await stranger.get(path)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache"), path
        assert page.text.startswith("<!doctype html>")
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    again = await stranger.get("/console/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    script = await stranger.get("/console/assets/index-abc.js")
    assert "immutable" in script.headers["cache-control"]
    assert "javascript" in script.headers["content-type"]
    for path in ("/console/assets/gone.js", "/console/logo.svg", "/console/..%2f..%2fetc/passwd.txt"):
        assert (await stranger.get(path)).status_code == 404, path


async def test_every_answer_carries_the_headers(open_browser):
    stranger = await open_browser()
    for path in ("/", "/console/", "/api/v1/session", "/nothing", "/livez", "/sign-in/x", "/preview/x"):
        headers = (await stranger.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "server" not in headers


async def test_a_nul_in_an_address_is_refused_before_an_answer_begins(tenant, open_browser):
    browser = await open_browser(tenant)
    for path in ("/api/v1/dmarc_reports/export?domain=a%00b", "/api/v1/directory_import/recipients/export?domain=%00"):
        answer = await browser.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert "NUL" in answer.json()["detail"]
