# SPDX-License-Identifier: Apache-2.0
"""Processes share counts, pauses and history through PostgreSQL; organizations do not."""

import dataclasses
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from mailward.checks.outbound import store
from mailward.checks.outbound.clouds import Clouds
from mailward.checks.outbound.jobs import remember, tell
from mailward.checks.outbound.service import Outbound
from mailward.checks.outbound.settings import OutboundSettings, Rate
from mailward.contract.envelope import Connection
from mailward.contract.finding import Verdict
from mailward.contract.job import JobTools
from mailward.contract.reply import TempFail
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock, HeldClock
from policies import organization

pytestmark = pytest.mark.postgresql

PEER = Connection(peer_ip="192.0.2.25")


class Process:
    """One SMTP process of an organization's node."""

    def __init__(self, database, tenant, clock=None, settings=None):
        self.outbound = Outbound(database, clock or Clock(), Clouds())
        made = organization({"outbound": settings or OutboundSettings(per_sender=Rate(most=10))})
        self.policy = dataclasses.replace(made, id=tenant.id)

    def send(self, sender="ann@example.test", recipients=1):
        for _ in range(recipients):
            self.outbound.count(self.policy, PEER, sender)


async def test_a_limit_is_one_limit_for_all_processes(database, tenant):
    one, two = Process(database, tenant), Process(database, tenant)
    one.send(recipients=6)
    await one.outbound.round()
    await two.outbound.round()
    two.send(recipients=4)
    with pytest.raises(TempFail, match="at most 10"):
        two.send()
    await two.outbound.round()
    await one.outbound.round()
    with pytest.raises(TempFail):
        one.send()
    assert await tenant.value("SELECT sum(count) FROM outbound_counts WHERE what = 'recipients'") == 10


async def test_a_process_that_starts_knows_what_the_last_hour_was(database, tenant):
    before = Process(database, tenant)
    before.send("bea@example.test", recipients=10)
    await before.outbound.round()
    after = Process(database, tenant)
    await after.outbound.round()
    with pytest.raises(TempFail):
        after.send("bea@example.test")


async def test_a_pause_holds_everywhere_and_a_lift_too(database, tenant):
    one, two = Process(database, tenant), Process(database, tenant)
    await two.outbound.round()
    for _ in range(5):
        one.outbound.judged(one.policy, "Eve@example.test", Verdict.SPAM)
    with pytest.raises(TempFail) as refused:
        one.send("eve@example.test")
    assert "eve@example.test is paused" in refused.value.reply.text
    two.send("eve@example.test")
    await one.outbound.round()
    await two.outbound.round()
    with pytest.raises(TempFail) as refused:
        two.send("eve@example.test")
    assert "its administrators know" in refused.value.reply.text
    async with database.scoped(tenant.id) as connection:
        [pause] = [pause for pause in await store.pauses(connection) if pause.sender == "eve@example.test"]
        assert pause.why == "5 of its mails within an hour were judged spam, phishing or malware."
        lifted = await store.lift(connection, pause.id, at=datetime.now(UTC), actor="admin@example.test")
        assert lifted.lifted_by == "admin@example.test"
        again = await store.lift(connection, pause.id, at=datetime.now(UTC), actor="other@example.test")
        assert again == lifted
    for process in (one, two):
        await process.outbound.round()
        process.send("eve@example.test")


async def test_two_processes_that_pause_at_once_make_one_pause(database, tenant):
    one, two = Process(database, tenant), Process(database, tenant)
    for process in (one, two):
        for _ in range(30):
            process.outbound.unknown_recipient(process.policy, "fay@example.test")
    await one.outbound.round()
    await two.outbound.round()
    assert await tenant.value("SELECT count(*) FROM outbound_pauses WHERE sender = 'fay@example.test'") == 1
    with pytest.raises(TempFail):
        two.send("fay@example.test")


async def test_a_pause_that_is_written_down_late_does_not_undo_a_lift(database, tenant):
    one, two = Process(database, tenant), Process(database, tenant)
    for process in (one, two):
        for _ in range(5):
            process.outbound.judged(process.policy, "eve@example.test", Verdict.SPAM)
    await one.outbound.round()
    async with database.scoped(tenant.id) as connection:
        [pause] = await store.pauses(connection)
        await store.lift(connection, pause.id, at=Clock().now(), actor="admin@example.test")
    for _ in range(2):
        await two.outbound.round()
        await one.outbound.round()
    one.send("eve@example.test")
    two.send("eve@example.test")
    assert await tenant.value("SELECT count(*) FROM outbound_pauses") == 1


async def test_each_organization_counts_for_itself(database, make_tenant):
    ours, theirs = await make_tenant("Ours"), await make_tenant("Theirs")
    Process(database, ours)
    process = Process(database, ours)
    process.send("ann@example.test", recipients=10)
    await process.outbound.round()
    other = Process(database, theirs)
    await other.outbound.round()
    other.send("ann@example.test", recipients=10)


async def test_yesterday_s_busy_hour_is_history_and_today_s_is_not(database, tenant, tmp_path: Path):
    clock = HeldClock(datetime.now(UTC).replace(minute=30) - timedelta(hours=3))
    settings = OutboundSettings(per_sender=Rate(most=0), burst=20)
    busy = Process(database, tenant, clock, OutboundSettings(per_sender=Rate(most=0), burst=0))
    busy.send("gus@example.test", recipients=40)
    await busy.outbound.round()
    now = HeldClock(datetime.now(UTC))
    await remember(JobTools(database, Bodies(tmp_path / "bodies"), now))
    assert await tenant.value("SELECT recipients FROM outbound_hours WHERE sender = 'gus@example.test'") == 40
    today = Process(database, tenant, now, settings)
    await today.outbound.round()
    today.send("gus@example.test", recipients=20)
    with pytest.raises(TempFail):
        today.send("gus@example.test")
    later = HeldClock(now.now() + timedelta(hours=25))
    known = Process(database, tenant, later, settings)
    await known.outbound.round()
    known.send("gus@example.test", recipients=200)
    with pytest.raises(TempFail):
        known.send("gus@example.test")


async def test_old_counts_hours_and_pauses_are_forgotten(database, tenant, tmp_path: Path):
    long_ago = HeldClock(datetime.now(UTC) - timedelta(days=40))
    process = Process(database, tenant, long_ago, OutboundSettings(per_sender=Rate(most=0), burst=20, pause_hours=1))
    with pytest.raises(TempFail):
        process.send("ida@example.test", recipients=40)
    await process.outbound.round()
    tools = JobTools(database, Bodies(tmp_path / "bodies"), Clock())
    await remember(tools)
    await remember(tools)
    for table, column in (("outbound_counts", "who"), ("outbound_hours", "sender"), ("outbound_pauses", "sender")):
        assert await tenant.value(f"SELECT count(*) FROM {table} WHERE {column} = 'ida@example.test'") == 0, table


async def test_a_database_that_is_away_costs_nothing_but_the_round(database, tenant, monkeypatch):
    process = Process(database, tenant)
    process.send("jan@example.test", recipients=3)
    with monkeypatch.context() as broken:
        broken.setattr(store, "share", _away)
        await process.outbound.round()
    await process.outbound.round()
    assert await tenant.value("SELECT sum(count) FROM outbound_counts WHERE who = 'jan@example.test'") == 3


async def _away(*_):
    raise OSError("no database")


async def test_administrators_are_told_once_of_each_pause(database, tenant, tmp_path: Path):
    process, sent = Process(database, tenant), []

    async def submit(mail):
        sent.append(mail)

    tools = JobTools(database, Bodies(tmp_path / "bodies"), Clock(), submit=submit)
    await tell(tools)
    sent.clear()
    for sender in ("kim@example.test", "lou@example.test"):
        for _ in range(5):
            process.outbound.judged(process.policy, sender, Verdict.PHISHING)
    await process.outbound.round()
    await tell(tools)
    await tell(tools)
    [mail] = sent
    assert (mail.recipients, mail.sender, mail.kind) == ((tenant.email,), "", "alert")
    text = message_from_bytes(mail.raw, policy=SMTP)
    assert text["Subject"].endswith("@example.test and 1 more")
    assert {"kim@example.test", "lou@example.test"} <= set(text.get_content().split())
    assert text["Auto-Submitted"] == "auto-generated"
    assert "5 of its mails within an hour were judged spam, phishing or malware." in text.get_content()
    assert all(len(line) <= 998 and line.isascii() for line in mail.raw.decode().split("\r\n"))


async def test_what_could_not_be_mailed_is_mailed_later(database, tenant, tmp_path: Path):
    process, sent = Process(database, tenant), []
    for _ in range(5):
        process.outbound.judged(process.policy, "max@example.test", Verdict.PHISHING)
    await process.outbound.round()

    async def broken(_):
        raise OSError("no disk")

    async def submit(mail):
        sent.append(mail)

    with pytest.raises(OSError, match="no disk"):
        await tell(JobTools(database, Bodies(tmp_path / "bodies"), Clock(), submit=broken))
    await tell(JobTools(database, Bodies(tmp_path / "bodies"), Clock(), submit=submit))
    assert [mail for mail in sent if b"max@example.test" in mail.raw]
