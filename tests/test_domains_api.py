# SPDX-License-Identifier: Apache-2.0
"""Domains and valid recipients over HTTP: claim, prove, check, delete; lists that are brought with a plan."""

import pytest

pytestmark = pytest.mark.postgresql

DOMAINS = "/api/v1/domains"
RECIPIENTS = "/api/v1/directory_import/recipients"


async def add(browser, name="shop.test", **more):
    made = await browser.change("POST", DOMAINS, json={"name": name, "servers": [{"host": "mail.behind.test"}], **more})
    assert made.status_code == 201, made.text
    return made.json()


async def verify(browser, name="shop.test"):
    return await browser.change("POST", f"{DOMAINS}/{name}/verification")


async def test_a_domain_is_claimed_proved_by_txt_and_listed(tenant, open_browser, zone):
    browser = await open_browser(tenant)
    made = await add(browser, "proved.test")
    assert made["state"] == "unverified"
    answer = (await verify(browser, "proved.test")).json()
    assert answer["domain"]["state"] == "unverified"
    assert "TXT" in answer["domain"]["missing"]
    assert [entry["state"] for entry in answer["evidence"]] == ["missing", "missing", "missing"]
    zone(f'{made["challenge"]["name"]}. TXT "{made["challenge"]["value"]}"')
    answer = (await verify(browser, "proved.test")).json()
    assert (answer["domain"]["state"], answer["domain"]["verified_by"]) == ("verified", "txt")
    listed = (await browser.get(DOMAINS, params={"state": "verified"})).json()["items"]
    assert [(row["name"], row["servers"], row["missing"]) for row in listed] == [("proved.test", 1, "")]


async def test_an_mx_record_proves_only_with_the_organizations_own_name_where_there_are_several(
    tenant, make_tenant, open_browser, zone
):
    await make_tenant("Neighbour")
    browser = await open_browser(tenant)
    made = await add(browser, "mx.test")
    zone("mx.test. MX 10 mx.gate.test.")
    assert (await verify(browser, "mx.test")).json()["domain"]["state"] == "unverified"
    (own,) = made["challenge"]["mail_exchanges"]
    assert own.endswith(".mx.gate.test")
    zone(f"mx.test. MX 5 elsewhere.test.\nmx.test. MX 32767 {own}.")
    answer = (await verify(browser, "mx.test")).json()
    assert (answer["domain"]["state"], answer["domain"]["verified_by"]) == ("verified", "mx")


async def test_an_unverified_claim_blocks_nobody_and_a_proved_owner_does(tenant, make_tenant, open_browser, zone):
    squatter = await make_tenant("Squatter")
    first, owner = await open_browser(squatter), await open_browser(tenant)
    await add(first, "wanted.test")
    made = await add(owner, "wanted.test")
    zone(f'wanted.test. TXT "{made["challenge"]["value"]}"')
    assert (await verify(owner, "wanted.test")).json()["domain"]["state"] == "verified"
    assert (await verify(first, "wanted.test")).json()["domain"]["state"] == "unverified"
    third = await open_browser(await make_tenant("Third"))
    refused = await third.change("POST", DOMAINS, json={"name": "wanted.test", "servers": []})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "domain-taken")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "no domain", "servers": []},
        {"name": "ok.test", "servers": [{"host": "a b"}]},
        {"name": "ok.test", "servers": [{"host": "a", "port": 0}]},
        {"name": "ok.test", "servers": [{"host": "a", "preference": 101}]},
        {"name": "ok.test", "servers": [{"host": "a"}, {"host": "A"}]},
        {"name": "ok.test", "servers": [{"host": "a", "recipient": "x@y"}]},
        {"name": "ok.test", "servers": [{"host": f"h{n}"} for n in range(101)]},
        {"name": "ok.test", "servers": [], "size_limit": 1000},
        {"name": "ok.test", "servers": [], "size_limit": 151 * 1024 * 1024},
    ],
)
async def test_bad_input_gets_a_sentence(body, tenant, open_browser):
    browser = await open_browser(tenant)
    answer = await browser.change("POST", DOMAINS, json=body)
    assert answer.status_code == 400
    assert len(answer.json()["detail"]) > 10 or answer.json()["errors"]


async def test_deleting_says_first_what_goes_and_then_it_goes(tenant, open_browser):
    browser = await open_browser(tenant)
    await add(browser, "example.test")
    await add(browser, "stays.test")
    (held,) = await tenant.receive()
    await browser.change("POST", RECIPIENTS, json={"address": "lee@example.test", "display_name": ""})
    await browser.change(
        "POST",
        "/api/v1/sender_filter/senders",
        json={"list": "blocked", "pattern": "x.test", "target": "lee@example.test"},
    )
    for domain in ("example.test", "stays.test"):
        made = await browser.change(
            "POST", "/api/v1/dkim_signing/keys", json={"domain": domain, "algorithm": "ed25519"}
        )
        assert made.status_code == 201, made.text
        await browser.change("PUT", f"/api/v1/authentication/rules/{domain}/sender_ip", json={"on_mismatch": "reject"})
    plan = (await browser.get(f"{DOMAINS}/example.test/deletion")).json()
    counts = {entry["what"]: entry["count"] for entry in plan["belongings"]}
    assert counts == {
        "servers": 1, "valid_recipients": 1, "sender_entries": 1, "mails_under_way": 0, "quarantined_mails": 1,
        "mta_sts_policies": 0, "outbound_connectors": 0, "tls_peers": 0, "signing_keys": 1,
        "authentication_rules": 1,
    }  # fmt: skip
    assert plan["deleted"] is False
    assert await tenant.value("SELECT count(*) FROM quarantine") == 1
    done = await browser.change("DELETE", f"{DOMAINS}/example.test")
    assert done.json() == {**plan, "deleted": True}
    for table in ("quarantine", "valid_recipients", "recipient_lists", "sender_entries"):
        assert await tenant.value(f"SELECT count(*) FROM {table}") == 0, table
    for table in ("dkim_keys", "authentication_rules"):
        assert await tenant.value(f"SELECT string_agg(domain, ' ') FROM {table}") == "stays.test", table
    assert [row["name"] for row in (await browser.get(DOMAINS)).json()["items"]] == ["stays.test"]
    message = (await browser.get(f"/api/v1/messages/{held}")).json()
    assert message["status"] == "deleted"
    assert (await browser.get(f"{DOMAINS}/example.test")).status_code == 404


async def test_mail_that_waits_for_a_deleted_domain_has_no_more_time(tenant, open_browser):
    from mailward.contract.event import Status  # noqa: PLC0415
    from tenants import Mail  # noqa: PLC0415

    browser = await open_browser(tenant)
    await add(browser, "example.test")
    await tenant.receive(Mail(status=Status.QUEUED, action="deliver"))
    assert (await browser.change("DELETE", f"{DOMAINS}/example.test")).status_code == 200
    assert await tenant.value("SELECT count(*) FROM deliveries WHERE expires_at <= now()") == 1


async def test_the_dns_report_says_what_is_expected_and_found(tenant, open_browser, zone):
    browser = await open_browser(tenant)
    await add(browser)
    zone(
        "shop.test. MX 10 mx.gate.test.\nshop.test. MX 50 old.provider.test.\nmx.gate.test. A 192.0.2.25\n"
        "25.2.0.192.in-addr.arpa. PTR other.gate.test.\nother.gate.test. A 192.0.2.25"
    )
    report = (await browser.get(f"{DOMAINS}/shop.test/dns")).json()
    checks = {check["kind"]: check for check in report["checks"]}
    assert checks["mx"]["state"] == "warning"
    assert "old.provider.test" in checks["mx"]["advice"]
    assert checks["mx"]["expected"] == ["10 mx.gate.test."]
    assert checks["mx"]["found"] == ["10 mx.gate.test.", "50 old.provider.test."]
    assert (checks["host"]["state"], checks["host"]["found"]) == ("ok", ["192.0.2.25"])
    assert checks["ptr"]["state"] == "warning"


async def test_the_report_has_the_records_of_every_feature_that_the_domain_uses(tenant, open_browser, zone):
    """Nothing about what is not used; then MTA-STS, TLS reports and DKIM, missing, and right once they are published
    as they were shown."""
    browser = await open_browser(tenant)
    await add(browser)

    async def look():
        return {check["kind"]: check for check in (await browser.get(f"{DOMAINS}/shop.test/dns")).json()["checks"]}

    assert set(await look()) == {"mx", "host", "spf", "dmarc"}
    sts = {"mode": "enforce", "mx": ["mx.gate.test"]}
    assert (await browser.change("PUT", "/api/v1/mta_sts/policies/shop.test", json=sts)).status_code == 200
    settings = {"report_address": "tls@shop.test"}
    assert (await browser.change("PUT", "/api/v1/features/tls_reports/settings", json=settings)).status_code == 200
    key = {"domain": "shop.test", "algorithm": "ed25519"}
    assert (await browser.change("POST", "/api/v1/dkim_signing/keys", json=key)).status_code == 201
    fresh = {kind: check for kind, check in (await look()).items() if kind not in ("mx", "host", "spf", "dmarc")}
    assert {kind: check["state"] for kind, check in fresh.items()} == {
        "mta_sts": "missing", "mta_sts_host": "missing", "mta_sts_mx": "ok", "tls_reports": "missing", "dkim": "missing",
    }  # fmt: skip
    assert all(check["why"] for check in fresh.values())
    published = [f'{c["name"]}. TXT "{c["expected"][0]}"' for c in fresh.values() if c["record_type"] == "TXT"]
    zone("\n".join([*published, "mta-sts.shop.test. A 192.0.2.80", "shop.test. MX 10 mx.gate.test."]))
    after = await look()
    assert {after[kind]["state"] for kind in fresh} == {"ok"}
    assert after["dkim"]["found"] == after["dkim"]["expected"]


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ("", "missing"),
        ("shop.test. MX 10 elsewhere.test.", "wrong"),
        ("shop.test. MX 5 elsewhere.test.\nshop.test. MX 10 mx.gate.test.", "wrong"),
        ("shop.test. MX 10 mx.gate.test.", "ok"),
        ("shop.test. MX 10 tenant.mx.gate.test.", "ok"),
        ("shop.test. MX 0 .", "wrong"),
    ],
)
async def test_the_mx_check(records, state, tenant, open_browser, zone):
    browser = await open_browser(tenant)
    await add(browser)
    zone(records)
    report = (await browser.get(f"{DOMAINS}/shop.test/dns")).json()
    assert next(check["state"] for check in report["checks"] if check["kind"] == "mx") == state


async def test_recipients_are_added_found_removed_and_brought(tenant, open_browser):
    browser = await open_browser(tenant)
    await add(browser, "people.test")
    for name in ("lee", "Sam", "kim"):
        made = await browser.change("POST", RECIPIENTS, json={"address": f"{name}@People.test", "display_name": name})
        assert made.status_code == 201, made.text
    first = (await browser.get(RECIPIENTS, params={"limit": 2})).json()
    rest = (await browser.get(RECIPIENTS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    found = [row["address"] for row in first["items"] + rest["items"]]
    assert found == ["kim@people.test", "lee@people.test", "sam@people.test"]
    assert (await browser.get(f"{DOMAINS}/people.test")).json()["recipients"] == 3
    assert [row["address"] for row in (await browser.get(RECIPIENTS, params={"q": "LEE"})).json()["items"]] == [
        "lee@people.test"
    ]
    assert (await browser.change("DELETE", f"{RECIPIENTS}/kim@people.test")).status_code == 204
    assert (await browser.change("DELETE", f"{RECIPIENTS}/kim@people.test")).status_code == 404
    foreign = await browser.change("POST", RECIPIENTS, json={"address": "x@elsewhere.test", "display_name": ""})
    assert foreign.status_code == 400

    order = {"csv": "email,name\nlee@people.test,Lee B\nnew@people.test\n", "mode": "overwrite", "dry_run": True}
    plan = (await browser.change("POST", f"{RECIPIENTS}/import", json=order)).json()
    assert (plan["added"], plan["changed"], plan["removed"], plan["written"]) == (1, 1, 1, False)
    assert plan["domains"] == [{"domain": "people.test", "before": 2, "after": 2, "removed": 1}]
    assert (await browser.get(f"{DOMAINS}/people.test")).json()["recipients"] == 2
    plan = (await browser.change("POST", f"{RECIPIENTS}/import", json={**order, "dry_run": False})).json()
    assert plan["written"]
    exported = await browser.get(f"{RECIPIENTS}/export", params={"domain": "people.test"})
    assert exported.text == "lee@people.test,Lee B\r\nnew@people.test,\r\n"
    assert "people.test" in exported.headers["content-disposition"]


async def test_a_file_with_a_bad_line_changes_nothing_and_names_it(tenant, open_browser):
    browser = await open_browser(tenant)
    await add(browser, "people.test")
    text = "a@people.test\nnonsense\nb@elsewhere.test\n\n# a remark\nc@people.test"
    order = {"csv": text, "mode": "merge", "dry_run": False}
    plan = (await browser.change("POST", f"{RECIPIENTS}/import", json=order)).json()
    assert [(problem["line"], problem["why"][-12:]) for problem in plan["problems"]] == [
        (2, "mail address"), (3, "your domains")
    ]  # fmt: skip
    assert not plan["written"]
    assert (await browser.get(RECIPIENTS)).json()["items"] == []


async def test_names_that_look_like_formulas_come_back_as_they_were(tenant, open_browser):
    browser = await open_browser(tenant)
    await add(browser, "people.test")
    await browser.change("POST", RECIPIENTS, json={"address": "x@people.test", "display_name": "=1+1"})
    exported = (await browser.get(f"{RECIPIENTS}/export")).text
    assert exported == "x@people.test,'=1+1\r\n"
    plan = await browser.change(
        "POST", f"{RECIPIENTS}/import", json={"csv": exported, "mode": "overwrite", "dry_run": True}
    )
    assert plan.json()["unchanged"] == 1


async def test_organizations_see_nothing_of_each_other(tenant, make_tenant, open_browser):
    browser, other = await open_browser(tenant), await open_browser(await make_tenant("Other"))
    await add(browser, "mine.test")
    await browser.change("POST", RECIPIENTS, json={"address": "lee@mine.test", "display_name": ""})
    for path in (f"{DOMAINS}/mine.test", f"{DOMAINS}/mine.test/deletion", f"{DOMAINS}/mine.test/dns"):
        assert (await other.get(path)).status_code == 404
    for method, path in (
        ("DELETE", f"{DOMAINS}/mine.test"), ("POST", f"{DOMAINS}/mine.test/verification"),
        ("DELETE", f"{RECIPIENTS}/lee@mine.test"),
    ):  # fmt: skip
        assert (await other.change(method, path)).status_code == 404
    assert (await other.get(RECIPIENTS)).json()["items"] == []
    assert (await other.get(f"{RECIPIENTS}/export")).text == ""
