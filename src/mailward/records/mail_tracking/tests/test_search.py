# SPDX-License-Identifier: Apache-2.0
"""The search language against real rows: every key finds what it says, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from mailward.contract.event import Event, EventKind, Status
from mailward.contract.finding import Reason, Verdict
from mailward.contract.mail import Attachment, Link
from mailward.kit.clock import HeldClock
from mailward.records.mail_tracking.grammar import QueryError
from mailward.records.mail_tracking.keys import KEYS
from mailward.records.mail_tracking.reading import Reading
from tenants import Mail

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

PHISH = Mail(
    sender="bounce@evil.test",
    header_from="Lee <ceo@bank.test>",
    recipients=("lee@example.test", "sam@example.test"),
    subject="Your 100% safe_parcel",
    at=NOW - timedelta(hours=1),
)
INVOICE = Mail(
    sender="billing@shop.test",
    header_from="billing@shop.test",
    subject="Invoice 7",
    verdict=Verdict.CLEAN,
    action="deliver",
    status=Status.DELIVERED,
    reasons=(Reason(id="known_sender", text="The sender is known", weight=-0.5),),
    attachments=(Attachment(name="invoice_7.pdf", declared="application/pdf", true_type="pdf", size=9, sha256="ab12"),),
    links=(),
    at=NOW - timedelta(days=3),
    peer_ip="2001:db8::5",
    size=3_000_000,
    spf="pass",
    tls="",
    extra={"direction": "out", "language": "de", "dmarc": "pass", "helo": "out.shop.test", "score": -0.5},
)
BOUNCE = Mail(
    sender="",
    header_from="MAILER-DAEMON@shop.test, other@shop.test",
    subject="Undelivered",
    verdict=Verdict.SPAM,
    status=Status.EXPIRED,
    reasons=(Reason(id="backscatter", text="A bounce of nothing", weight=8.0),),
    links=(Link(target="http://[2001:db8::1]/x", host="[2001:db8::1]"),),
    at=NOW - timedelta(days=40),
    peer_ip=None,
)

CASES = {
    "": "pib",
    "parcel": "p",
    '"YOUR 100%"': "p",
    '"100_"': "",
    "safe_p*": "p",
    "invoice OR undelivered": "ib",
    "(invoice OR parcel) last:2d": "p",
    "-invoice": "pb",
    "NOT (invoice OR undelivered)": "p",
    "NOT NOT invoice": "i",
    "--invoice": "i",
    "from:ceo@bank.test": "p",
    "from:bounce@evil.test": "p",
    "from:o@bank.test": "",
    "from:bank": "p",
    "from:*@*.test": "pib",
    "from:*@evil.test,*@shop.test": "pib",
    "from:other@shop.test": "b",
    "sender:<>": "b",
    "-sender:<>": "pi",
    "sender:billing@SHOP.test": "i",
    "to:sam@example.test": "p",
    "to:lee@example.test": "pib",
    "rcpt:sam@example.test": "p",
    "reply_to:reply@evil.test": "pib",
    "subject:invoice": "i",
    'subject:"Invoice 7"': "i",
    "subject:I*7": "i",
    "msgid:<1@evil.test>": "pib",
    "ip:192.0.2.9": "p",
    "ip:192.0.2.0/24": "p",
    "-ip:192.0.2.0/24": "ib",
    "ip:2001:db8::/32": "i",
    "helo:out.shop": "i",
    "domain:bank.test": "p",
    "domain:*.test": "pib",
    "url:login.evil.test/a": "p",
    "host:login.evil.test": "p",
    "host:*.evil.test": "p",
    "host:evil.test": "",
    "verdict:phishing": "p",
    "verdict:phishing,spam": "pb",
    "verdict:CLEAN": "i",
    "reason:link_text_differs": "p",
    "reason:link*": "p",
    "signal:known_sender": "pi",
    "rule:caught": "pb",
    "action:deliver": "i",
    "status:quarantined": "p",
    "direction:out": "i",
    "spf:pass": "i",
    "dkim:none": "pib",
    "dmarc:fail": "pb",
    "arc:none": "pib",
    "tls:yes": "pb",
    "tls:no": "i",
    "tls:TLSv1.3": "pb",
    "filename:invoice": "i",
    "ext:pdf": "i",
    "ext:.pdf,zip": "i",
    "sha256:AB12": "i",
    "size:>1m": "i",
    "size:2000": "pb",
    "size:<=2k": "pb",
    "score:>=6": "b",
    "score:5.5": "p",
    "score:<0": "i",
    "lang:de": "i",
    "has:attachment": "i",
    "has:url": "pb",
    "is:released": "p",
    "is:expired": "b",
    "last:2h": "p",
    "last:7d": "pi",
    "last:90d": "pib",
    "after:2026-11-24": "p",
    "after:2d": "p",
    "before:2026-11-24": "ib",
    "before:2026-11-24T11:30:00Z after:2026-11-24T12:00:00+02:00": "p",
    'before:"2026-11-24T11:30:00Z"': "pib",
    "on:2026-11-21": "i",
    "on:today": "p",
    "on:yesterday": "",
    "-last:7d": "b",
    "on:2026-11-21,2026-11-24": "pi",
    "asdf": "",
}


@pytest.fixture
async def found(tenant, database):
    for mail in (PHISH, INVOICE, BOUNCE):
        copies = await tenant.receive(mail)
        if mail is PHISH:
            for copy in copies:
                await tenant.event(copy, Event(at=NOW, kind=EventKind.RELEASED, actor="ada"))
    reading = Reading(database, HeldClock(NOW))
    letters = {PHISH.subject: "p", INVOICE.subject: "i", BOUNCE.subject: "b"}

    async def search(query: str) -> str:
        page = await reading.search(tenant.id, query, cursor=None, limit=50)
        return "".join(dict.fromkeys(letters[row.subject] for row in page.items))

    return search


async def test_every_case(found):
    wrong = {query: got for query, expected in CASES.items() if (got := await found(query)) != expected}
    assert wrong == {}


async def test_an_id_finds_its_copy_and_its_mail(tenant, database):
    copies = await tenant.receive(PHISH)
    mail = await tenant.value("SELECT message_id FROM message_recipients WHERE id = $1", copies[0])
    reading = Reading(database, HeldClock(NOW))
    one = await reading.search(tenant.id, f"id:{copies[0]}", cursor=None, limit=50)
    both = await reading.search(tenant.id, f"id:{mail}", cursor=None, limit=50)
    assert [row.id for row in one.items] == [copies[0]]
    assert {row.id for row in both.items} == set(copies)


def test_every_key_has_a_case():
    covered = {key for key in KEYS for query in CASES if f"{key}:" in query}
    assert covered | {"id"} == set(KEYS)


@pytest.mark.parametrize(
    ("query", "position", "words"),
    [
        ("verdict:nice", 8, "phishing"),
        ("a verdict:spam,nice", 15, "may be"),
        ("foo:bar", 0, "no key"),
        ("fron:x", 0, "did you mean from:"),
        ("country:de", 0, "not recorded"),
        ("has:macro", 4, "not recorded"),
        ("is:odd", 3, "released"),
        ('a "b', 2, "never closed"),
        ("(a OR b", 0, "never closed"),
        ("a)", 1, "never opened"),
        ("a OR", 4, "missing"),
        ("()", 1, "missing"),
        ("from:", 5, "value is missing"),
        ("from:a,,b", 7, "value is missing"),
        ("last:soon", 5, "length of time"),
        ("after:soon", 6, "not a time"),
        ("on:9999-12-31", 3, "far away"),
        ("after:0001-01-01T00:00:00+14:00", 6, "not a time"),
        ("size:>big", 6, "not a number"),
        ("size:>nan", 6, "not a number"),
        ("score:>1e99", 7, "not a number"),
        ("verdict:>spam", 0, "cannot be compared"),
        ("size:>1,2", 8, "one value"),
        ("subject:a*b*c*d*e*f*g", 8, "wildcards"),
        ("ip:1.2.3", 3, "not an address"),
        ("id:7", 3, "not an id"),
        ("a\0b", 1, "cannot be searched"),
        ("a" * 2001, 2000, "2000 characters"),
        ("a " * 65, 128, "64 terms"),
        ("(" * 17 + "a" + ")" * 17, 16, "16 deep"),
    ],
)
async def test_errors_say_where_and_why(query, position, words):
    reading = Reading(None, HeldClock(NOW))  # type: ignore[arg-type] - a bad query never gets to the database
    with pytest.raises(QueryError, match=words) as caught:
        await reading.search(None, query, cursor=None, limit=1)  # type: ignore[arg-type]
    assert caught.value.position == position


@pytest.mark.parametrize("apart", [timedelta(minutes=1), timedelta(days=1), timedelta(days=6)])
async def test_pages_hold_every_row_once(tenant, database, apart):
    expected = [copy for number in range(7) for copy in await tenant.receive(Mail(at=NOW - number * apart))]
    reading = Reading(database, HeldClock(NOW))
    seen, cursor = [], None
    for _ in range(4):
        page = await reading.search(tenant.id, "", cursor=cursor, limit=2)
        seen += [row.id for row in page.items]
        cursor = page.next_cursor
    assert seen == expected
    assert cursor is None
