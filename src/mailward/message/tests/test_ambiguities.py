# SPDX-License-Identifier: Apache-2.0
"""Every way in which readers may disagree: one mail that shows it, and one honest mail that does not."""

import base64

import pytest

from mailward import message
from mailward.contract.mail import AmbiguityKind as Kind

TOP = b"From: Ann <ann@sender.test>\r\nTo: lee@example.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
EXE = base64.b64encode(b"MZ" + b"a program " * 20)
FILE = (
    b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=x.exe\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + EXE + b"\r\n"
)
TEXT = b"Content-Type: text/plain\r\n\r\nhello\r\n"


def mixed(
    *parts: bytes, boundary: bytes = b"b", kind: bytes = b"multipart/mixed; boundary=b", end: bytes = b""
) -> bytes:
    line = b"--" + boundary
    body = b"".join(line + b"\r\n" + part for part in parts)
    return TOP + b"Content-Type: " + kind + b"\r\n\r\n" + body + line + b"--\r\n" + end


CASES = {
    Kind.TWO_BOUNDARIES: TOP
    + b"Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a\r\n"
    + TEXT
    + b"--b\r\n"
    + FILE
    + b"--b--\r\n--a--\r\n",
    Kind.ODD_BOUNDARY: mixed(TEXT, FILE, kind=b"multipart/mixed; boundary=other"),
    Kind.TWO_CONTENT_TYPES: mixed(TEXT, FILE).replace(b"MIME-Version", b"Content-Type: text/plain\r\nMIME-Version"),
    Kind.TWO_ENCODINGS: mixed(TEXT, b"Content-Transfer-Encoding: 7bit\r\n" + FILE),
    Kind.ODD_ENCODING: mixed(TEXT, FILE.replace(b"base64", b"base64 (really)", 1)),
    Kind.JUNK_IN_BASE64: mixed(TEXT, FILE.replace(EXE, EXE[:40] + b"!!" + EXE[40:])),
    Kind.JUNK_IN_QUOTED_PRINTABLE: mixed(TEXT, FILE.replace(b"base64", b"quoted-printable").replace(EXE, b"M=ZZ=4Dx")),
    Kind.TWO_NAMES: mixed(TEXT, FILE.replace(b"octet-stream", b"octet-stream; name=x.txt")),
    Kind.ODD_PARAMETER: mixed(TEXT, FILE, kind=b"multipart/mixed; (boundary=c) boundary=b"),
    Kind.SEVERAL_FROM: b"From: bob@other.test\r\n" + TOP + b"\r\nhello",
    Kind.UNREADABLE_FROM: TOP.replace(b"From: Ann <ann@sender.test>\r\n", b"") + b"\r\nhello",
    Kind.ODD_HEADER: TOP.replace(b"From:", b"From :") + b"\r\nhello",
    Kind.NUL_BYTE: TOP.replace(b"Subject: x", b"Subject: x\0y") + b"\r\nhello",
    Kind.BARE_LINE_END: TOP.replace(b"Subject: x", b"Subject: x\ry") + b"\r\nhello",
    Kind.UNTERMINATED: mixed(TEXT, FILE).replace(b"--b--\r\n", b""),
    Kind.HIDDEN_PART: mixed(TEXT, end=b"--b\r\n" + FILE + b"--b--\r\n"),
    Kind.ENCODED_MULTIPART: TOP
    + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode(b"--b\r\n" + TEXT + b"--b\r\n" + FILE + b"--b--\r\n"),
    Kind.PARTIAL: TOP + b"Content-Type: message/partial; id=1; number=1; total=2\r\n\r\nhello",
    Kind.LIMIT: TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 3_000,
}
CARRY_A_FILE = [
    kind for kind, raw in CASES.items() if b"filename=x.exe" in raw and kind is not Kind.JUNK_IN_QUOTED_PRINTABLE
]


def test_every_kind_has_a_case():
    assert set(CASES) == set(Kind)


@pytest.mark.parametrize("kind", CASES)
def test_each_kind_is_recorded(kind):
    notes = message.parse(CASES[kind]).ambiguities
    assert kind in {note.kind for note in notes}, notes


@pytest.mark.parametrize("kind", [*CARRY_A_FILE, Kind.ENCODED_MULTIPART])
def test_the_file_is_seen_whatever_the_trick(kind):
    parts = message.parse(CASES[kind]).parts
    assert any(data.startswith(b"MZ") for part in parts for data in (part.decode(), *part.others))


@pytest.mark.parametrize(
    "raw",
    [
        mixed(TEXT, FILE),
        mixed(TEXT, FILE).replace(b"\r\n", b"\n"),
        mixed(TEXT, FILE, kind=b'multipart/mixed;\r\n\tboundary="b"'),
        TOP + b"\r\nhello\r\n",
        mixed(TEXT, FILE.replace(b"filename=x.exe", b"filename=\"x.exe\"; filename*=utf-8''x.exe")),
        mixed(TEXT.replace(b"hello", b"see --c\r\n--c too"), FILE),
        TOP
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(b"hello " * 30)
        + b"_______\r\nlist footer\r\n",
    ],
)
def test_honest_mail_has_none(raw):
    assert message.parse(raw).ambiguities == ()


def test_a_field_inside_a_fold_is_read_too():
    raw = TOP + b"X-Note : a\r\n Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + FILE + b"--b--\r\n"
    mail = message.parse(raw)
    assert Kind.HIDDEN_PART in {note.kind for note in mail.suspicious}
    assert any(part.decode().startswith(b"MZ") for part in mail.parts)


def test_a_signature_that_lists_fields_is_no_hidden_field():
    raw = (
        TOP
        + b"DKIM-Signature: v=1; h=From:\r\n Content-Type:MIME-Version:\r\n Content-Transfer-Encoding; b=x\r\n\r\nhello"
    )
    assert message.parse(raw).ambiguities == ()


def test_a_boundary_that_comes_back_is_followed_and_flagged():
    """Found by fuzzing: what was found there declared a boundary of its own while the walk went on."""
    inner = b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n" + TEXT
    again = b"Content-Type: multipart/mixed; boundary=third\r\n\r\n--third\r\n" + FILE
    raw = mixed(inner, TEXT + b"--inner\r\n" + again)
    mail = message.parse(raw)
    assert Kind.HIDDEN_PART in {note.kind for note in mail.suspicious}
    assert any(part.decode().startswith(b"MZ") for part in mail.parts)
