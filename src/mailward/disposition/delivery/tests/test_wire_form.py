# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from mailward.disposition.delivery.wire_form import canonical, dotted, folded, has_long_lines

PIECES = st.sampled_from(
    [b"\r", b"\n", b"\r\n", b".", b"x" * 400, b" ", b"> ", b"A: b", "ü".encode() * 300, b"\xbf" * 1200, b"\t"]
)
BYTES = st.lists(PIECES, max_size=25).map(b"".join)


@given(BYTES)
def test_canonical(raw):
    mail = canonical(raw)
    assert mail.count(b"\r") == mail.count(b"\n") == mail.count(b"\r\n")
    assert not mail or mail.endswith(b"\r\n")
    assert canonical(mail) == mail
    assert mail.replace(b"\r\n", b"") == raw.replace(b"\r", b"").replace(b"\n", b"")


@given(BYTES)
def test_folded_lines_fit_and_lose_nothing(raw):
    mail = canonical(raw)
    assert has_long_lines(mail) == any(len(line) > 998 for line in mail.split(b"\r\n"))
    out = folded(mail)
    assert not has_long_lines(out)
    assert out.replace(b"\r\n", b"").replace(b" ", b"") == mail.replace(b"\r\n", b"").replace(b" ", b"")
    assert folded(out) == out


def test_a_header_keeps_its_meaning():
    field = b"Subject: " + b"one two " * 300
    out = folded(field + b"\r\n\r\nbody\r\n")
    header, _, body = out.partition(b"\r\n\r\n")
    assert header.replace(b"\r\n", b"") == field
    assert all(line.startswith(b" ") for line in header.split(b"\r\n")[1:])
    assert body == b"body\r\n"


def test_a_header_without_blanks_is_still_one_field():
    out = folded(b"X: " + b"y" * 3000 + b"\r\nTo: a@b.example\r\n\r\n")
    lines = out.split(b"\r\n")
    assert all(line.startswith((b"X:", b" ", b"To:")) or not line for line in lines)
    assert b"".join(lines).replace(b" ", b"").startswith(b"X:" + b"y" * 3000 + b"To:")


def test_letters_are_not_cut():
    text = "ü".encode() * 2000
    out = folded(b"\r\n" + b"x" + text + b"\r\n")
    assert [line.decode() for line in out.split(b"\r\n")]


@given(BYTES)
def test_dots(raw):
    mail = canonical(raw)
    sent = dotted(mail)
    assert sent.endswith(b".\r\n")
    lines = sent.split(b"\r\n")[:-2]
    assert [line.removeprefix(b".") for line in lines] == mail.split(b"\r\n")[:-1]
    assert b"." not in lines
