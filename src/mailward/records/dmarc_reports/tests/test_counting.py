# SPDX-License-Identifier: Apache-2.0
"""Mails become sums: by what a report tells apart, by the mildest outcome, and never lost to a database that is away."""

from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from mailward.contract.authentication import Authentication, DkimResult, DmarcResult, SpfResult
from mailward.contract.decision import Intercept
from mailward.contract.dmarc_report import Override, Permission, Signature
from mailward.contract.envelope import Connection, Envelope
from mailward.kit.clock import HeldClock
from mailward.records.dmarc_reports import tallies
from mailward.records.dmarc_reports.counting import Counter, disposition_of, wants_reports

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc@sender.test"


def said(result="fail", *, policy="reject", aligned=(), record=RECORD, domain="sender.test", testing=False):
    return Authentication(
        evaluated=True,
        spf=SpfResult(result="fail", domain="bounce.sender.test"),
        dkim=(DkimResult(result="pass", domain="other.test", selector="s1"),),
        dmarc=DmarcResult(
            result=result, domain=domain, organizational_domain="sender.test", policy=policy, aligned=aligned,
            found_at="sender.test", record=record, testing=testing,
        ),
    )  # fmt: skip


def count(counter, organization, what, *, ip="192.0.2.1", to=("lee@example.test",), by=None, clean=True):
    envelope = Envelope(sender="b@Bounce.sender.test", recipients=tuple(to), received_at=NOON)
    counter.count(
        organization, what, connection=Connection(peer_ip=ip), envelope=envelope, clean=clean,
        intercepts=by or dict.fromkeys(to, Intercept.DELIVER),
    )  # fmt: skip


@pytest.mark.postgresql
async def test_sums_of_two_processes_meet_in_one_row(database):
    organization = uuid4()
    counters = [Counter(database, HeldClock(NOON)) for _ in range(2)]
    for counter in counters:
        for _ in range(3):
            count(counter, organization, said())
        count(counter, organization, said("pass", aligned=("spf",)), ip="2001:db8::7", clean=False)
        await counter.flush()
        assert len(counter) == 0
    async with database.scoped(organization) as connection:
        first, second = await tallies.rows_of(connection, NOON.date(), "sender.test", most=10)
        (stand,) = await connection.fetch("SELECT * FROM dmarc_policy_domains")
    assert (first.source_ip, first.count, first.disposition, first.dkim, first.spf) == (
        "192.0.2.1", 6, "none", "fail", "fail",
    )  # fmt: skip
    assert first.overrides[0].kind == "local_policy"
    assert first.signatures == (Signature("other.test", "s1", "pass"),)
    assert first.permissions == (Permission("bounce.sender.test", "mfrom", "fail"),)
    assert (first.header_from, first.envelope_from, first.envelope_to) == (
        "sender.test", "bounce.sender.test", "example.test",
    )  # fmt: skip
    assert (second.source_ip, second.count, second.disposition, second.spf) == ("2001:db8::7", 2, "pass", "pass")
    assert [stand[name] for name in ("passed_good", "passed_bad", "failed_good", "failed_bad")] == [0, 2, 6, 0]
    assert stand["record"] == RECORD


@pytest.mark.postgresql
async def test_what_cannot_be_written_waits(database, database_url):
    organization = uuid4()
    counter = Counter(database, HeldClock(NOON))
    count(counter, organization, said())
    owner = await asyncpg.connect(database_url)
    await owner.execute("ALTER TABLE dmarc_tallies RENAME TO away")
    try:
        await counter.flush()
        assert len(counter) == 1
        count(counter, organization, said())
    finally:
        await owner.execute("ALTER TABLE away RENAME TO dmarc_tallies")
        await owner.close()
    await counter.flush()
    async with database.scoped(organization) as connection:
        (row,) = await tallies.rows_of(connection, NOON.date(), "sender.test", most=10)
        (stand,) = await connection.fetch("SELECT failed_good FROM dmarc_policy_domains")
    assert (row.count, stand["failed_good"]) == (2, 2)


@pytest.mark.parametrize(
    "what",
    [
        said("none"), said("temperror"), said("permerror"), said(record="v=DMARC1; p=reject"),
        said(record="v=DMARC1; p=none; rua=https://sender.test/reports"),
    ],
)  # fmt: skip
async def test_what_nobody_wants_to_hear_is_not_counted(what):
    counter = Counter(None, HeldClock(NOON))
    count(counter, uuid4(), what)
    assert len(counter) == 0


async def test_a_mail_counts_once_for_each_domain_by_the_mildest_that_was_done():
    counter = Counter(None, HeldClock(NOON))
    outcomes = {
        "lee@example.test": Intercept.QUARANTINE, "sam@EXAMPLE.test": Intercept.DELIVER, "kim@b.test": Intercept.DELETE,
    }  # fmt: skip
    count(counter, uuid4(), said(), to=tuple(outcomes), by=outcomes)
    found = {tally.envelope_to: (tally.disposition, number) for (_, tally), number in counter._tallies.items()}
    assert found == {"example.test": ("none", 1), "b.test": ("reject", 1)}


@pytest.mark.parametrize(
    ("what", "intercept", "disposition", "override"),
    [
        (said("pass", aligned=("dkim",)), Intercept.QUARANTINE, "pass", None),
        (said(policy="none"), Intercept.QUARANTINE, "none", None),
        (said(policy="quarantine"), Intercept.QUARANTINE, "quarantine", None),
        (said(policy="reject"), Intercept.DELETE, "reject", None),
        (said(policy="reject"), Intercept.QUARANTINE, "quarantine", "local_policy"),
        (said(policy="reject"), Intercept.DELIVER, "none", "local_policy"),
        (said(policy="reject", testing=True), Intercept.QUARANTINE, "quarantine", "policy_test_mode"),
    ],
)
def test_the_disposition_is_what_dmarc_did_and_why(what, intercept, disposition, override):
    said_to_be, why = disposition_of(what, intercept)
    assert said_to_be == disposition
    assert (why.kind if why else None) == override
    assert why is None or isinstance(why, Override)


def test_a_trusted_forwarder_is_named():
    done, why = disposition_of(said(policy="reject"), Intercept.DELIVER, "lists.test")
    assert (done, why) == ("none", Override("trusted_forwarder", "arc=pass, sealed by lists.test"))
    assert disposition_of(said(policy="reject"), Intercept.DELETE, "lists.test") == ("reject", None)


@pytest.mark.parametrize(
    ("record", "wanted"),
    [
        (RECORD, True),
        ("v=DMARC1;p=none;RUA = MAILTO:a@b.test", True),
        ("v=DMARC1; p=none; ruf=mailto:a@b.test", False),
        ("v=DMARC1; p=none", False),
    ],
)
def test_who_asks_for_reports(record, wanted):
    assert wants_reports(record) is wanted
