# SPDX-License-Identifier: Apache-2.0
"""The records of signing keys on the domain's page, over HTTP, for every state of a key."""

from functools import partial

import pytest

from mailward.contract.dns import DnsTrouble
from mailward.contract.dns_check import DnsState, DnsSurvey
from mailward.contract.gateway import Gateway
from mailward.disposition.dkim_signing.dns_checks import dns_checks

pytestmark = pytest.mark.postgresql

KEYS = "/api/v1/dkim_signing/keys"


@pytest.fixture
async def browser(tenant, open_browser):
    browser = await open_browser(tenant)
    servers = [{"host": "mail.behind.test"}]
    made = await browser.change("POST", "/api/v1/domains", json={"name": "shop.test", "servers": servers})
    assert made.status_code == 201, made.text
    return browser


async def make(browser, selector="one"):
    order = {"domain": "shop.test", "selector": selector, "algorithm": "ed25519"}
    made = await browser.change("POST", KEYS, json=order)
    assert made.status_code == 201, made.text
    return made.json()


async def look(browser):
    report = (await browser.get("/api/v1/domains/shop.test/dns")).json()
    return [check for check in report["checks"] if check["kind"] == "dkim"]


async def check_now(browser, key):
    return (await browser.change("POST", f"{KEYS}/{key['id']}/check")).json()["state"]


async def test_a_key_whose_record_is_missing_wrong_and_right(browser, zone):
    key = await make(browser)
    name = key["record"]["name"]
    [check] = await look(browser)
    assert (check["name"], check["state"], check["found"]) == (name, "missing", [])
    assert check["expected"] == [key["record"]["value"]]
    assert "once the record has been seen for 3 hours" in check["advice"]
    zone(f'{name}. TXT "v=DKIM1; k=ed25519; p="')
    [check] = await look(browser)
    assert (check["state"], check["found"]) == ("wrong", ["v=DKIM1; k=ed25519; p="])
    assert "the key was revoked" in check["advice"]
    zone(key["record"]["zone_line"])
    [check] = await look(browser)
    assert (check["state"], check["found"], check["advice"]) == ("ok", [key["record"]["value"]], "")


class Silent:
    async def txt(self, _):
        raise DnsTrouble("nobody answered")


async def test_a_dns_that_is_silent_says_nothing_about_the_record(browser, tenant, database):
    key = await make(browser)
    survey = DnsSurvey(
        domain="shop.test", gateway=Gateway(), resolver=Silent(), scoped=partial(database.scoped, tenant.id)
    )
    [check] = await dns_checks(survey)
    assert (check.state, check.expected, check.found) == (DnsState.UNKNOWN, (key["record"]["value"],), ())
    assert "says nothing about the record" in check.advice


async def test_a_record_that_goes_while_it_is_needed_is_told_by_what_it_costs(browser, tenant, zone):
    settings = {"wait_hours": 0}
    await browser.change("PUT", "/api/v1/features/dkim_signing/settings", json=settings)
    key = await make(browser)
    zone(key["record"]["zone_line"])
    assert await check_now(browser, key) == "active"
    zone("")
    [check] = await look(browser)
    assert (check["state"], "nobody can verify" in check["advice"]) == ("missing", True)
    assert (await browser.change("POST", f"{KEYS}/{key['id']}/retire")).status_code == 200
    [check] = await look(browser)
    assert (check["state"], "too early" in check["advice"]) == ("missing", True)
    await tenant.value("UPDATE dkim_keys SET state = 'retired' RETURNING 1")
    assert await look(browser) == []


async def test_a_domain_that_sends_without_a_key_is_told_so_and_one_that_does_not_send_is_left_alone(browser, zone):
    assert await look(browser) == []
    connector = {"name": "exchange", "networks": ["192.0.2.10"], "domain": "shop.test"}
    made = await browser.change("POST", "/api/v1/outbound/connectors", json=connector)
    assert made.status_code == 201, made.text
    [check] = await look(browser)
    assert (check["state"], check["expected"]) == ("missing", [])
    assert "no key to sign it" in check["advice"]
    await make(browser)
    assert [check["name"] for check in await look(browser)] == ["one._domainkey.shop.test"]
    await browser.change("PUT", "/api/v1/features/dkim_signing/settings", json={"enabled": False})
    assert await look(browser) == []


async def test_keys_go_with_their_domain(browser, tenant):
    await make(browser)
    plan = (await browser.get("/api/v1/domains/shop.test/deletion")).json()
    assert {"what": "signing_keys", "count": 1} in plan["belongings"]
    assert (await browser.change("DELETE", "/api/v1/domains/shop.test")).status_code == 200
    assert await tenant.value("SELECT count(*) FROM dkim_keys") == 0
