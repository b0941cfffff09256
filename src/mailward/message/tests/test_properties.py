# SPDX-License-Identifier: Apache-2.0
"""What holds for every mail whatever its bytes, and how much it may cost."""

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailward import message
from mailward.contract.decision import Edits
from mailward.message import addresses, charsets, edit, encoded_words, html, links, parameters, preview
from mailward.message.content import read
from mailward.message.tests.bombs import BOMBS

PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b"--b\r\n", b"--b--\r\n", b"--", b"=?utf-8?q?", b"?=", b'"', b"(", b")", b";", b"<", b">",
        b"From: a@b.test\r\n", b"Subject: x\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: text/html\r\n",
        b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Content-Disposition: attachment; filename=",
        b"Content-Transfer-Encoding: quoted-printable\r\n", b"charset=utf-16", b"boundary*0*=", b"begin 644 x\r\n", b"=ybegin name=x\r\n",
        b"<a href=http://a.test>", b"<div style='color:#fff'>", b"QUJD", b"=3D", b"PK\x03\x04", b"\xff\xfe",
    ]
)  # fmt: skip
MAILS = st.one_of(
    st.binary(max_size=600), st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=40).map(b"".join)
)
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BOMB_SIZE = 500_000
SECONDS_PER_MEGABYTE = 1.0
SLOW_MACHINE = 2.0
"""Allowance for a machine that runs other things besides."""


@MANY
@given(MAILS)
def test_nothing_raises(raw):
    mail = message.parse(raw)
    assert 0 <= mail.body_start <= len(raw)
    assert all(
        raw[header.start : header.end].rstrip(b"\r\n").endswith(header.value)
        for header in mail.headers
        if b"\r" not in raw
    )
    seen = read(mail)
    assert len(seen.content.attachments) <= 500
    assert len(preview.preview(mail).parts) == len(mail.tree)
    assert all(0 <= part.start <= part.end <= len(part.source) for part in mail.tree)


@MANY
@given(MAILS, st.text(max_size=30), st.text(max_size=200), st.text(max_size=60))
@example(raw=b"\r\x00:", tag="", value="", stamp="")  # a CR alone in front of the only field
def test_edits_parse_again(raw, tag, value, stamp):
    assert edit.apply(raw, Edits()) == raw
    before = message.parse(raw)
    out = edit.apply(raw, Edits(removed=(1,), headers=(("X-Mailward-Id", "x" + value),), subject_tag=tag, stamp=stamp))
    after = message.parse(out)
    assert [header.key for header in after.headers].count("x-mailward-id") >= 1
    kept = [header.value for header in before.headers if header.index != 1 and header.key != "subject"]
    assert [value for value in kept if value not in {header.value for header in after.headers}] in (
        [],
        kept[-1:],
    ) or stamp
    if b"\r" not in raw.replace(b"\r\n", b"") and not any(
        header.index == 1 and header.key.startswith("content-") for header in before.headers
    ):  # the edge lets no CR alone through; and what a removed field had declared is gone
        assert len(after.parts) >= len(before.parts)


@MANY
@given(st.text(max_size=300))
def test_text_readers_answer(text):
    assert isinstance(encoded_words.decode(text), str)
    assert len(addresses.parse_addresses(text)) <= 300
    assert all(link.target for link in links.find(text, "text"))
    assert isinstance(html.read(text).text, str)
    assert parameters.parse(text.encode("utf-8", "replace")).main is not None
    assert isinstance(charsets.decode(text.encode("utf-8", "replace"), text[:20]), str)


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_at_most_a_second_per_megabyte(name):
    raw = BOMBS[name](BOMB_SIZE)
    allowed = SECONDS_PER_MEGABYTE * SLOW_MACHINE * len(raw) / 1e6
    begun = time.process_time()
    mail = message.parse(raw)
    assert mail.ambiguities is not None
    split = time.process_time()
    assert read(mail).content is not None
    seen = time.process_time()
    assert split - begun < allowed
    assert seen - split < allowed
