# SPDX-License-Identifier: Apache-2.0
"""One pass over a mail: every engine answers or is named, and nothing is clean that was not seen."""

import base64
import gzip

import pytest

from mailward.contract.check import Facts
from mailward.contract.finding import Reason, Threat
from mailward.engines.antivirus.service import Antivirus
from mailward.engines.scanning import wire
from mailward.engines.scanning.examine import Examiner

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
ANTIVIRUS = Antivirus()
PLAIN = b"From: a@sender.test\r\nTo: b@example.test\r\nSubject: hello\r\n\r\nhello there\r\n"


def attached(data: bytes, name: str = "a.bin") -> bytes:
    return (
        b"From: a@sender.test\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: application/octet-stream; name=" + name.encode() + b"\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data) + b"\r\n--b--\r\n"
    )


def spam(_reading, _facts):
    return {Threat.SPAM: (Reason(id="r", text="It is so.", weight=6.0),), Threat.BEC: ()}


def examiner(engine=spam) -> Examiner:
    return Examiner(antivirus=ANTIVIRUS, spam=engine)


def test_a_plain_mail():
    answer = examiner().examine(PLAIN, Facts())
    assert answer.content.subject == "hello"
    assert set(answer.reasons) == {Threat.SPAM}
    assert answer.failures == {}
    assert set(answer.milliseconds) == {"message", "antivirus", "antispam", "web_reputation"}


def test_an_attachment_is_seen_through_its_encoding():
    answer = examiner().examine(attached(EICAR), Facts())
    assert [reason.id for reason in answer.reasons[Threat.MALWARE]] == ["eicar_test_file"]
    assert answer.content.attachments[0].name == "a.bin"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("secret"), "the engine antispam broke (ValueError)"),
        (MemoryError(), "limit=memory: the mail needs more memory than a mail may use"),
        (RecursionError(), "limit=nesting: the mail is nested more deeply than can be followed"),
    ],
)
def test_an_engine_that_breaks_is_named_and_the_others_answer(error, words):
    def broken(_reading, _facts):
        raise error

    answer = examiner(broken).examine(attached(EICAR), Facts())
    assert answer.failures == {"antispam": words}
    assert Threat.MALWARE in answer.reasons


def test_a_limit_of_the_antivirus_is_a_failure():
    bomb = gzip.compress(bytes(30 << 20))
    answer = examiner().examine(attached(bomb, "a.gz"), Facts())
    assert answer.failures["antivirus"].startswith("limit=archive_ratio: ")


def test_parts_that_nobody_looked_at_are_a_failure():
    parts = b"".join(b"--b\r\n\r\nx\r\n" for _ in range(3000))
    raw = b"From: a@sender.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + b"--b--\r\n"
    assert examiner().examine(raw, Facts()).failures["antivirus"].startswith("limit=")


def test_a_file_that_readers_decode_differently_is_a_failure():
    raw = attached(EICAR, "a.zip").replace(b"Encoding: base64", b"Encoding: quoted-print")
    assert examiner().examine(raw, Facts()).failures["antivirus"].startswith("limit=encoding: a.zip")
    plain = attached(b"not really a zip", "a.zip")
    assert examiner().examine(plain, Facts()).failures == {}


@pytest.mark.parametrize("raw", [b"", b"\0" * 100, b"\xff\xd8\xff\xe0JFIF", b"Subject", b"\r\n\r\n", b":" * 1000])
def test_any_bytes_get_an_answer(raw):
    assert examiner().examine(raw, Facts()).failures == {}


def test_a_worker_answers_both_kinds_of_question():
    answering = examiner()
    assert answering(wire.Examine(PLAIN, Facts())).content.subject == "hello"
    assert not answering(wire.Show(PLAIN)).why
