# SPDX-License-Identifier: Apache-2.0
"""DMARC reports over HTTP: brought as files, added up, explained, exported, and kept apart between organizations."""

import base64
import csv
import gzip
import io
from datetime import UTC, datetime, timedelta

import pytest

from dmarc_specimens import report, row

pytestmark = pytest.mark.postgresql

PATH = "/api/v1/dmarc_reports"
TODAY = datetime.now(UTC).date()
GOOD, OURS, STRANGER = "192.0.2.10", "192.0.2.20", "203.0.113.66"


async def protect(database, tenant):
    """A domain of the tenant's own."""
    domain = f"d{str(tenant.id)[-12:]}.test"
    async with database.scoped(tenant.id) as connection:
        await connection.execute(
            "INSERT INTO domains (organization_id, name, recipient_filter, size_limit, created_at)"
            " VALUES ($1, $2, false, 1000000, now()) ON CONFLICT DO NOTHING",
            tenant.id, domain,
        )  # fmt: skip
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
