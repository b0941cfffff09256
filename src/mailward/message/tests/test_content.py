# SPDX-License-Identifier: Apache-2.0
"""One pass over a mail: texts, links and files as the engines and the record get them."""

import base64
import hashlib

import pytest

from mailward import message
from mailward.contract.mail import Attachment
from mailward.message.content import content, read

PDF = b"%PDF-1.7 " + bytes(50)
RAW = (
    b"From: Ann <a@b.test>\r\nReply-To: c@d.test\r\nTo: lee@example.test\r\nSubject: Visit www.example.com today\r\n"
    b"Message-ID: <1@b.test>\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
    b"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nplain http://plain.test/ words\r\n--c\r\n"
    b"Content-Type: text/html\r\n\r\n<p>page <a href=http://page.test>the words</a>"
    b"<i style='display:none'>ghost</i>\r\n--c--\r\n--a\r\n"
    b'Content-Type: text/html; name="login.html"\r\nContent-Disposition: attachment\r\n\r\n'
    b"<form action=http://thief.test><input type=password></form><a href=http://lure.test>x</a>\r\n--a\r\n"
    b"Content-Type: image/png\r\nContent-Disposition: attachment; filename=..\\..\\photo.png\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(PDF) + b"--a--\r\n"
)


def test_reading():
    seen = read(message.parse(RAW))
    assert seen.text == "page the words"
    assert seen.plain == "plain http://plain.test/ words"
    assert seen.hidden_text == "ghost"
    assert {(link.host, link.place) for link in seen.links} == {
        ("www.example.com", "subject"),
        ("page.test", "html a"),
        ("plain.test", "text"),
        ("thief.test", "attachment login.html"),
        ("lure.test", "attachment login.html"),
    }
    assert [view.password_fields for _, view in seen.attached_pages] == [1]
    assert seen.html[0] is seen.html[0]


def test_content():
    small = content(message.parse(RAW))
    assert small.message_id == "<1@b.test>"
    assert small.reply_to[0].address == "c@d.test"
    assert [file.true_type for file in small.attachments] == ["html", "pdf"]
    assert small.attachments[1] == Attachment(
        name="photo.png",
        declared="image/png",
        true_type="pdf",
        size=len(PDF),
        sha256=hashlib.sha256(PDF).hexdigest(),
        part="3",
    )
    assert small.limits == ()


def test_other_versions_of_a_damaged_file_are_files_too():
    damaged = base64.b64encode(b"MZ first")[:-1] + b"==\r\n" + base64.b64encode(b"PK second one")
    raw = (
        b"From: a@b.test\r\nContent-Type: application/x; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + damaged
    )
    files = content(message.parse(raw)).attachments
    assert len(files) > 1
    assert {file.part.partition("~")[0] for file in files} == {"1"}
    assert len({file.sha256 for file in files}) == len(files)


@pytest.mark.parametrize("count", [500, 1_200])
def test_links_are_capped_and_say_so(count):
    page = b"".join(b"<a href=http://h%d.test>x</a>" % number for number in range(count))
    small = content(message.parse(b"From: a@b.test\r\nContent-Type: text/html\r\n\r\n" + page))
    assert len(small.links) == min(count, 1_000)
    assert ("links" in small.limits) == (count > 1_000)
