# SPDX-License-Identifier: Apache-2.0
"""A preview shows a mail and does nothing: no script, no request, no working link."""

import base64
import re

import pytest

from mailward import message
from mailward.message.preview import preview

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a href=javascript:alert(1)>x</a></svg>",
    "<form action=http://evil.test><input type=password></form>",
    "<meta http-equiv=refresh content='0;url=http://evil.test'>",
    "<base href=http://evil.test>",
    "<iframe src=http://evil.test></iframe>",
    "<object data=http://evil.test></object><embed src=http://evil.test>",
    "<link rel=stylesheet href=http://evil.test/x.css>",
    "<style>@import url(http://evil.test/x.css); p{background:url(http://evil.test/p)} b{position:fixed}</style>",
    "<p style='background:url(http://evil.test/p);position:fixed;color:red'>x</p>",
    "<p style='background:u\\72l(http://evil.test/p)'>x</p>",
    "<table background=http://evil.test/p><td background=http://evil.test/q>x</table>",
    "<video poster=http://evil.test/p src=http://evil.test/v></video>",
    "<img srcset='http://evil.test/p 2x' src=http://evil.test/q>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<style></style><img src=x onerror=alert(1)></style>",
    "<style>p{color:red}</style/><script>alert(1)</script>",
    "<a href=http://evil.test target=_top ping=http://evil.test>x</a>",
    "<body background=http://evil.test/p onload=alert(1)>x",
    "<img src=data:image/svg+xml;base64,PHN2Zy8+>",
]
ACTIVE = re.compile(
    r"<\s*(?:script|form|input|meta|base|iframe|object|embed|link|svg|math|video)|\son\w+\s*=|url\s*\(|@import|position"
    r"|\shref\s*=|srcset|\sping|target=|svg\+xml|src=\"(?!data:image/png|\")",
    re.IGNORECASE,
)


def shown(page: str, *more: bytes):
    raw = b"From: a@b.test\r\nSubject: x\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    return preview(
        message.parse(raw + page.encode() + b"\r\n" + b"".join(b"--b\r\n" + part for part in more) + b"--b--\r\n")
    )


@pytest.mark.parametrize("page", HOSTILE)
def test_nothing_active_is_left(page):
    seen = shown("<p>before</p>" + page + "<p>after</p>")
    assert ACTIVE.search(seen.html.replace("data-href", "data-x")) is None, seen.html
    assert seen.source.startswith("<p>before")


def test_links_are_kept_as_words():
    seen = shown('<a href="http:\\\\evil.test\\@good.test">good</a>')
    assert 'data-href="http://evil.test/@good.test"' in seen.html


def test_pictures_of_the_mail_are_shown_and_others_counted():
    part = (
        b"Content-Type: image/png\r\nContent-ID: <pic@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(PNG)
    )
    seen = shown("<img src=cid:pic@x><img src=http://i.test/1.png width=20><img src=https://i.test/2.png>", part)
    assert seen.blocked_images == 2
    assert "data:image/png;base64," in seen.html
    assert [(one.path, one.type) for one in seen.parts] == [
        ("0", "multipart/related"),
        ("1", "text/html"),
        ("2", "image/png"),
    ]


def test_headers_and_text_are_decoded():
    raw = b"From: =?utf-8?q?J=C3=BCrgen?= <a@b.test>\r\nSubject: x\r\n\r\nplain words"
    seen = preview(message.parse(raw))
    assert seen.html == ""
    assert seen.text == "plain words"
    assert ("From", "Jürgen <a@b.test>") in seen.headers
