# SPDX-License-Identifier: Apache-2.0
"""Connectors and pauses over HTTP: what is refused, secrets that are said once, walls between organizations."""

import dataclasses
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from mailward.checks.outbound import store
from mailward.checks.outbound.brake import Paused
from mailward.checks.outbound.clouds import Clouds
from mailward.checks.outbound.registered import hash_of
from mailward.checks.outbound.shapes import PauseReason
from mailward.control.domains import service as domains
from mailward.control.domains.service import Domain
from mailward.kit.ids import new_id

pytestmark = pytest.mark.postgresql

CONNECTORS, PAUSES = "/api/v1/outbound/connectors", "/api/v1/outbound/pauses"
OWN = {"name": "Exchange", "networks": ["192.0.2.25", "2001:db8::/64"]}
CLOUD = {"name": "Cloud", "cloud": "office", "proof": "header", "header": "X-Tenant-Id", "value": "tenant-1"}
SECRET = {"name": "Relay", "networks": ["198.51.100.0/24"], "proof": "secret"}


async def protect(tenant, *names):
    at = datetime.now(UTC)
    async with tenant.database.scoped(tenant.id) as connection:
        for name in names:
            await domains.add(connection, tenant.id, Domain(name=name, servers=()), at=at)


@pytest.fixture
def services(services, tmp_path):
    file = tmp_path / "clouds.toml"
    file.write_text('[office]\ntitle = "Office cloud"\nnetworks = ["203.0.113.0/24"]\nheader = "X-Tenant-Id"\n')
    return dataclasses.replace(services, clouds=Clouds(file))


@pytest.fixture
async def browser(make_tenant, open_browser):
    tenant = await make_tenant("Senders")
    tenant_domain = f"{tenant.id.hex[-8:]}.test"
    await protect(tenant, tenant_domain)
    opened = await open_browser(tenant)
    opened.tenant, opened.domain = tenant, tenant_domain
    return opened


async def test_a_connector_is_added_read_changed_and_removed(browser, services):
    made = await browser.change("POST", CONNECTORS, json={**OWN, "domain": browser.domain.upper()})
    assert made.status_code == 201, made.text
    assert (made.json()["secret"], made.json()["secret_header"]) == ("", "")
    identifier = made.json()["connector"]["id"]
    read = (await browser.get(CONNECTORS)).json()
    [connector] = read["connectors"]
    assert connector["networks"] == ["192.0.2.25", "2001:db8::/64"]
    assert connector["created_by"] == browser.tenant.email
    [domain] = read["domains"]
    assert (domain["name"], domain["servers"], domain["spf"]) == (browser.domain, 2, f"a:{services.gateway.hostname}")
    assert read["clouds"][0] == {"name": "office", "title": "Office cloud", "networks": 1, "header": "X-Tenant-Id"}
    changed = await browser.change("PUT", f"{CONNECTORS}/{identifier}", json={**CLOUD, "domain": "*"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["connector"]["cloud"] == "office"
    assert (await browser.change("DELETE", f"{CONNECTORS}/{identifier}")).status_code == 204
    for method, path in (("DELETE", ""), ("PUT", ""), ("POST", "/secret")):
        answer = await browser.change(method, f"{CONNECTORS}/{identifier}{path}", json=OWN)
        assert answer.status_code == 404, method


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": "x"}, "either networks or"),
        ({**OWN, "cloud": "office"}, "either networks or"),
        ({"name": "x", "cloud": "office"}, "choose a proof"),
        ({"name": "x", "cloud": "nowhere", "proof": "secret"}, "describes no cloud"),
        ({"name": "x", "networks": ["203.0.113.7"]}, "choose a proof"),
        ({"name": "x", "networks": ["203.0.0.0/16"]}, "choose a proof"),
        ({"name": "x", "networks": ["0.0.0.0/0"]}, "choose a proof"),
        ({"name": "x", "networks": ["2001:db8::/32"]}, "too wide"),
        ({"name": "x", "networks": ["192.0.2.1/24"]}, "bits behind the prefix"),
        ({"name": "x", "networks": ["mail.example.test"]}, "neither an address"),
        ({"name": "x", "networks": [f"192.0.2.{n}" for n in range(101)]}, "length"),
        ({**OWN, "domain": "somebody-else.test"}, "not a domain of this organization"),
        ({**OWN, "proof": "header"}, "needs its name"),
        ({**OWN, "proof": "header", "header": "Bad Name", "value": "x"}, "header"),
        ({**OWN, "proof": "hope"}, "proof"),
        ({**OWN, "name": ""}, "name"),
    ],
)
async def test_what_cannot_be_registered_is_explained(browser, values, words):
    answer = await browser.change("POST", CONNECTORS, json=values)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert words in answer.text


async def test_a_domain_has_a_hundred_servers_at_most_and_names_are_not_given_twice(browser):
    networks = [f"192.0.2.{number}" for number in range(60)]
    first = await browser.change("POST", CONNECTORS, json={"name": "a", "networks": networks})
    assert first.status_code == 201
    again = await browser.change("POST", CONNECTORS, json={"name": "a", "networks": ["192.0.2.99"]})
    assert "named 'a' already" in again.text
    more = {"name": "b", "networks": networks[:41], "domain": browser.domain}
    assert "more than 100 servers" in (await browser.change("POST", CONNECTORS, json=more)).text
    more["networks"] = networks[:40]
    assert (await browser.change("POST", CONNECTORS, json=more)).status_code == 201
    same = await browser.change(
        "PUT", f"{CONNECTORS}/{first.json()['connector']['id']}", json={"name": "a", "networks": networks}
    )
    assert same.status_code == 200, same.text


async def test_a_secret_is_said_once_kept_as_a_hash_and_renewed(browser):
    made = (await browser.change("POST", CONNECTORS, json=SECRET)).json()
    secret, identifier = made["secret"], made["connector"]["id"]
    assert len(secret) >= 40
    assert made["secret_header"] == "X-Mailward-Connector"
    read = await browser.get(CONNECTORS)
    assert secret not in read.text
    assert read.json()["connectors"][0]["has_secret"]
    stored = "SELECT secret_hash FROM outbound_connectors WHERE id = $1"
    assert await browser.tenant.value(stored, identifier) == hash_of(secret)
    kept = (await browser.change("PUT", f"{CONNECTORS}/{identifier}", json={**SECRET, "name": "Relay 2"})).json()
    assert kept["secret"] == ""
    assert await browser.tenant.value(stored, identifier) == hash_of(secret)
    renewed = (await browser.change("POST", f"{CONNECTORS}/{identifier}/secret", json={})).json()
    assert renewed["secret"] not in ("", secret)
    assert await browser.tenant.value(stored, identifier) == hash_of(renewed["secret"])
    await browser.change("PUT", f"{CONNECTORS}/{identifier}", json=OWN)
    assert await browser.tenant.value(stored, identifier) == b""
    assert (await browser.change("POST", f"{CONNECTORS}/{identifier}/secret", json={})).status_code == 404


async def test_pauses_are_shown_and_lifted_by_their_own_organization_only(browser, make_tenant, open_browser):
    at, tenant = datetime.now(UTC), browser.tenant
    pause = Paused(
        organization_id=tenant.id, id=new_id(at), sender="eve@example.test", reason=PauseReason.BURST,
        why="It wrote to 101 recipients within an hour.", paused_at=at,
    )  # fmt: skip
    async with tenant.database.scoped(tenant.id) as connection:
        await store.write_pauses(connection, tenant.id, [pause])
    [shown] = (await browser.get(PAUSES)).json()["items"]
    assert (shown["sender"], shown["reason"], shown["lifted_at"]) == ("eve@example.test", "burst", None)
    stranger = await open_browser(await make_tenant("Strangers"))
    assert (await stranger.get(PAUSES)).json()["items"] == []
    for path in (f"{PAUSES}/{pause.id}/lift", f"{PAUSES}/{uuid4()}/lift"):
        assert (await stranger.change("POST", path, json={})).status_code == 404
    lifted = await browser.change("POST", f"{PAUSES}/{pause.id}/lift", json={})
    assert (lifted.status_code, lifted.json()["lifted_by"]) == (200, tenant.email)


async def test_connectors_of_others_are_not_there(browser, make_tenant, open_browser):
    made = (await browser.change("POST", CONNECTORS, json=SECRET)).json()["connector"]["id"]
    stranger = await open_browser(await make_tenant("Foreigners"))
    assert (await stranger.get(CONNECTORS)).json()["connectors"] == []
    assert (await stranger.change("PUT", f"{CONNECTORS}/{made}", json=OWN)).status_code == 404
    assert (await stranger.change("DELETE", f"{CONNECTORS}/{made}")).status_code == 404
    assert (await stranger.change("POST", f"{CONNECTORS}/{made}/secret", json={})).status_code == 404
    assert len((await browser.get(CONNECTORS)).json()["connectors"]) == 1
