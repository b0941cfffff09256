# SPDX-License-Identifier: Apache-2.0
"""TLS reports from the session to the mail that tells of it, and from a stranger's mail to the page that shows it."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from authority import Authority
from mailward.catalog import FEATURES
from mailward.contract.job import JobTools
from mailward.contract.organization import Organization
from mailward.control.domains import service as domains
from mailward.control.domains.service import Domain
from mailward.egress.dns.service import Dns, Network, Server
from mailward.egress.door import Door
from mailward.egress.https import Https
from mailward.egress.ledger import Ledger
from mailward.kit.bodies import Bodies
from mailward.kit.clock import HeldClock
from mailward.records.tls_reports.jobs import forget
from mailward.records.tls_reports.reading import read
from mailward.records.tls_reports.received import keep
from mailward.records.tls_reports.sending import send_due, targets_of
from mailward.records.tls_reports.service import TlsSession, TlsSessions, comes_from_us
from mailward.records.tls_reports.settings import TlsReportsSettings
from name_server import NameServer
from web_server import WebServer

pytestmark = pytest.mark.postgresql

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOOD = TlsSession(
    domain="partner.test", policy_type="sts", policy=("version: STSv1", "mode: enforce"), mx=("mx.partner.test",),
    host="mx.partner.test", address="203.0.113.5",
)  # fmt: skip
BAD = TlsSession(
    domain="partner.test", policy_type="sts", policy=GOOD.policy, mx=GOOD.mx, host="mx.partner.test",
    address="203.0.113.5", failure="certificate-expired", why="TLS failed: certificate has expired",
)  # fmt: skip


class World:
    """An organization that sends reports, the world that asks for them, and a clock that stands still."""

    def __init__(self, tenant, database, names, web, trust, tmp_path):
        self.tenant, self.database, self.names, self.web = tenant, database, names, web
        self.clock = HeldClock(NOON)
        self.settings = TlsReportsSettings(send=True, contact="postmaster@own.test")
        self.mails = []
        host, port = names.address.split(":")
        door = Door(
            {f.name: f.disclosure for f in FEATURES}, is_on=lambda *_: True, ledger=Ledger(database, self.clock)
        )
        self.dns = Dns(Network([Server(host, int(port))]), on_question=door.dns)
        https = Https(door, self.dns.for_feature, permits=lambda _: True, port=web.port, trust=trust)
        self.sessions = TlsSessions(database, self.clock)
        self.tools = JobTools(
            database, Bodies(tmp_path / "bodies"), self.clock, self.dns.for_feature, submit=self._submit,
            organizations=self._organizations, post=https.post,
        )  # fmt: skip

    async def _submit(self, mail):
        self.mails.append(mail)
        return self.tenant.id

    def _organizations(self):
        settings = {"tls_reports": self.settings}
        return (
            Organization(
                id=self.tenant.id, name="Own Ltd", key=self.tenant.key, domains=("own.test",), settings=settings
            ),
        )

    def asks(self, rua):
        self.names.records["_smtp._tls.partner.test", "TXT"] = [f'"v=TLSRPTv1; rua={rua}"']

    async def count(self, *sessions):
        for session in sessions:
            self.sessions.count(self.tenant.id, session)
        await self.sessions.flush()

    async def sent(self):
        async with self.database.scoped(self.tenant.id) as connection:
            return await connection.fetch("SELECT * FROM tls_reports_sent ORDER BY day")


@pytest.fixture
async def world(tmp_path, make_tenant, database):
    authority = Authority(tmp_path)
    records = {("reports.partner.test", "A"): ["127.0.0.1"], ("partner.test", "MX"): ["10 mx.partner.test."]}
    with NameServer(records) as names, WebServer(authority.server("reports.partner.test")) as web:
        tenant = await make_tenant(tmp_path.name.replace("_", "-"))
        made = World(tenant, database, names, web, authority.trusting(), tmp_path)
        yield made
        await made.dns.close()


async def test_a_day_is_reported_once_when_it_is_over(world):
    world.asks("mailto:tls@partner.test")
    await world.count(GOOD, GOOD, BAD)
    await world.count(GOOD)
    await send_due(world.tools)
    assert world.mails == []
    world.clock.at = NOON + DAY
    await send_due(world.tools)
    await send_due(world.tools)
    [mail] = world.mails
    assert (mail.recipients, mail.sender, mail.kind) == (("tls@partner.test",), "tls-reporting@own.test", "tls-report")
    letter = message_from_bytes(mail.raw, policy=default)
    assert (letter["TLS-Report-Domain"], letter["TLS-Report-Submitter"]) == ("partner.test", "own.test")
    assert (letter.get_content_type(), letter.get_param("report-type")) == ("multipart/report", "tlsrpt")
    assert letter["Subject"].startswith("Report Domain: partner.test Submitter: own.test Report-ID: <2026-11-25")
    _, attached = letter.iter_parts()
    assert attached.get_content_type() == "application/tlsrpt+gzip"
    report = json.loads(gzip.decompress(attached.get_content()))
    assert report["organization-name"] == "Own Ltd"
    assert report["date-range"] == {"start-datetime": "2026-11-25T00:00:00Z", "end-datetime": "2026-11-25T23:59:59Z"}
    [policy] = report["policies"]
    assert policy["policy"] == {
        "policy-type": "sts", "policy-domain": "partner.test", "policy-string": list(GOOD.policy), "mx-host": ["mx.partner.test"],
    }  # fmt: skip
    assert policy["summary"] == {"total-successful-session-count": 3, "total-failure-session-count": 1}
    [failure] = policy["failure-details"]
    assert (failure["result-type"], failure["failed-session-count"], failure["receiving-ip"]) == (
        "certificate-expired",
        1,
        "203.0.113.5",
    )
    [row] = await world.sent()
    assert (row["domain"], row["sent_to"], row["sessions"], row["failures"]) == (
        "partner.test",
        ["mailto:tls@partner.test"],
        4,
        1,
    )


async def test_what_we_send_we_can_read(world):
    world.asks("mailto:tls@partner.test")
    await world.count(GOOD, BAD)
    world.clock.at = NOON + DAY
    await send_due(world.tools)
    [report] = read(world.mails[0].raw)
    assert (report.id, len(report.policies)) == ("2026-11-25-partner.test@own.test", 1)


async def test_a_report_over_https(world):
    world.asks("https://reports.partner.test/tlsrpt")
    world.web.pages["reports.partner.test", "/tlsrpt"] = (201, "text/plain", b"thanks")
    await world.count(GOOD)
    world.clock.at = NOON + DAY
    await send_due(world.tools)
    [(kind, body)] = world.web.posted
    assert kind == "application/tlsrpt+gzip"
    assert read(body)[0].policies[0].summary.successes == 1
    assert world.mails == []


async def test_an_address_that_does_not_work_is_no_reason_to_try_for_ever(world):
    world.asks("mailto:not an address,https://reports.partner.test/gone,mailto:tls@partner.test!10m")
    await world.count(GOOD)
    world.clock.at = NOON + DAY
    await send_due(world.tools)
    [row] = await world.sent()
    assert row["sent_to"] == ["mailto:tls@partner.test!10m"]
    assert len(row["problems"]) == 2
    assert world.mails[0].recipients == ("tls@partner.test",)


async def test_nobody_asked_or_sending_is_off(world):
    await world.count(GOOD)
    world.clock.at = NOON + DAY
    world.settings = TlsReportsSettings()
    await send_due(world.tools)
    assert await world.sent() == []
    world.settings = TlsReportsSettings(send=True)
    world.names.failing.add("_smtp._tls.partner.test")
    await send_due(world.tools)
    assert await world.sent() == []
    world.names.failing.clear()
    world.dns._cache._entries.clear()
    await send_due(world.tools)
    [row] = await world.sent()
    assert (row["sent_to"], row["problems"], world.mails) == ([], [], [])


async def test_it_is_forgotten(world):
    await world.count(GOOD)
    async with world.database.scoped(world.tenant.id) as connection:
        [report] = read(gzip.compress(_report().encode()))
        assert await keep(connection, world.tenant.id, report, domains=["own.test"], origin="x", at=NOON) == ""
    world.clock.at = NOON + 100 * DAY
    await forget(world.tools)
    async with world.database.scoped(world.tenant.id) as connection:
        for table in ("tls_outcomes", "tls_reports", "tls_report_rows"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize(
    ("record", "targets"),
    [
        (b"v=TLSRPTv1; rua=mailto:a@b.test", ["mailto:a@b.test"]),
        (b"v=TLSRPTv1;rua=mailto:a@b.test,https://c.test/x", ["mailto:a@b.test", "https://c.test/x"]),
        (b"v=TLSRPTv1; rua=http://c.test/x,ftp://d", []),
        (b"v=TLSRPTv1; rua=" + b",".join([b"mailto:a@b.test"] * 50), ["mailto:a@b.test"] * 4),
        (b"v=TLSRPTv2; rua=mailto:a@b.test", []),
        (b"v=TLSRPTv1;", []),
    ],
)
def test_where_reports_are_wanted(record, targets):
    assert targets_of((b"unrelated", record)) == targets
    assert targets_of((record, record)) == []


def test_our_reports_go_out_whatever_the_session_is_like():
    settings = {"tls_reports": TlsReportsSettings(send=True)}
    assert comes_from_us(settings, ["own.test"], "tls-reporting@own.test")
    assert not comes_from_us(settings, ["own.test"], "ann@own.test")
    assert not comes_from_us({"tls_reports": TlsReportsSettings()}, ["own.test"], "tls-reporting@own.test")


def _report(domain="own.test", identifier="1", day="2026-11-24", failures=2):
    return json.dumps(
        {
            "organization-name": "Partner Ltd", "contact-info": "tls@partner.test", "report-id": identifier,
            "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
            "policies": [
                {
                    "policy": {"policy-type": "sts", "policy-domain": domain, "policy-string": [], "mx-host": []},
                    "summary": {"total-successful-session-count": 10, "total-failure-session-count": failures},
                    "failure-details": [
                        {"result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1", "receiving-mx-hostname": "mx.own.test", "failed-session-count": 1}
                    ],
                }
            ],
        }
    )  # fmt: skip


async def test_reports_of_others_are_kept_once_and_only_about_our_domains(world):
    async def bring(text, at=NOON):
        async with world.database.scoped(world.tenant.id) as connection:
            [report] = read(text.encode())
            return await keep(
                connection, world.tenant.id, report, domains=["own.test"], origin="tls@partner.test", at=at
            )

    assert await bring(_report()) == ""
    assert "before" in await bring(_report())
    assert "not about a domain of yours" in await bring(_report(domain="stranger.test", identifier="2"))
    assert "not come yet" in await bring(_report(day="2027-03-01", identifier="3"))
    assert "over too long" in await bring(_report(day="2020-03-01", identifier="4"))
    async with world.database.scoped(world.tenant.id) as connection:
        rows = await connection.fetch("SELECT failure, sessions FROM tls_report_rows ORDER BY number")
    assert [tuple(row) for row in rows] == [("", 10), ("certificate-expired", 1), ("unspecified", 1)]


async def test_the_api_shows_them(make_tenant, open_browser, database):

    tenant = await make_tenant("Reports")
    browser = await open_browser(tenant)
    async with database.scoped(tenant.id) as connection:
        await domains.add(connection, tenant.id, Domain(name="shown.test", servers=()), at=NOON)
    day = (datetime.now(UTC) - DAY).strftime("%Y-%m-%d")
    upload = {"content": base64.b64encode(gzip.compress(_report("shown.test", "9", day).encode())).decode()}
    first = await browser.change("POST", "/api/v1/tls_reports/received", json=upload)
    assert (first.status_code, first.json()) == (200, {"new": 1, "problems": []})
    again = await browser.change("POST", "/api/v1/tls_reports/received", json=upload)
    assert (again.json()["new"], len(again.json()["problems"])) == (0, 1)
    rows = (await browser.get("/api/v1/tls_reports/overview")).json()["items"]
    assert [(row["failure"], row["sessions"]) for row in rows] == [
        ("", 10),
        ("certificate-expired", 1),
        ("unspecified", 1),
    ]
    [report] = (await browser.get("/api/v1/tls_reports/received")).json()["items"]
    assert (report["reporter"], report["sessions"], report["failures"], report["domains"]) == (
        "Partner Ltd",
        12,
        2,
        ["shown.test"],
    )
    assert (await browser.get("/api/v1/tls_reports/sent")).json() == {"items": []}
    for bad in ("not base64!", "ñ", base64.b64encode(b"hello").decode()):
        refused = await browser.change("POST", "/api/v1/tls_reports/received", json={"content": bad})
        assert (refused.status_code, refused.headers["content-type"]) == (400, "application/problem+json")
    stranger = await open_browser(await make_tenant("Stranger"))
    assert (await stranger.get("/api/v1/tls_reports/received")).json()["items"] == []
