# SPDX-License-Identifier: Apache-2.0
"""Notices as mail programs read them: words for people, fields for programs, and nobody's line breaks."""

import email
import email.policy
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from mailward.contract.reply import Reply
from mailward.disposition.delivery.dsn import MOST_HEADER, Action, Notice, Report, compose

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ORIGINAL = b"From: ann@sender.test\r\nSubject: Lunch\r\nMessage-ID: <7@sender.test>\r\n\r\nSecret plans.\r\n"
REPORT = Report(
    recipient="lee@example.test", reply=Reply(550, "5.1.1", "nobody of that name"), server="mx.example.test:25", tried_at=AT
)  # fmt: skip
NOTICE = Notice(
    action=Action.FAILED, reporter="gateway.test", sender="ann@sender.test", arrived_at=AT - timedelta(hours=5),
    original=ORIGINAL, retry_until=AT + timedelta(days=9), reports=(REPORT,),
)  # fmt: skip


def read(**changes):
    raw = compose(msgspec.structs.replace(NOTICE, **changes), at=AT)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not mail.defects
    return raw, mail, list(mail.iter_parts())


def fields(part):
    return [dict(block.items()) for block in part.get_payload()]


def test_a_failure_says_who_what_and_what_to_do():
    raw, mail, (words, status, header) = read()
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    assert (mail["Auto-Submitted"], mail["In-Reply-To"]) == ("auto-replied", "<7@sender.test>")
    text = words.get_content()
    for wanted in ("lee@example.test", "550 5.1.1 nobody of that name", 'subject "Lunch"', "mx.example.test", "again"):
        assert wanted in text
    mail_fields, recipient = fields(status)
    assert mail_fields["Reporting-MTA"] == "dns; gateway.test"
    assert recipient["Final-Recipient"] == "rfc822; lee@example.test"
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")
    assert recipient["Diagnostic-Code"] == "smtp; 550 5.1.1 nobody of that name"
    assert recipient["Remote-MTA"] == "dns; mx.example.test"
    assert header.get_content_type() == "text/rfc822-headers"
    assert "Subject: Lunch" in header.get_content()
    assert b"Secret" not in raw


def test_a_delay_says_until_when_and_that_nothing_needs_to_be_done():
    _, mail, (words, status, _) = read(
        action=Action.DELAYED, reports=(msgspec.structs.replace(REPORT, reply=Reply(451, "4.2.0", "busy"), server=""),)
    )
    assert mail["Subject"] == "Your mail is delayed"
    assert "You need not do anything" in words.get_content()
    recipient = fields(status)[1]
    assert (recipient["Action"], recipient["Status"]) == ("delayed", "4.2.0")
    assert "Remote-MTA" not in recipient
    assert recipient["Will-Retry-Until"] == "Sun, 06 Dec 2026 12:00:00 +0000"


def test_time_that_ran_out_has_its_own_status():
    expired = msgspec.structs.replace(REPORT, reply=Reply(451, "4.4.1", "no connection"), server="", expired=True)
    assert fields(read(reports=(expired,))[2][1])[1]["Status"] == "5.4.7"


def test_a_german_mail_is_answered_in_german_first():
    _, mail, (words, *_) = read(language="de")
    text = words.get_content()
    assert mail["Subject"] == "Ihre E-Mail konnte nicht zugestellt werden"
    assert text.index("diese Empfänger nicht erreicht") < text.index("did not reach")


def test_the_whole_mail_comes_back_only_to_who_asked_and_only_if_small():
    _, _, (*_, part) = read(whole=True)
    assert part.get_content_type() == "message/rfc822"
    assert "Secret plans." in part.as_string()
    assert b"aaaa" not in read(whole=True, original=ORIGINAL + b"aaaa\r\n" * 20_000)[0]


def test_a_huge_header_is_cut_and_a_missing_mail_leaves_the_part_out():
    raw, *_ = read(original=b"X-Long: a\r\n" * 50_000 + b"\r\n\r\nhi")
    assert len(raw) < MOST_HEADER * 2
    assert len(read(original=None)[2]) == 2


@pytest.mark.parametrize("sender", ["jürgen@müller.test"])
def test_an_address_with_other_letters_is_told_in_utf8(sender):
    raw, mail, (_, status, header) = read(
        sender=sender, original=ORIGINAL.replace(b"Lunch", "Grüße".encode()),
        reports=(msgspec.structs.replace(REPORT, recipient="josé@example.test"),),
    )  # fmt: skip
    assert mail.get_param("report-type") == "global-delivery-status"
    assert status.get_content_type() == "message/global-delivery-status"
    assert header.get_content_type() == "message/global-headers"
    assert "Final-Recipient: utf-8; josé@example.test".encode() in raw
    assert "Subject: Grüße".encode() in raw


def test_to_everybody_else_only_ascii_goes():
    raw, *_ = read(
        original=b"Subject: \xfc\xff\0\r\nX: \xe2\x80\xa8\r\n\r\n",
        reports=(msgspec.structs.replace(REPORT, recipient="josé+a@example.test", reply=Reply(550, "", "né\r\nBcc: v@y")),),
    )  # fmt: skip
    assert raw.isascii()
    assert b"Final-Recipient: utf-8; jos\\x{E9}\\x{2B}a@example.test" in raw


def test_nobody_else_writes_our_header():
    """V35: line breaks in a subject, a reply, an address or an envelope id make no field."""
    evil = "x\r\nBcc: victim@elsewhere.test"
    raw, mail, parts = read(
        sender="ann\r\nBcc: victim@elsewhere.test@sender.test", envelope_id=evil,
        original=b"Message-ID: <a\r\n b@c>\r\nSubject: =?utf-8?q?x=0D=0ABcc:_victim@elsewhere.test?=\r\n\r\n",
        reports=(
            msgspec.structs.replace(REPORT, reply=Reply(550, "5.1.1", evil), recipient=evil, original_recipient=evil, server=evil),
        ),
    )  # fmt: skip
    assert mail["Bcc"] is None
    assert "In-Reply-To" not in mail
    assert b"\r\nBcc" not in raw.partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc" not in parts[1].as_bytes().replace(b"\n", b"\r\n")
