# SPDX-License-Identifier: Apache-2.0
"""Why would this mail be refused? The dry runs over HTTP, with a canned DNS."""

import dataclasses
from typing import ClassVar

import httpx
import msgspec
import pytest

from application import Browser
from mailward.checks.rate_limits.recording import LimitRecord
from mailward.checks.rate_limits.service import RateLimits
from mailward.checks.rate_limits.settings import Rate, RateLimitSettings
from mailward.contract.dns import DnsTrouble
from mailward.contract.envelope import Connection
from mailward.contract.reply import TempFail
from mailward.kit.clock import Clock
from mailward.web.app import create_app

pytestmark = pytest.mark.postgresql

ADDRESS = "/api/v1/ip_reputation/explanation"
NAMES = "/api/v1/reverse_dns/explanation"
SENDER = "/api/v1/sender_filter/explanation"


class Canned:
    """A resolver with a few names; "silent.test" does not answer. `asked` is every question."""

    A: ClassVar = {
        "2.0.0.127.list.test": ("127.0.0.2",),
        "9.2.0.192.list.test": ("127.0.0.4",),
        "mail.true.test": ("192.0.2.25",),
    }
    PTR: ClassVar = {"192.0.2.25": ("mail.true.test",), "192.0.2.26": ("mail.false.test",)}

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def a(self, name: str) -> tuple[str, ...]:
        self.asked.append(name)
        if name.endswith("silent.test"):
            raise DnsTrouble(name)
        return self.A.get(name, ())

    async def ptr(self, address: str) -> tuple[str, ...]:
        self.asked.append(address)
        if address == "192.0.2.99":
            raise DnsTrouble(address)
        return self.PTR.get(address, ())


class Countries:
    """Everybody from 198.51.100.0/24 lives in NL."""

    def country(self, address: object) -> str:
        return "NL" if str(address).startswith("198.51.100.") else ""


@pytest.fixture
def dns():
    return Canned()


@pytest.fixture
async def ask(services, make_tenant, dns):
    """A signed-in browser of a new organization, whose questions go to the canned DNS."""
    app = create_app(dataclasses.replace(services, fresh_dns=lambda: lambda feature: dns, countries=Countries()))
    async with Browser(transport=httpx.ASGITransport(app=app), base_url="http://console.test") as browser:
        browser.tenant = await make_tenant("Explained")
        assert (await browser.sign_in(browser.tenant)).status_code == 200
        yield browser


async def walk(browser, address):
    answer = await browser.get(ADDRESS, params={"address": address})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found, {step["step"]: step["outcome"] for step in found["steps"]}


async def settle(browser, feature, **options):
    answer = await browser.change("PUT", f"/api/v1/features/{feature}/settings", json=options)
    assert answer.status_code == 200, answer.text


async def test_the_order_of_an_address_is_walked_until_something_decides(ask, dns):
    lists = [{"zone": "list.test", "help": "https://list.test/{ip}"}, {"zone": "silent.test"}]
    await settle(ask, "ip_reputation", lists=lists, blocked_countries=["NL"])
    for network, which in (("192.0.2.9", "blocked"), ("203.0.113.0/24", "blocked"), ("203.0.113.7", "approved")):
        await ask.change("POST", "/api/v1/ip_reputation/addresses", json={"list": which, "network": network})

    found, steps = await walk(ask, "203.0.113.7")
    assert (steps["approved_address"], steps["blocked_address"], found["result"]) == ("decides", "not_asked", "heard")
    assert found["entry"]["network"] == "203.0.113.7"

    found, steps = await walk(ask, "203.0.113.8")
    assert (steps["blocked_address"], steps["dns_lists"]) == ("decides", "not_asked")
    assert found["answer"].startswith("550 5.7.1 203.0.113.8 is blocked")
    assert found["entry"]["network"] == "203.0.113.0/24"

    found, steps = await walk(ask, "198.51.100.1")
    assert (steps["approved_country"], steps["blocked_country"], found["country"]) == ("unused", "decides", "NL")

    found, steps = await walk(ask, "192.0.2.77")
    assert (set(steps.values()), found["result"]) == ({"passes", "unused"}, "heard")
    troubles = {one["zone"]: one["trouble"] for one in found["lists"]}
    assert (troubles["list.test"], troubles["silent.test"]) == ("", "it does not answer")

    await ask.change("POST", "/api/v1/ip_reputation/addresses/import",
                     json={"list": "blocked", "csv": "", "mode": "overwrite", "dry_run": False})  # fmt: skip
    found, steps = await walk(ask, "192.0.2.9")
    assert (steps["dns_lists"], found["result"]) == ("decides", "refused")
    assert "list.test (answer 127.0.0.4); see https://list.test/192.0.2.9" in found["answer"]
    assert dns.asked


async def test_an_address_that_must_wait_is_delayed_and_a_switched_off_feature_asks_nobody(ask, dns, database):
    async with database.scoped(ask.tenant.id) as connection:
        await connection.execute(
            "INSERT INTO address_reputation VALUES ($1, '192.0.2.50', 1, 6, 1, now() + interval '5 minutes', now())",
            ask.tenant.id,
        )
    found, steps = await walk(ask, "192.0.2.50")
    assert (steps["experience"], found["result"], round(found["experience"]["bad"])) == ("decides", "delayed", 6)
    assert found["answer"].startswith("450 4.7.1")
    private, steps = await walk(ask, "10.0.0.1")
    assert (private["private"], steps["experience"]) == (True, "unused")
    await settle(ask, "ip_reputation", enabled=False, lists=[{"zone": "list.test"}])
    found, steps = await walk(ask, "192.0.2.50")
    assert (found["enabled"], set(steps.values()), dns.asked) == (False, {"unused"}, [])
    assert (await ask.get(ADDRESS, params={"address": "<b>"})).status_code == 400


async def test_the_names_of_an_address_are_judged_by_the_sender_s_rule(ask):
    rule = {"sender_domain": "*.strict.test", "refuse_missing": True, "refuse_invalid": True}
    await settle(ask, "reverse_dns", rules=[rule])

    async def names(address, sender="ann@mail.strict.test"):
        return (await ask.get(NAMES, params={"address": address, "sender": sender})).json()

    assert (await names("192.0.2.25"))["true"] == ["mail.true.test"]
    false = await names("192.0.2.26")
    assert (false["rule"], false["result"], false["claimed"]) == ("*.strict.test", "refused", ["mail.false.test"])
    assert "550 5.7.25" in (await names("192.0.2.27"))["answer"]
    lenient = await names("192.0.2.27", "ann@other.test")
    assert (lenient["rule"], lenient["asked"], lenient["result"]) == ("default", False, "heard")
    assert (await names("192.0.2.27", ""))["rule"] == "empty sender"
    silent = await names("192.0.2.99")
    assert (silent["dns_answered"], silent["result"]) == (False, "delayed")
    assert (await ask.get(NAMES, params={"address": "x"})).status_code == 400


async def test_the_four_steps_of_a_sender(ask):
    async def add(**entry):
        answer = await ask.change("POST", "/api/v1/sender_filter/senders", json=entry)
        assert answer.status_code == 201, answer.text

    async def explain(sender, recipient="lee@example.test"):
        found = (await ask.get(SENDER, params={"sender": sender, "recipient": recipient})).json()
        return found, [step["step"] for step in found["steps"] if step["decides"]]

    await add(list="approved", pattern="*@shop.test", target="lee@example.test")
    await add(list="blocked", pattern="spam@shop.test")
    await add(list="approved", pattern="*@*.partner.test", target="example.test", unauthenticated=True)
    assert (await explain("news@shop.test"))[1] == ["person_approves"]
    found, step = await explain("SPAM@shop.test")
    assert (found["result"], step) == ("blocked", ["organization_blocks"])
    assert found["answer"].startswith("550 5.7.1 the recipient does not take mail from <spam@shop.test>")
    assert found["steps"][2]["entry"]["pattern"] == "*@shop.test"
    found, step = await explain("a@eu.partner.test", "sam@example.test")
    assert (found["result"], step, found["needs_proof"]) == ("approved", ["organization_approves"], False)
    assert "spam" in found["skips"]
    assert (await explain("news@shop.test", "sam@example.test"))[0]["result"] == "unknown"
    assert (await explain("news@shop.test"))[0]["needs_proof"] is True
    await settle(ask, "sender_filter", enabled=False)
    assert (await explain("spam@shop.test"))[0]["result"] == "unknown"
    for sender, recipient in (("no address", "lee@example.test"), ("a@b.test", "@")):
        assert (await ask.get(SENDER, params={"sender": sender, "recipient": recipient})).status_code == 400


async def test_who_was_limited_is_shown(ask, database):
    clock = Clock()
    record = LimitRecord(database, clock)
    limits = RateLimits(clock, record.note)
    settings = RateLimitSettings(per_sender=Rate(most=1), unknown_recipients=Rate(most=1), penalty_seconds=300)
    policy = _Policy(ask.tenant.id, {"rate_limits": settings})
    peer = Connection(peer_ip="192.0.2.40", helo="x", tls="")
    limits.count(policy, peer, "Loud@x.test", "lee@example.test")
    for _ in range(3):
        with pytest.raises(TempFail):
            limits.count(policy, peer, "Loud@x.test", "lee@example.test")
    limits.unknown_recipient(policy, peer)
    with pytest.raises(TempFail):
        limits.unknown_recipient(policy, peer)
    await record.write()
    await record.write()
    shown = {one["what"]: one for one in (await ask.get("/api/v1/rate_limits/limited")).json()["items"]}
    assert (shown["sender"]["address"], shown["sender"]["refused"], shown["sender"]["until"]) == (
        "loud@x.test",
        3,
        None,
    )
    assert (shown["guessing"]["site"], bool(shown["guessing"]["until"])) == ("192.0.2.40", True)
    async with database.unscoped() as connection:
        await connection.execute("SELECT forget_rate_limited(now() + interval '1 second')")
    assert (await ask.get("/api/v1/rate_limits/limited")).json()["items"] == []


class _Policy(msgspec.Struct, frozen=True, eq=False):
    id: object
    settings: dict
