# SPDX-License-Identifier: Apache-2.0
"""The parameters of RFC 3461: strict where two readers could disagree, and handed on in the sender's words."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.contract.envelope import DsnRequest
from mailward.contract.reply import PermFail
from mailward.edge import commands
from mailward.edge.dsn import MAX_ENVELOPE_ID, MAX_ORIGINAL_RECIPIENT
from mailward.kit import xtext

PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)
PLAIN = {chr(code) for code in range(0x21, 0x7F)} - {"+", "="}


def encoded(text):
    """xtext, as senders write it."""
    return "".join(sign if sign in PLAIN else f"+{ord(sign):02X}" for sign in text)


def mail(words):
    return commands.mail(f"FROM:<ann@sender.test> {words}", extended=True, longest=320)


def rcpt(words, *, utf8=False):
    return commands.recipient(f"TO:<lee@example.test> {words}", extended=True, utf8=utf8, longest=320).dsn


def refusal(read):
    with pytest.raises(PermFail) as caught:
        read()
    return caught.value.reply.code, caught.value.reply.status


def test_what_was_asked_is_kept_as_it_came():
    asked = mail("RET=hdrs SIZE=12 ENVID=QQ314159+2Bx BODY=8BITMIME")
    assert (asked.ret, asked.envelope_id, asked.size, asked.body) == ("HDRS", "QQ314159+2Bx", 12, "8BITMIME")
    assert mail("ret=FULL").ret == "FULL"
    assert rcpt("notify=success,Failure ORCPT=rfc822;Lee+2Bbox@Example.test") == DsnRequest(
        notify="SUCCESS,FAILURE", original_recipient="rfc822;Lee+2Bbox@Example.test"
    )
    assert rcpt("NOTIFY=NEVER") == DsnRequest(notify="NEVER")
    assert rcpt("NOTIFY=DELAY,DELAY") == DsnRequest(notify="DELAY")


def test_no_bracket_is_handed_on_that_another_server_could_take_for_the_end_of_the_path():
    assert mail("ENVID=<7@sender.test>").envelope_id == "+3C7@sender.test+3E"
    assert rcpt("ORCPT=rfc822;<y@example.test>").original_recipient == "rfc822;+3Cy@example.test+3E"


def test_who_asks_for_nothing_has_asked_for_nothing():
    asked = commands.mail("FROM:<>", extended=True, longest=320)
    assert (asked.ret, asked.envelope_id) == ("", "")
    assert commands.recipient("TO:<lee@example.test>", extended=True, utf8=False, longest=320).dsn is None


@pytest.mark.parametrize(
    "words",
    [
        "RET", "RET=", "RET=ALL", "RET=FULL,HDRS", "RET=FULL RET=FULL", "ENVID", "ENVID=", "ENVID=a=b", "ENVID=+",
        "ENVID=+2b", "ENVID=+2", "ENVID=+G0", "ENVID=a+0D+0AQUIT", "ENVID=+00", "ENVID=+7F", "ENVID=+C3+BC",
        "ENVID=\N{LATIN SMALL LETTER U WITH DIAERESIS}", "ENVID=a ENVID=b", f"ENVID={'x' * (MAX_ENVELOPE_ID + 1)}",
    ],
)  # fmt: skip
def test_mail_with_words_that_make_no_sense_is_refused(words):
    assert refusal(lambda: mail(words)) == (501, "5.5.4")


@pytest.mark.parametrize(
    "words",
    [
        "NOTIFY", "NOTIFY=", "NOTIFY=ALWAYS", "NOTIFY=NEVER,SUCCESS", "NOTIFY=SUCCESS,", "NOTIFY=,", "NOTIFY=NEVER,NEVER,DELAY",
        "NOTIFY=SUCCESS NOTIFY=DELAY", "ORCPT", "ORCPT=", "ORCPT=lee@example.test", "ORCPT=rfc822;", "ORCPT=;lee@example.test",
        "ORCPT=rfc822;a=b", "ORCPT=rfc822;a+0d", "ORCPT=rfc822;a+0D+0ARCPT", "ORCPT=rf+20c;a", "ORCPT=a(b);c",
        "ORCPT=rfc822;a ORCPT=rfc822;a", f"ORCPT=rfc822;{'x' * MAX_ORIGINAL_RECIPIENT}", f"ORCPT={'x' * 65};y",
        "ORCPT=utf-8;l\N{LATIN SMALL LETTER U WITH DIAERESIS}@example.test",
    ],
)  # fmt: skip
def test_rcpt_with_words_that_make_no_sense_is_refused(words):
    assert refusal(lambda: rcpt(words)) == (501, "5.5.4")


def test_they_need_ehlo_and_belong_to_their_command():
    with pytest.raises(PermFail) as caught:
        commands.mail("FROM:<> RET=FULL", extended=False, longest=320)
    assert caught.value.reply.code == 555
    assert refusal(lambda: mail("NOTIFY=NEVER"))[0] == 555
    assert refusal(lambda: rcpt("RET=FULL"))[0] == 555


def test_an_original_recipient_outside_ascii_takes_a_form_that_everybody_understands():
    """RFC 6533, 3."""
    asked = rcpt("ORCPT=utf-8;j\N{LATIN SMALL LETTER O WITH DIAERESIS}@example.test", utf8=True)
    assert asked.original_recipient == r"utf-8;j\x{F6}@example.test"
    assert rcpt(r"ORCPT=utf-8;j\x{F6}@example.test").original_recipient == r"utf-8;j\x{F6}@example.test"
    assert refusal(lambda: rcpt("ORCPT=utf-8;j\x9f@example.test", utf8=True)) == (501, "5.5.4")


@given(text=PRINTABLE.filter(lambda text: len(text) <= MAX_ENVELOPE_ID))
def test_every_printable_envelope_id_comes_through(text):
    asked = mail(f"ENVID={encoded(text)}")
    assert xtext.decoded(asked.envelope_id) == text


@given(text=st.text())
def test_xtext_is_ascii_that_can_be_printed_or_nothing(text):
    plain = xtext.decoded(text)
    if plain is None:
        return
    assert plain.isascii()
    assert plain.isprintable()
    assert xtext.decoded(encoded(plain)) == plain


@given(words=st.text(), utf8=st.booleans())
def test_whatever_is_said_is_understood_or_refused(words, utf8):
    """And what is understood can be said again in one line, and means the same."""
    with contextlib.suppress(PermFail):
        asked = rcpt(words, utf8=utf8)
        if asked is not None:
            again = " ".join(
                f"{name}={value}"
                for name, value in (("NOTIFY", asked.notify), ("ORCPT", asked.original_recipient))
                if value
            )
            assert again.isascii()
            assert again.isprintable()
            assert rcpt(again) == asked


@given(parts=st.lists(st.sampled_from(["SUCCESS", "FAILURE", "DELAY", "NEVER", "success", "", "X", ","]), max_size=5))
def test_never_stands_alone(parts):
    words = f"NOTIFY={','.join(parts)}"
    try:
        asked = rcpt(words)
    except PermFail as exc:
        assert exc.reply.code == 501
        return
    assert asked is not None
    named = set(asked.notify.split(","))
    assert named == {"NEVER"} or named <= {"SUCCESS", "FAILURE", "DELAY"}
