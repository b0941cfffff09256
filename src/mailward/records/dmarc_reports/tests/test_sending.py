# SPDX-License-Identifier: Apache-2.0
"""Reports of ours: valid, to those alone who want them and deserve them, each once, and no more after they came back."""

import gzip
import subprocess
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailward.contract.authentication import Authentication, DkimResult, DmarcResult, SpfResult
from mailward.contract.decision import Intercept
from mailward.contract.dmarc_report import Override, Permission, Published, Report, Row, Signature
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.job import JobTools
from mailward.contract.organization import Organization
from mailward.egress.dns.service import Dns, Zone
from mailward.kit.clock import HeldClock
from mailward.records.dmarc_reports.counting import Counter
from mailward.records.dmarc_reports.reading.parse import read_report
from mailward.records.dmarc_reports.sending import send, standing
from mailward.records.dmarc_reports.sending.destinations import (
    Destination,
    agreed,
    destinations_of,
    organizational,
    published,
)
from mailward.records.dmarc_reports.sending.plan import due_at, plan_day
from mailward.records.dmarc_reports.sending.returns import failure_in, return_address, token_of
from mailward.records.dmarc_reports.sending.send import send_due
from mailward.records.dmarc_reports.sending.write import pack, write_report
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.records.mail_tracking import service as mail_tracking
from tenants import Mail

SCHEMA = Path(__file__).parent / "rfc9990.xsd"
DAY = datetime(2026, 11, 26, 12, tzinfo=UTC)
NEXT = datetime(2026, 11, 27, 20, tzinfo=UTC)
RECORD = "v=DMARC1; p=reject; np=none; adkim=s; rua=mailto:dmarc@sender.test"


def valid(xml: bytes, tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    file.write_bytes(xml)
    done = subprocess.run(
        ["xmllint", "--noout", "--nonet", "--schema", SCHEMA, file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def a_report(*rows: Row) -> Report:
    return Report(
        organization="Example <& Sons>", email="reports@example.test", contact="https://example.test", report_id="2026.r",
        begin=1795651200, end=1795737599, published=published("sender.test", RECORD), rows=rows or (ROW,),
    )  # fmt: skip


ROW = Row(
    source_ip="2001:db8::1", count=3, disposition="quarantine", dkim="fail", spf="pass", header_from="sender.test",
    envelope_from="b.sender.test", envelope_to="example.test", overrides=(Override("local_policy", "held & kept"),),
    signatures=(Signature("a.test", "s1", "pass"), Signature("b.test", "", "strange")),
    permissions=(Permission("b.sender.test", "mfrom", "softfail"),),
)  # fmt: skip


def test_a_report_is_valid_and_reads_back(tmp_path):
    report = a_report()
    xml = write_report(report)
    valid(xml, tmp_path)
    again = read_report(xml)
    assert again.organization == report.organization
    assert again.published == report.published == Published(domain="sender.test", p="reject", np="none", adkim="s")
    assert again.rows[0].overrides == ROW.overrides
    assert again.rows[0].signatures == (Signature("a.test", "s1", "pass"), Signature("b.test", "", "neutral"))
    assert again.rows[0].permissions == ROW.permissions
    assert again.notes == ()
    assert pack(xml) == pack(xml)


def test_what_no_xml_may_hold_is_written_as_a_question_mark(tmp_path):
    evil = Row(
        source_ip="192.0.2.1", count=1, disposition="none", dkim="fail", spf="fail", header_from="a\x00b\x1b\ud800.test",
        envelope_from="]]><x>&", permissions=(Permission("helo.test", "helo", "pass"),),
    )  # fmt: skip
    xml = write_report(a_report(evil))
    valid(xml, tmp_path)
    assert read_report(xml).rows[0].header_from == "a?b??.test"
    assert read_report(xml).rows[0].envelope_from == "]]><x>&"


def test_a_wrong_report_is_not_valid(tmp_path):
    with pytest.raises(AssertionError, match="count"):
        valid(write_report(a_report()).replace(b"<count>3<", b"<count>none<"), tmp_path)


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@b.test", [Destination("a@b.test")]),
        ("v=DMARC1;rua=mailto:a@B.Test!10m, MAILTO:c@d.test!5", [Destination("a@b.test", 10 << 20), Destination("c@d.test", 5)]),
        ("v=DMARC1; rua=mailto:a%2Bx@b.test,mailto:a@b.test?subject=x", [Destination("a+x@b.test")]),
        ("v=DMARC1; rua=https://b.test/,ftp:x,mailto:,mailto:nobody,mailto:a@b", []),
        ("v=DMARC1; rua=mailto:a@b.test,mailto:A@b.test", [Destination("a@b.test")]),
        ("v=DMARC1; rua=mailto:a@b.test%0d%0aRCPT%20TO:<x@y.test>", []),
        ("v=DMARC1; p=none", []),
    ],
)  # fmt: skip
def test_where_reports_are_wanted(record, wanted):
    assert list(destinations_of(record)) == wanted


def resolver(zone, *, trouble=()):
    made = {name: {"TXT": [text.encode() for text in texts]} for name, texts in zone.items()}
    return Dns(Zone(made, trouble=trouble)).for_feature("dmarc_reports")


@pytest.mark.parametrize(
    ("host", "zone", "address"),
    [
        ("sender.test", {}, "r@sender.test"),
        ("reports.sender.test", {}, "r@reports.sender.test"),
        ("other.test", {}, None),
        ("other.test", {"sender.test._report._dmarc.other.test": ["v=DMARC1"]}, "r@other.test"),
        (
            "other.test",
            {"sender.test._report._dmarc.other.test": ["v=DMARC1; rua=mailto:x@other.test"]},
            "x@other.test",
        ),
        (
            "other.test",
            {"sender.test._report._dmarc.other.test": ["v=DMARC1; rua=mailto:x@third.test"]},
            "r@other.test",
        ),
        ("other.test", {"sender.test._report._dmarc.other.test": ["v=spf1 -all"]}, None),
        ("other.test", {"else.test._report._dmarc.other.test": ["v=DMARC1"]}, None),
        ("victim.co.uk", {}, None),
    ],
)
async def test_a_stranger_s_box_must_have_agreed(host, zone, address):
    found = await agreed("sender.test", Destination(f"r@{host}"), resolver(zone))
    assert (found.address if found else None) == address


def test_organizational_domains():
    assert organizational("a.b.example.co.uk") == "example.co.uk"
    assert organizational("mail.sender.test") == "sender.test"
    assert organizational("x.github.io") == "x.github.io"


@pytest.mark.parametrize(
    ("numbers", "reported"),
    [
        ({"passed_good": 1}, True),
        ({"failed_good": 1, "failed_bad": 50}, True),
        ({"passed_good": 10, "passed_bad": 2, "failed_bad": 900}, True),
        ({"passed_bad": 3}, False),
        ({"passed_good": 1, "passed_bad": 1}, False),
        ({"failed_bad": 7}, False),
        ({}, False),
    ],
)
def test_who_only_sent_spam_gets_no_report(numbers, reported):
    assert (standing.objection(standing.Record(**numbers)) == "") is reported


def test_return_addresses():
    address = return_address("reports@Example.test", "0123456789abcdef")
    assert token_of("reports@example.test", address) == "0123456789abcdef"
    assert token_of("reports@example.test", "Reports+0123456789ABCDEF@example.test") == "0123456789abcdef"
    for wrong in ("reports@example.test", "reports+12@example.test", "x+0123456789abcdef@example.test",
                  "reports+0123456789abcdef@other.test"):  # fmt: skip
        assert token_of("reports@example.test", wrong) == ""
    assert token_of("", "+0123456789abcdef@") == ""
    assert failure_in(b"Action: delayed\r\n") == ""


class Outbox:
    """Takes what is submitted, and records it as the queue does."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.mails = []
        self.left = []

    async def submit(self, mail):
        self.mails.append(mail)
        (copy,) = await self.tenant.receive(
            Mail(recipients=mail.recipients, sender=mail.sender, raw=mail.raw, status=Status.QUEUED)
        )
        async with self.tenant.database.scoped(self.tenant.id) as connection:
            return await connection.fetchval("SELECT message_id FROM message_recipients WHERE id = $1", copy)

    def leaving(self, feature, request, *, destination, size):
        self.left.append((feature, request.__name__, destination))


SETTINGS = DmarcReportsSettings(send=True, sender="reports@example.test", contact="https://example.test/dmarc")
ZONE = {"_dmarc.sender.test": [RECORD]}


class Post:
    """An organization that counts and reports; `later` moves its clock."""

    def __init__(self, tenant, settings=SETTINGS, zone=None, trouble=()):
        self.tenant, self.outbox = tenant, Outbox(tenant)
        self.clock = HeldClock(NEXT)
        self.organization = Organization(
            id=tenant.id,
            name="Example",
            key=tenant.key,
            domains=("example.test",),
            settings={"dmarc_reports": settings},
        )
        self.answers = resolver(ZONE if zone is None else zone, trouble=trouble)
        self.tools = JobTools(
            tenant.database, tenant.bodies, self.clock, lambda _: self.answers, submit=self.outbox.submit,
            organizations=lambda: [self.organization], leaving=self.outbox.leaving,
        )  # fmt: skip

    async def count(
        self, *, at=DAY, domain="sender.test", record=RECORD, clean=True, result="fail", times=1, ip="192.0.2.1"
    ):
        counter = Counter(self.tenant.database, self.clock)
        said = Authentication(
            spf=SpfResult(result="pass", domain="service.test"), dkim=(DkimResult(result="fail", domain=domain),),
            dmarc=DmarcResult(result=result, domain=domain, policy="reject", found_at=domain, record=record),
        )  # fmt: skip
        envelope = Envelope(sender="b@service.test", recipients=("lee@example.test",), received_at=at)
        for _ in range(times):
            counter.count(
                self.tenant.id, said, connection=Connection(peer_ip=ip), envelope=envelope, clean=clean,
                intercepts={"lee@example.test": Intercept.DELIVER},
            )  # fmt: skip
        await counter.flush()

    async def sent(self):
        async with self.tenant.database.scoped(self.tenant.id) as connection:
            return await connection.fetch("SELECT * FROM dmarc_sent ORDER BY day, policy_domain, destination")


@pytest.fixture
async def post(make_tenant):
    return Post(await make_tenant("Post"))


@pytest.mark.postgresql
async def test_a_report_goes_out_once(post, tmp_path):
    await post.count(times=3)
    await post.count(ip="2001:db8::9", result="pass")
    await send_due(post.tools)
    await send_due(post.tools)
    (mail,) = post.outbox.mails
    assert mail.recipients == ("dmarc@sender.test",)
    assert token_of("reports@example.test", mail.sender)
    assert post.outbox.left == [("dmarc_reports", "AggregateReport", "sender.test")]
    read = message_from_bytes(mail.raw, policy=policy.default)
    assert (
        read["subject"]
        == "Report Domain: sender.test Submitter: example.test Report-ID: <2026-11-26.sender.test@example.test>"
    )
    assert read["auto-submitted"] == "auto-generated"
    (attachment,) = read.iter_attachments()
    assert attachment.get_filename() == "example.test!sender.test!1795651200!1795737599.xml.gz"
    xml = gzip.decompress(attachment.get_content())
    valid(xml, tmp_path)
    report = read_report(xml)
    assert [(row.count, row.disposition) for row in report.rows] == [(3, "none"), (1, "pass")]
    (line,) = await post.sent()
    assert (line["state"], line["mails"], line["report_id"]) == ("queued", 4, "2026-11-26.sender.test@example.test")


@pytest.mark.postgresql
async def test_today_and_what_is_too_old_is_not_reported(post):
    await post.count(at=NEXT)
    await post.count(at=DAY - timedelta(days=10), domain="old.test")
    await send_due(post.tools)
    assert post.outbox.mails == []


@pytest.mark.postgresql
async def test_each_domain_has_a_time_of_its_own(post):
    times = {due_at(post.tenant.id, DAY.date(), f"{number}.test") for number in range(20)}
    assert len(times) == 20
    assert all(datetime(2026, 11, 27, 1, tzinfo=UTC) <= at < datetime(2026, 11, 27, 7, tzinfo=UTC) for at in times)
    await post.count()
    post.clock.at = due_at(post.tenant.id, DAY.date(), "sender.test") - timedelta(seconds=1)
    await send_due(post.tools)
    assert post.outbox.mails == []
    post.clock.at += timedelta(seconds=1)
    await send_due(post.tools)
    assert len(post.outbox.mails) == 1


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("zone", "counted", "why"),
    [
        ({}, {}, "does not ask for reports any more"),
        (ZONE, {"clean": False}, "nothing but bad mail"),
        (ZONE, {"clean": False, "result": "pass"}, "most of what it provably sent was bad"),
        ({"_dmarc.sender.test": ["v=DMARC1; p=none; rua=mailto:v@victim.test"]}, {}, "v@victim.test has not agreed"),
        ({"_dmarc.sender.test": ["v=DMARC1; p=none; rua=mailto:a@sender.test!10"]}, {}, "more than is taken"),
        ({"_dmarc.sender.test": [RECORD, RECORD]}, {}, "does not ask for reports any more"),
    ],
)
async def test_who_gets_none_and_why(zone, counted, why, make_tenant):
    post = Post(await make_tenant("None"), zone=zone)
    await post.count(**counted)
    await send_due(post.tools)
    await send_due(post.tools)
    assert post.outbox.mails == []
    (line,) = await post.sent()
    assert (line["state"], line["destination"]) == ("skipped", "")
    assert why in line["why"]


@pytest.mark.postgresql
async def test_a_silent_name_server_is_asked_again(make_tenant):
    post = Post(await make_tenant("Silent"), trouble=("_dmarc.sender.test",))
    await post.count()
    await send_due(post.tools)
    assert await post.sent() == []
    post.answers = resolver(ZONE)
    await send_due(post.tools)
    assert len(post.outbox.mails) == 1


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "settings",
    [
        DmarcReportsSettings(sender="reports@example.test"),
        DmarcReportsSettings(send=True),
        DmarcReportsSettings(send=True, sender="reports@elsewhere.test"),
        DmarcReportsSettings(send=True, sender="re+ports@example.test"),
    ],
    ids=["off", "no address", "a stranger's domain", "a plus sign"],
)
async def test_nothing_goes_out_before_it_is_set_up(settings, make_tenant):
    post = Post(await make_tenant("Unready"), settings)
    await post.count()
    await send_due(post.tools)
    assert post.outbox.mails == []


@pytest.mark.postgresql
async def test_no_more_than_so_many_a_day_those_with_most_mail_first(make_tenant):
    zone = {f"_dmarc.d{n}.test": [f"v=DMARC1; p=none; rua=mailto:r@d{n}.test"] for n in range(3)}
    post = Post(
        await make_tenant("Limit"), DmarcReportsSettings(send=True, sender="r@example.test", daily_limit=2), zone
    )
    for number in range(3):
        await post.count(domain=f"d{number}.test", record=zone[f"_dmarc.d{number}.test"][0], times=number + 1)
    await send_due(post.tools)
    await send_due(post.tools)
    assert [mail.recipients[0] for mail in post.outbox.mails] == ["r@d2.test", "r@d1.test"]


@pytest.mark.postgresql
async def test_no_host_gets_more_than_its_share(make_tenant, monkeypatch):
    monkeypatch.setattr(send, "MAX_PER_HOST", 1)
    zone = {f"_dmarc.d{n}.test": ["v=DMARC1; p=none; rua=mailto:r@hub.test"] for n in range(2)}
    zone |= {f"d{n}.test._report._dmarc.hub.test": ["v=DMARC1"] for n in range(2)}
    post = Post(await make_tenant("Hub"), zone=zone)
    for number in range(2):
        await post.count(domain=f"d{number}.test", record=zone[f"_dmarc.d{number}.test"][0])
    await send_due(post.tools)
    assert len(post.outbox.mails) == 1
    assert {line["why"] for line in await post.sent()} == {"", "its host has had enough reports today"}


@pytest.mark.postgresql
async def test_a_refused_report_ends_the_reports_to_its_box(post):
    await post.count()
    await send_due(post.tools)
    (line,) = await post.sent()
    at = post.clock.now()
    async with post.tenant.database.scoped(post.tenant.id) as connection:
        copy = await connection.fetchval("SELECT id FROM message_recipients WHERE message_id = $1", line["message_id"])
        event = Event(at=at, kind=EventKind.BOUNCED, detail={"reply": "no such box here"})
        await mail_tracking.record(
            connection,
            post.tenant.id,
            at=at,
            moved=[(copy, Status.BOUNCED)],
            events=[(line["message_id"], copy, event)],
        )
    await post.count(at=NEXT)
    await send_due(post.tools)
    (line,) = await post.sent()
    assert (line["state"], line["why"]) == ("bounced", "no such box here")
    post.clock.at = NEXT + timedelta(days=1)
    await send_due(post.tools)
    assert len(post.outbox.mails) == 1
    assert "reports to dmarc@sender.test came back" in (await post.sent())[1]["why"]
    post.clock.at = NEXT + timedelta(days=8)
    await post.count(at=NEXT + timedelta(days=7))
    await send_due(post.tools)
    assert len(post.outbox.mails) == 2


@pytest.mark.postgresql
async def test_a_report_that_was_begun_by_a_process_that_died_is_made_again(post):
    await post.count()

    async def die(_):
        raise OSError("killed")

    await send_due(JobTools(
        post.tools.database, post.tools.bodies, post.clock, post.tools.resolvers, submit=die,
        organizations=post.tools.organizations, leaving=post.outbox.leaving,
    ))  # fmt: skip
    assert [line["state"] for line in await post.sent()] == ["sending"]
    await send_due(post.tools)
    assert post.outbox.mails == []
    post.clock.at += timedelta(hours=2)
    await send_due(post.tools)
    assert len(post.outbox.mails) == 1
    assert [line["state"] for line in await post.sent()] == ["queued"]


@pytest.mark.postgresql
async def test_a_dry_run_sends_nothing(post):
    await post.count()
    plan = await plan_day(
        post.tools.database, post.tenant.id, DAY.date(), domains=("example.test",), settings=SETTINGS, at=NEXT,
        resolver=post.answers,
    )  # fmt: skip
    assert plan.problem == ""
    ((item),) = plan.items
    assert (item.policy_domain, item.mails, item.destinations) == ("sender.test", 1, ["dmarc@sender.test"])
    assert post.outbox.mails == []
    assert await post.sent() == []
