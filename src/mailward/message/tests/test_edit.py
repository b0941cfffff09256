# SPDX-License-Identifier: Apache-2.0
"""Edits touch what they name and nothing else."""

import base64

import pytest

from mailward import message
from mailward.contract.decision import Edits
from mailward.message import edit

TOP = b"Received: x\r\nFrom: a@b.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
STAMP = "Caution: from outside. Prüfen!"
TEXTS = {
    "7bit": TOP + b"\r\nhello\r\n",
    "latin-1": TOP
    + b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n",
    "quoted-printable": TOP
    + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhell=C3=B6\r\n",
    "base64": TOP
    + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes("hellö".encode()),
    "gb2312": TOP + b"Content-Type: text/plain; charset=gb2312\r\n\r\n" + "中文".encode("gb2312"),
    "html": TOP + b"Content-Type: text/html\r\n\r\n<html><BODY class=x>hello</body></html>",
    "alternative": TOP
    + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
    + b"Content-Type: text/html\r\n\r\n<p>hello\r\n--b--\r\n",
}


@pytest.mark.parametrize("raw", [*TEXTS.values(), b"", b"\r\n", b"no header at all", b"\0" * 100])
def test_no_edits_no_change(raw):
    assert edit.apply(raw, Edits()) == raw


def test_fields_go_and_come():
    out = edit.apply(TEXTS["7bit"], Edits(removed=(0,), headers=(("X-A", "1"), ("X-B", "zwölf " * 30))))
    mail = message.parse(out)
    assert [header.name for header in mail.headers] == ["X-A", "X-B", "From", "Subject"]
    assert mail.first("x-b") == ("zwölf " * 30).strip()
    assert max(map(len, out.split(b"\r\n"))) <= 78
    assert out.endswith(b"\r\n\r\nhello\r\n")


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x@y.test", "a\nBcc: x@y.test", "a\rBcc: x@y.test", "a\u2028Bcc: x", "a\0b"]
)
def test_no_line_can_be_smuggled_in(evil):
    out = edit.apply(TEXTS["7bit"], Edits(headers=(("X-A", evil), ("X-B: y\r\nBcc", "z")), subject_tag=evil))
    mail = message.parse(out)
    assert mail.fields("bcc") == ()
    assert [header.key for header in mail.headers] == ["x-a", "received", "from", "subject"]
    assert out.count(b"\r\n") == out.count(b"\n") == out.count(b"\r")


@pytest.mark.parametrize("tag", ["[Spam]", "[Prüfung]", "[垃圾]"])
def test_subject_tag(tag):
    out = edit.apply(TEXTS["7bit"], Edits(subject_tag=tag))
    assert message.parse(out).subject == f"{tag} Grüße"
    assert out.isascii()
    assert edit.apply(out, Edits(subject_tag=tag)) == out
    assert message.parse(edit.apply(b"From: a@b.test\r\n\r\nx", Edits(subject_tag=tag))).subject == tag


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("stamp", [STAMP, "Caution: from outside."])
def test_stamp_is_read_in_every_version(name, stamp):
    before = message.parse(TEXTS[name])
    after = message.parse(edit.apply(TEXTS[name], Edits(stamp=stamp)))
    assert edit.stampable(before)
    assert len(after.parts) == len(before.parts)
    assert after.ambiguities == before.ambiguities
    for old, new in zip(before.parts, after.parts, strict=True):
        words = stamp.encode("ascii", "xmlcharrefreplace").decode() if new.content_type == "text/html" else stamp
        assert words in new.text()
        assert old.text().strip()[-5:] in new.text()


def test_attachments_stay_as_they_are():
    file = base64.encodebytes(bytes(range(256)))
    raw = (
        TOP
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: image/png; name=x.png\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + file + b"--b--\r\n"
    )
    out = edit.apply(raw, Edits(stamp=STAMP))
    assert message.parse(out).parts[1].decode() == bytes(range(256))
    assert file in out


@pytest.mark.parametrize(
    "raw",
    [
        TOP + b'Content-Type: multipart/signed; boundary=b; protocol="x"\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n'
        b"Content-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n",
        TOP + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx",
        TOP + b"\r\n-----BEGIN PGP MESSAGE-----\r\nx\r\n-----END PGP MESSAGE-----\r\n",
        TOP + b"Content-Type: image/png\r\n\r\nx",
        TOP + b"Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a\r\n\r\nx\r\n--b\r\n\r\ny\r\n--a--\r\n",
    ],
)
def test_what_must_not_be_stamped_is_not(raw):
    assert not edit.stampable(message.parse(raw))
    assert edit.apply(raw, Edits(stamp=STAMP)) == raw
