# SPDX-License-Identifier: Apache-2.0
"""Mail that was taken in: read once, kept by what proves it, and never in the way of other mail."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from dmarc_specimens import mail, report, row
from mailward.contract.dmarc_report import Reading
from mailward.contract.event import Status
from mailward.contract.job import JobTools
from mailward.contract.organization import Organization
from mailward.kit.bodies import Bodies
from mailward.kit.clock import HeldClock
from mailward.kit.vault import Key
from mailward.records.dmarc_reports.incoming import read_waiting
from mailward.records.dmarc_reports.service import read_reports
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.records.mail_tracking import service as mail_tracking
from tenants import Mail

pytestmark = pytest.mark.postgresql

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = date(2026, 11, 26)
BOUNCE = b"From: <>\r\nContent-Type: text/plain\r\n\r\nFinal-Recipient: rfc822; r@box.test\r\nAction: failed\r\nDiagnostic-Code: smtp; 550 no such box\r\n"


@pytest.fixture
async def house(make_tenant, database, tmp_path):
    """An organization, and the tools that read its mail."""
    tenant = await make_tenant("Reader")
    own = Organization(
        id=tenant.id, name="Reader", key=tenant.key, domains=("example.test",),
        settings={
            "dmarc_reports": DmarcReportsSettings(
                report_address="dmarc@example.test", send=True, sender="reports@example.test"
            )
        },
    )  # fmt: skip
    return (
        tenant,
        own,
        JobTools(database, tenant.bodies, HeldClock(NOON), organizations=lambda: [own], read_reports=read),
    )


async def read(raw: bytes) -> Reading:
    return read_reports(raw)


async def arrive(tenant, raw, *, dmarc="pass", to="dmarc@example.test", sender="noreply@reporter.test"):
    """A mail that was taken in."""
    copies = await tenant.receive(Mail(recipients=(to,), sender=sender, raw=raw, status=Status.TAKEN))
    async with tenant.database.scoped(tenant.id) as connection:
        await connection.execute("UPDATE messages SET dmarc = $1", dmarc)
        await connection.execute("UPDATE message_recipients SET rule = 'dmarc_reports' WHERE status = 'taken'")
    return copies


async def rows(tenant, query, *values):
    async with tenant.database.scoped(tenant.id) as connection:
        return await connection.fetch(query, *values)


async def test_a_report_is_kept_and_the_mail_is_read(house):
    tenant, _, tools = house
    await arrive(tenant, mail(report(DAY, row("192.0.2.1", 7))))
    await read_waiting(tools)
    (kept,) = await rows(tenant, "SELECT * FROM dmarc_received")
    assert (kept["mails"], kept["proved"], kept["sender_domain"]) == (7, True, "reporter.test")
    (copy,) = await rows(tenant, "SELECT status FROM message_recipients")
    assert copy["status"] == "read"
    (event,) = await rows(tenant, "SELECT detail FROM message_events WHERE kind = 'read'")
    assert event["detail"] == {"reports": 1, "problems": []}
    await read_waiting(tools)
    assert len(await rows(tenant, "SELECT * FROM message_events WHERE kind = 'read'")) == 1


async def test_what_is_proved_takes_the_place_of_what_anybody_may_have_written(house):
    tenant, _, tools = house
    await arrive(tenant, mail(report(DAY, row("192.0.2.66", 1000), report_id="r1")), dmarc="fail")
    await read_waiting(tools)
    await arrive(tenant, mail(report(DAY, row("192.0.2.1", 7), report_id="r1")), dmarc="pass")
    await read_waiting(tools)
    await arrive(tenant, mail(report(DAY, row("192.0.2.66", 1000), report_id="r1")), dmarc="none")
    await read_waiting(tools)
    (kept,) = await rows(tenant, "SELECT mails, proved FROM dmarc_received")
    assert tuple(kept) == (7, True)
    assert [row["source_ip"].compressed for row in await rows(tenant, "SELECT source_ip FROM dmarc_rows")] == [
        "192.0.2.1"
    ]


async def test_while_nobody_can_read_the_mail_waits(house):
    tenant, _, tools = house

    async def nobody(_):
        return Reading(problems=("the scan workers cannot be reached",), temporary=True)

    await arrive(tenant, mail(report(DAY, row("192.0.2.1", 7))))
    away = JobTools(tools.database, tools.bodies, tools.clock, organizations=tools.organizations, read_reports=nobody)
    await read_waiting(away)
    assert [row["status"] for row in await rows(tenant, "SELECT status FROM message_recipients")] == ["taken"]
    await read_waiting(tools)
    assert [row["status"] for row in await rows(tenant, "SELECT status FROM message_recipients")] == ["read"]


async def test_a_mail_that_is_no_report_says_so_in_its_timeline(house):
    tenant, _, tools = house
    await arrive(tenant, b"Subject: hello\r\n\r\nIs anybody there?\r\n")
    await read_waiting(tools)
    (event,) = await rows(tenant, "SELECT detail FROM message_events WHERE kind = 'read'")
    assert event["detail"]["problems"] == ["there is no report in it"]


async def sent(tenant, token):
    async with tenant.database.scoped(tenant.id) as connection:
        await connection.execute(
            "INSERT INTO dmarc_sent VALUES ($1, $2, 'box.test', 'r@box.test', 'delivered', '', 'id', $3, NULL, 1, 1, $4)",
            tenant.id, DAY, token, NOON,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "sender", "token", "buried"),
    [
        (BOUNCE, "", "0123456789abcdef", ["r@box.test"]),
        (b"Subject: gone\r\n\r\nThis box is gone.\r\n", "", "0123456789abcdef", ["r@box.test"]),
        (BOUNCE.replace(b"failed", b"delayed"), "", "0123456789abcdef", []),
        (BOUNCE, "eve@evil.test", "0123456789abcdef", []),
        (BOUNCE, "", "ffffffffffffffff", []),
    ],
    ids=["failed", "free text", "only delayed", "no bounce", "unknown tag"],
)
async def test_a_report_that_comes_back_ends_the_reports_to_its_box(house, raw, sender, token, buried):
    tenant, _, tools = house
    await sent(tenant, "0123456789abcdef")
    await arrive(tenant, raw, to=f"reports+{token}@example.test", sender=sender)
    await read_waiting(tools)
    assert [row["address"] for row in await rows(tenant, "SELECT address FROM dmarc_dead_boxes")] == buried
    if buried:
        (dead,) = await rows(tenant, "SELECT * FROM dmarc_dead_boxes")
        assert (dead["until"] - NOON).days == 7
        assert dead["why"] in ("smtp; 550 no such box", "it came back")


async def test_one_unreadable_body_is_not_in_the_way(house, tmp_path):
    tenant, _, tools = house
    await arrive(tenant, mail(report(DAY, row("192.0.2.1", 7))))
    empty = JobTools(
        tools.database,
        Bodies(tmp_path / "elsewhere"),
        tools.clock,
        organizations=tools.organizations,
        read_reports=read,
    )
    await read_waiting(empty)
    (event,) = await rows(tenant, "SELECT detail FROM message_events WHERE kind = 'read'")
    assert "the mail is gone" in event["detail"]["problems"][0]


async def test_another_organization_s_trouble_is_its_own(house):
    tenant, own, tools = house
    lost = Organization(id=uuid4(), name="Lost", key=Key(b"k" * 32), domains=(), settings=own.settings)
    await arrive(tenant, mail(report(DAY, row("192.0.2.1", 7))))
    both = JobTools(tools.database, tools.bodies, tools.clock, organizations=lambda: [lost, own], read_reports=read)
    await read_waiting(both)
    assert len(await rows(tenant, "SELECT * FROM dmarc_received")) == 1
    async with tools.database.scoped(lost.id) as connection:
        assert await mail_tracking.taken(connection, "dmarc_reports", most=5) == []
