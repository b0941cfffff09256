# SPDX-License-Identifier: Apache-2.0
"""Who may be told, and what of that they want to hear."""

from datetime import UTC, datetime

import pytest

from mailward.contract.envelope import DsnRequest, Envelope
from mailward.contract.finding import Verdict
from mailward.disposition.delivery.notices import NOBODY, WHOEVER_IS_KNOWN, is_proved, notices

LEE = "lee@example.test"


def envelope(notify=None, **values):
    dsn = {} if notify is None else {LEE: DsnRequest(notify=notify, original_recipient="rfc822;old@example.test")}
    return Envelope(
        sender="ann@sender.test", recipients=(LEE,), received_at=datetime(2026, 11, 27, tzinfo=UTC), dsn=dsn, **values
    )


@pytest.mark.parametrize(
    ("notify", "told"),
    [
        (None, {"failure", "delay"}),
        ("", {"failure", "delay"}),
        ("NEVER", set()),
        ("FAILURE", {"failure"}),
        ("DELAY", {"delay"}),
        ("SUCCESS", {"success"}),
        ("SUCCESS,FAILURE,DELAY", {"success", "failure", "delay"}),
    ],
)
def test_who_is_known_is_told_what_they_asked_for_and_nobody_else_anything(notify, told):
    made = notices(envelope(notify), LEE, known=True)
    assert {name for name in ("failure", "delay", "success") if getattr(made, name)} == told
    made = notices(envelope(notify), LEE, known=False)
    assert not any((made.failure, made.delay, made.success))
    assert made.notify == (notify or "")


def test_a_wish_belongs_to_its_recipient():
    assert notices(envelope("NEVER"), "sam@example.test", known=True) == WHOEVER_IS_KNOWN
    assert notices(envelope("NEVER"), "sam@example.test", known=False) == NOBODY


def test_the_words_go_on_as_they_came():
    made = notices(envelope("SUCCESS", ret="HDRS", envelope_id="q+2B1"), LEE, known=False)
    assert made.mail_parameters == " RET=HDRS ENVID=q+2B1"
    assert made.recipient_parameters == " NOTIFY=SUCCESS ORCPT=rfc822;old@example.test"
    assert NOBODY.mail_parameters == NOBODY.recipient_parameters == ""


def test_only_a_proved_sender_of_a_clean_mail_is_known():
    assert is_proved(sender="a@b.test", spf="pass", verdict=Verdict.CLEAN)
    assert not is_proved(sender="", spf="pass", verdict=Verdict.CLEAN)
    assert not is_proved(sender="a@b.test", spf="none", verdict=Verdict.CLEAN)
    assert not is_proved(sender="a@b.test", spf="pass", verdict=Verdict.SPAM)
