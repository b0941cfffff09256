# SPDX-License-Identifier: Apache-2.0
"""MTA-STS policies over HTTP: changed by administrators, read by everybody under the right name, and by nobody else's."""

from datetime import UTC, datetime
from functools import partial

import httpx
import pytest

from mailward.checks.tls_peers.sts_policy import read_policy, record_id
from mailward.contract.dns import nobody
from mailward.contract.dns_check import DnsSurvey
from mailward.contract.gateway import Gateway
from mailward.control.domains import service as domains
from mailward.control.domains.service import Domain
from mailward.control.mta_sts.dns_checks import dns_checks
from mailward.egress.dns.service import Dns, Network, Server
from name_server import NameServer

pytestmark = pytest.mark.postgresql


async def protect(database, tenant, domain):
    async with database.scoped(tenant.id) as connection:
        await domains.add(connection, tenant.id, Domain(name=domain, servers=()), at=datetime.now(UTC))
    return domain


PATH, TEXT = "/api/v1/mta_sts/policies", "/.well-known/mta-sts.txt"


async def served(app, host):
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as stranger:
        return await stranger.get(TEXT)


async def test_a_policy_is_served_under_the_name_of_its_domain(tenant, open_browser, app, database):
    browser = await open_browser(tenant)
    domain = await protect(database, tenant, "served.test")
    assert domain in (await browser.get(PATH)).json()["without"]
    assert (await served(app, f"mta-sts.{domain}")).status_code == 404
    change = {"mode": "testing", "mx": ["mx1.gateway.test", "mx2.gateway.test"]}
    made = await browser.change("PUT", f"{PATH}/{domain}", json=change)
    assert made.status_code == 200, made.text
    answer = await served(app, f"MTA-STS.{domain}:443")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    policy = read_policy(answer.content)
    assert (policy.mode, list(policy.mx), policy.max_age) == ("testing", change["mx"], 604800)
    assert record_id((made.json()["record"].encode(),)) == made.json()["id"]
    for host in (domain, f"mta-sts.sub.{domain}", "mta-sts.stranger.test", "mta-sts.", "x" * 300):
        assert (await served(app, host)).status_code == 404, host
    again = await browser.change("PUT", f"{PATH}/{domain}", json={**change, "mode": "enforce"})
    assert again.json()["id"] != made.json()["id"]
    listed = (await browser.get(PATH)).json()
    assert [item["mode"] for item in listed["items"]] == ["enforce"]
    assert domain not in listed["without"]
    assert (await browser.change("DELETE", f"{PATH}/{domain}")).status_code == 204
    assert (await browser.change("DELETE", f"{PATH}/{domain}")).status_code == 404
    assert (await served(app, f"mta-sts.{domain}")).status_code == 404


async def test_bad_policies_and_domains_of_others(make_tenant, open_browser, database):
    tenant = await make_tenant("Owner")
    owner, other = await open_browser(tenant), await open_browser(await make_tenant("Other"))
    domain = await protect(database, tenant, "owned.test")
    assert (await other.change("PUT", f"{PATH}/{domain}", json={"mx": ["mx.evil.test"]})).status_code == 404
    for bad in (
        {"mode": "so so"},
        {"mx": ["192.0.2.1"]},
        {"mx": ["a.test\r\nmode: none"]},
        {"mx": ["m.test"], "max_age": 60},
    ):
        refused = await owner.change("PUT", f"{PATH}/{domain}", json=bad)
        assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json"), bad


async def test_the_records_are_compared_with_what_should_be_there(make_tenant, open_browser, database):
    tenant = await make_tenant("Records")
    browser = await open_browser(tenant)
    domain = await protect(database, tenant, "records.test")
    made = (await browser.change("PUT", f"{PATH}/{domain}", json={"mode": "testing", "mx": ["mx.gateway.test"]})).json()
    settings = {"report_address": "tls@records.test"}
    assert (await browser.change("PUT", "/api/v1/features/tls_reports/settings", json=settings)).status_code == 200
    with NameServer({("records.test", "MX"): ["10 mx.gateway.test.", "20 old.records.test."]}) as names:
        host, port = names.address.split(":")

        async def look():
            dns = Dns(Network([Server(host, int(port))]))
            survey = DnsSurvey(
                domain=domain, gateway=Gateway(), resolver=dns.for_feature("mta_sts"),
                scoped=partial(database.scoped, tenant.id),
            )  # fmt: skip
            found = {check.kind: check for check in await dns_checks(survey)}
            await dns.close()
            return found

        found = await look()
        states = {kind: check.state for kind, check in found.items()}
        assert states == {
            "mta_sts": "missing",
            "mta_sts_host": "missing",
            "mta_sts_mx": "warning",
            "tls_reports": "missing",
        }
        assert "old.records.test" in found["mta_sts_mx"].advice
        names.records |= {
            ("_mta-sts.records.test", "TXT"): [f'"{made["record"]}"'], ("mta-sts.records.test", "A"): ["203.0.113.1"],
            ("_smtp._tls.records.test", "TXT"): ['"v=TLSRPTv1;rua=mailto:tls@records.test"'],
            ("records.test", "MX"): ["10 mx.gateway.test."],
        }  # fmt: skip
        assert {check.state for check in (await look()).values()} == {"ok"}
        await browser.change("PUT", f"{PATH}/{domain}", json={"mode": "enforce", "mx": ["mx2.gateway.test"]})
        found = await look()
        assert (found["mta_sts"].state, found["mta_sts_mx"].state) == ("wrong", "wrong")
        names.records["_smtp._tls.records.test", "TXT"].append('"v=TLSRPTv1; rua=mailto:old@records.test"')
        assert (await look())["tls_reports"].state == "wrong"
        names.failing |= {"_mta-sts.records.test", "mta-sts.records.test", "records.test", "_smtp._tls.records.test"}
        assert {check.state for check in (await look()).values()} == {"unknown"}
    none = await protect(database, tenant, "without.test")
    survey = DnsSurvey(
        domain=none, gateway=Gateway(), resolver=nobody("mta_sts"), scoped=partial(database.scoped, tenant.id)
    )
    assert [check.kind for check in await dns_checks(survey)] == ["tls_reports"]
