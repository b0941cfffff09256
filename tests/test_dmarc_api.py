# SPDX-License-Identifier: Apache-2.0
"""DMARC reports over HTTP: brought as files, added up, explained, exported, and kept apart between organizations."""

import base64
import csv
import dataclasses
import gzip
import io
from datetime import UTC, datetime, timedelta

import pytest

from dmarc_specimens import report, row
from mailward.control.domains import service as domains
from mailward.egress.dns.service import Dns, Zone

pytestmark = pytest.mark.postgresql

PATH = "/api/v1/dmarc_reports"
TODAY = datetime.now(UTC).date()
GOOD, OURS, STRANGER = "192.0.2.10", "192.0.2.20", "203.0.113.66"


class Names:
    """A name server's zone that a test changes between two questions."""

    def __init__(self):
        self.zone, self.trouble = {}, set()

    def fresh(self):
        return Dns(Zone(self.zone, trouble=self.trouble)).for_feature


@pytest.fixture
def names():
    return Names()


@pytest.fixture
def services(services, names):
    return dataclasses.replace(services, fresh_dns=names.fresh)


async def protect(database, tenant):
    """A domain of the tenant's own."""
    domain = f"d{str(tenant.id)[-12:]}.test"
    async with database.scoped(tenant.id) as connection:
        if not await connection.fetchval("SELECT 1 FROM domains"):
            await domains.add(connection, tenant.id, domains.Domain(name=domain, servers=()), at=datetime.now(UTC))
    return domain


async def bring(browser, data):
    return await browser.change("POST", f"{PATH}/received", json={"content": base64.b64encode(data).decode()})


def rows():
    return (
        row(GOOD, 90),
        row(OURS, 8, dkim="fail", spf="fail", signed_by="service.test", sent_by="service.test"),
        row(
            STRANGER,
            2,
            dkim="fail",
            spf="fail",
            signed_by="",
            sent_by="evil.test",
            permission="fail",
            disposition="reject",
        ),
    )


@pytest.fixture
async def fortnight(make_tenant, open_browser, database):
    """A browser of an organization with fourteen days of reports about its own domain."""
    tenant = await make_tenant("Fortnight")
    domain = await protect(database, tenant)
    browser = await open_browser(tenant)
    for back in range(1, 15):
        answer = await bring(browser, gzip.compress(report(TODAY - timedelta(days=back), *rows(), domain=domain)))
        assert answer.json() == {"new": 1, "problems": []}, answer.text
    return browser, domain, tenant


async def test_a_fortnight_is_added_up(fortnight):
    browser, domain, _ = fortnight
    summary = (await browser.get(f"{PATH}/summary?days=30")).json()
    assert summary["now"] == {
        "mails": 1400,
        "passed": 1260,
        "dkim": 1260,
        "spf": 1260,
        "quarantined": 0,
        "rejected": 28,
    }
    assert summary["before"]["mails"] == 0
    assert len(summary["series"]) == 30
    assert summary["series"][-2] == {"day": str(TODAY - timedelta(days=1)), "passed": 90, "failed": 10}
    (about,) = summary["domains"]
    assert about == {
        "domain": domain, "mails": 1400, "passed": 1260, "sources": 3, "policy": "none", "step": "fix", "days": 14,
        "reporters": 1, "doubtful": 112,
    }  # fmt: skip
    assert (await browser.get(f"{PATH}/summary?days=7")).json()["domains"][0]["step"] == "gather"


async def test_sources_are_told_apart(fortnight):
    browser, domain, _ = fortnight
    listed = (await browser.get(f"{PATH}/sources?domain={domain}")).json()
    assert [(source["source"], source["kind"], source["mails"]) for source in listed["items"]] == [
        (OURS, "unaligned", 112), (STRANGER, "unproved", 28), (GOOD, "good", 1260),
    ]  # fmt: skip
    only = (await browser.get(f"{PATH}/sources?kind=good")).json()["items"]
    assert [source["source"] for source in only] == [GOOD]
    detail = (await browser.get(f"{PATH}/sources/{OURS}")).json()
    assert detail["summary"]["foreign_dkim"] == 112
    assert detail["addresses"][0]["address"] == OURS
    (result,) = detail["results"]
    assert result["signatures"] == [{"domain": "service.test", "selector": "s1", "result": "pass"}]
    assert detail["reporters"] == [{"name": "Reporter", "mails": 112}]
    assert (await browser.get(f"{PATH}/sources/nobody.test")).status_code == 404


async def test_addresses_are_added_up_under_the_domain_above_their_names(fortnight, database):
    browser, _, tenant = fortnight
    async with database.scoped(tenant.id) as connection:
        for address in (GOOD, OURS):
            await connection.execute(
                "INSERT INTO dmarc_sources VALUES ($1, $2, $3, 'service.test', now())",
                tenant.id, address, f"mta.{address}.service.test",
            )  # fmt: skip
    listed = (await browser.get(f"{PATH}/sources")).json()["items"]
    assert [(source["source"], source["addresses"], source["kind"]) for source in listed] == [
        ("service.test", 2, "mixed"), (STRANGER, 1, "unproved"),
    ]  # fmt: skip
    detail = (await browser.get(f"{PATH}/sources/service.test")).json()
    assert {one["address"] for one in detail["addresses"]} == {GOOD, OURS}


async def test_a_report_counts_once_and_can_be_taken_out(tenant, open_browser, database):
    domain = await protect(database, tenant)
    browser = await open_browser(tenant)
    data = report(TODAY, row(GOOD, 5), domain=domain)
    assert (await bring(browser, data)).json()["new"] == 1
    assert (await bring(browser, data)).json() == {"new": 0, "problems": ["1 had come before"]}
    (kept,) = (await browser.get(f"{PATH}/received")).json()["items"]
    assert (kept["reporter"], kept["mails"], kept["passed"], kept["added_by"]) == ("Reporter", 5, 5, tenant.email)
    assert (await browser.change("DELETE", f"{PATH}/received/{kept['id']}")).status_code == 204
    assert (await browser.change("DELETE", f"{PATH}/received/{kept['id']}")).status_code == 404
    assert (await browser.get(f"{PATH}/summary")).json()["now"]["mails"] == 0


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (report(TODAY, row(GOOD, 5), domain="somebody-else.test"), "1 about domains that are not yours"),
        (report(TODAY + timedelta(days=400), row(GOOD, 5), domain="OURS"), "1 about days that have not come yet"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><feedback/>", "it declares a document type"),
        (b"PK\x03\x04 nothing", "the zip file is damaged"),
        (b"hello", "there is no report in it"),
    ],
)
async def test_what_is_no_report_of_ours_is_named(data, why, tenant, open_browser, database):
    domain = await protect(database, tenant)
    answer = (await bring(await open_browser(tenant), data.replace(b"OURS", domain.encode()))).json()
    assert answer["new"] == 0
    assert answer["problems"][0].startswith(why)


async def test_a_file_that_is_not_base64(tenant, open_browser):
    browser = await open_browser(tenant)
    answer = await browser.change("POST", f"{PATH}/received", json={"content": "!!"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (400, "bad-file")


async def test_an_export_is_safe_and_complete(make_tenant, open_browser, database):
    tenant = await make_tenant("Export")
    domain = await protect(database, tenant)
    browser = await open_browser(tenant)
    evil = row(GOOD, 3, sent_by="-1+1.test").replace("s1", "=cmd()")
    await bring(browser, report(TODAY, evil, row(OURS, 2), domain=domain, reporter="=HYPERLINK(1)"))
    answer = await browser.get(f"{PATH}/export?days=2")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(lines) == 2
    assert lines[0]["reporter"] == "'=HYPERLINK(1)"
    assert lines[0]["envelope_from"] == "'-1+1.test"
    assert (lines[0]["source_ip"], lines[0]["mails"]) == (GOOD, "3")


async def test_nobody_sees_another_organization_s_reports(make_tenant, open_browser, database):
    ours, theirs = await make_tenant("Ours"), await make_tenant("Theirs")
    domain = await protect(database, theirs)
    browser = await open_browser(theirs)
    assert (await bring(browser, report(TODAY, row(GOOD, 5), domain=domain))).json()["new"] == 1
    (kept,) = (await browser.get(f"{PATH}/received")).json()["items"]
    stranger = await open_browser(ours)
    assert (await stranger.get(f"{PATH}/received")).json()["items"] == []
    assert (await stranger.get(f"{PATH}/summary")).json()["now"]["mails"] == 0
    assert (await stranger.get(f"{PATH}/sources/{GOOD}")).status_code == 404
    assert (await stranger.change("DELETE", f"{PATH}/received/{kept['id']}")).status_code == 404


async def test_pages_follow_one_another(make_tenant, open_browser, database):
    tenant = await make_tenant("Pages")
    domain = await protect(database, tenant)
    browser = await open_browser(tenant)
    for back in range(5):
        await bring(browser, report(TODAY - timedelta(days=back), row(GOOD, 1), domain=domain))
    seen, address = [], f"{PATH}/received?limit=2"
    while address:
        answer = await browser.get(address)
        seen += [item["report_id"] for item in answer.json()["items"]]
        address = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert seen == [f"{TODAY - timedelta(days=back)}.{domain}" for back in reversed(range(5))]


async def choose(browser, **settings):
    answer = await browser.change("PUT", "/api/v1/features/dmarc_reports/settings", json=settings)
    assert answer.status_code == 200, answer.text


async def test_records_are_shown_as_they_should_be(make_tenant, open_browser, database, names):
    tenant = await make_tenant("Records")
    domain = await protect(database, tenant)
    browser = await open_browser(tenant)
    await choose(browser, report_address=f"dmarc@{domain}")

    async def record(*texts):
        names.zone[f"_dmarc.{domain}"] = {"TXT": [text.encode() for text in texts]}
        listed = (await browser.get(f"{PATH}/records")).json()
        assert listed["address"] == f"dmarc@{domain}"
        (found,) = listed["items"]
        return found["state"], found["expected"], found["notes"]

    ours = f"mailto:dmarc@{domain}"
    assert await record() == ("missing", f"v=DMARC1; p=none; rua={ours}", [])
    assert await record(f"v=DMARC1; p=reject; rua={ours}!5m") == ("ok", f"v=DMARC1; p=reject; rua={ours}!5m", [])
    assert await record("v=DMARC1; p=reject; rua=mailto:a@b.test; pct=50") == (
        "differs", f"v=DMARC1; p=reject; rua=mailto:a@b.test,{ours}; pct=50", ["no_address", "old_tags"],
    )  # fmt: skip
    assert await record("v=DMARC1;sp=none") == (
        "differs",
        f"v=DMARC1; p=none;sp=none; rua={ours}",
        ["no_policy", "no_address"],
    )
    assert (await record("v=DMARC1; p=none", "v=DMARC1; p=reject"))[0::2] == ("differs", ["several"])
    names.trouble.add(f"_dmarc.{domain}")
    assert (await record())[0] == "unknown"


async def test_reports_that_come_to_another_domain_need_its_agreement(make_tenant, open_browser, database, names):
    tenant = await make_tenant("Agreement")
    domain = await protect(database, tenant)
    browser = await open_browser(tenant)
    await choose(browser, report_address="dmarc@other-house.test")
    _, agreement = (await browser.get(f"{PATH}/records")).json()["items"]
    assert (agreement["name"], agreement["state"]) == (f"{domain}._report._dmarc.other-house.test", "missing")
    names.zone[agreement["name"]] = {"TXT": [b"v=DMARC1;"]}
    _, agreement = (await browser.get(f"{PATH}/records")).json()["items"]
    assert agreement["state"] == "ok"


async def test_sending_says_what_stands_against_it(make_tenant, open_browser, database, names):
    tenant = await make_tenant("Sending")
    domain = await protect(database, tenant)
    browser = await open_browser(tenant)
    assert (await browser.get(f"{PATH}/sending")).json() == {
        "enabled": False,
        "problem": "",
        "sent": [],
        "dead_boxes": [],
    }
    assert (await browser.get(f"{PATH}/sending/plan")).json()["problem"] == "sending is switched off"
    await choose(browser, send=True)
    assert "no address" in (await browser.get(f"{PATH}/sending")).json()["problem"]
    await choose(browser, send=True, sender="reports@elsewhere.test")
    assert (await browser.get(f"{PATH}/sending")).json()["problem"] == "elsewhere.test is not one of your domains"
    await choose(browser, send=True, sender=f"reports@{domain}")
    assert (await browser.get(f"{PATH}/sending")).json()["problem"] == ""
    record = "v=DMARC1; p=none; rua=mailto:r@peer.test"
    async with database.scoped(tenant.id) as connection:
        await connection.execute(
            "INSERT INTO dmarc_policy_domains VALUES ($1, $2, 'peer.test', $3, 5, 0, 0, 0)",
            tenant.id, TODAY - timedelta(days=1), record,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO dmarc_dead_boxes VALUES ($1, 'r@dead.test', 'gone', 1, now(), now() + interval '1 day')",
            tenant.id,
        )
    names.zone["_dmarc.peer.test"] = {"TXT": [record.encode()]}
    plan = (await browser.get(f"{PATH}/sending/plan")).json()
    assert plan["items"] == [{"policy_domain": "peer.test", "mails": 5, "destinations": ["r@peer.test"], "why": ""}]
    (dead,) = (await browser.get(f"{PATH}/sending")).json()["dead_boxes"]
    assert dead["address"] == "r@dead.test"
    assert (await browser.change("DELETE", f"{PATH}/dead_boxes/r@dead.test")).status_code == 204
    assert (await browser.change("DELETE", f"{PATH}/dead_boxes/r@dead.test")).status_code == 404
    assert (
        await browser.change("PUT", "/api/v1/features/dmarc_reports/settings", json={"sender": "no address"})
    ).status_code == 400
