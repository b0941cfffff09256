# SPDX-License-Identifier: Apache-2.0
"""TLS peers over HTTP: added, found, changed, brought as a file, and walled off."""

import pytest

pytestmark = pytest.mark.postgresql

PEERS = "/api/v1/tls_peers/peers"


async def test_peers_are_added_found_changed_and_removed(tenant, open_browser):
    browser = await open_browser(tenant)
    new = {"direction": "outbound", "peer": "*.Partner.test", "level": "mandatory_dane"}
    made = await browser.change("POST", PEERS, json=new)
    assert made.status_code == 201, made.text
    assert made.json()["peer"] == "*.partner.test"
    again = await browser.change("POST", PEERS, json={**new, "level": "mandatory", "minimum": "1.3"})
    assert (again.json()["id"], again.json()["minimum"]) == (made.json()["id"], "1.3")
    inbound = {"direction": "inbound", "peer": "192.0.2.0/24", "level": "mandatory", "note": "Head office"}
    await browser.change("POST", PEERS, json=inbound)
    everything = (await browser.get(PEERS)).json()["items"]
    assert [entry["peer"] for entry in everything] == ["192.0.2.0/24", "*.partner.test"]
    for query, count in (({"direction": "outbound"}, 1), ({"q": "HEAD"}, 1), ({"q": "nothing"}, 0)):
        assert len((await browser.get(PEERS, params=query)).json()["items"]) == count
    assert (await browser.change("DELETE", f"{PEERS}/{made.json()['id']}")).status_code == 204
    assert (await browser.change("DELETE", f"{PEERS}/{made.json()['id']}")).status_code == 404
    for wrong in (
        {"peer": "*"},
        {"level": "verified"},
        {"peer": "192.0.2.1/24"},
        {"domain": "stranger.test"},
        {"level": "so so"},
    ):
        refused = await browser.change("POST", PEERS, json={**inbound, **wrong})
        assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json"), wrong


async def test_a_file_is_planned_first_and_a_bad_line_stops_it(make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Peers"))
    csv = "peer,level\npartner.test,mandatory,1.3,,,Contract 7\n*.partner.test,mta_sts\n"
    order = {"direction": "outbound", "csv": csv}
    plan = (await browser.change("POST", f"{PEERS}/import", json=order)).json()
    assert (plan["added"], plan["written"]) == (2, False)
    plan = (await browser.change("POST", f"{PEERS}/import", json={**order, "dry_run": False})).json()
    assert (plan["added"], plan["written"]) == (2, True)
    bad = {**order, "csv": csv + "x.test,sometimes\n", "mode": "overwrite", "dry_run": False}
    plan = (await browser.change("POST", f"{PEERS}/import", json=bad)).json()
    assert (plan["written"], [problem["line"] for problem in plan["problems"]]) == (False, [4])
    one = {**order, "csv": "partner.test,verified,,,mx.partner.test\n", "mode": "overwrite", "dry_run": False}
    plan = (await browser.change("POST", f"{PEERS}/import", json=one)).json()
    assert (plan["changed"], plan["removed"]) == (1, 1)
    [entry] = (await browser.get(PEERS)).json()["items"]
    assert (entry["level"], entry["certificate_name"]) == ("verified", "mx.partner.test")


async def test_the_default_is_a_setting_that_cannot_be_deleted(make_tenant, open_browser):
    browser = await open_browser(await make_tenant("Default"))
    path = "/api/v1/features/tls_peers/settings"
    changed = await browser.change("PUT", path, json={"inbound_level": "mandatory", "outbound_level": "mta_sts"})
    assert changed.status_code == 200
    assert changed.json()["values"]["outbound_level"] == "mta_sts"
    assert (await browser.change("PUT", path, json={"inbound_level": "verified"})).status_code == 400
    assert (await browser.change("DELETE", path)).status_code == 405


async def test_nobody_sees_the_peers_of_others(make_tenant, open_browser):
    owner, other = await open_browser(await make_tenant("Owner")), await open_browser(await make_tenant("Other"))
    new = {"direction": "outbound", "peer": "partner.test", "level": "mandatory"}
    made = (await owner.change("POST", PEERS, json=new)).json()
    assert (await other.get(PEERS)).json()["items"] == []
    assert (await other.change("DELETE", f"{PEERS}/{made['id']}")).status_code == 404
    assert (await other.get("/api/v1/tls_peers/sts_policies")).json() == {"items": []}
