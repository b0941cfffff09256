# SPDX-License-Identifier: Apache-2.0
"""Mails made to be slow. Each is a function of a size in bytes, so that a test can choose how large."""

from collections.abc import Callable

TOP = b"From: a@sender.test\r\nSubject: x\r\n"
Bomb = Callable[[int], bytes]


def _nested_multiparts(size: int) -> bytes:
    level = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
    return TOP + b"".join(level % (depth, depth) for depth in range(size // 60))


def _one_boundary_for_all(size: int) -> bytes:
    return TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * (size // 55)


def _nested_messages(size: int) -> bytes:
    return TOP + b"Content-Type: message/rfc822\r\n\r\n" * (size // 32)


def _parts(size: int) -> bytes:
    return TOP + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * (size // 10)


def _header(name: bytes, value: bytes) -> Bomb:
    return lambda size: TOP + name + b": " + value * (size // len(value)) + b"\r\n\r\nbody"


def _type(value: bytes) -> Bomb:
    return _header(b"Content-Type: multipart/mixed; boundary=b; x", value)


def _body(kind: bytes, text: bytes, end: bytes = b"") -> Bomb:
    return lambda size: TOP + kind + b"\r\n\r\n" + text * (size // len(text)) + end


_HTML = b"Content-Type: text/html"
_MIXED = b"Content-Type: multipart/mixed; boundary=b"

BOMBS: dict[str, Bomb] = {
    "nested multiparts": _nested_multiparts,
    "one boundary for all": _one_boundary_for_all,
    "nested messages": _nested_messages,
    "very many parts": _parts,
    "folded subject": _header(b"Subject", b"word\r\n "),
    "many recipients": _header(b"To", b"a@b.test, "),
    "many senders": _header(b"From", b"<a@b.test>, "),
    "encoded words": _header(b"Subject", b"=?utf-8?q?a?= "),
    "unclosed encoded words": _header(b"Subject", b"=?utf-8?q?a "),
    "unclosed quotes": _header(b"From", b'"\\" '),
    "unclosed comments": _header(b"From", b"((a)"),
    "only comments": _header(b"From", b"(" * 50 + b")" * 49),
    "angle brackets": _header(b"From", b"<,"),
    "one long word": _header(b"From", b"a"),
    "at signs": _header(b"From", b"@"),
    "parameters": _type(b"; a=b"),
    "semicolons": _type(b";"),
    "boundaries": _type(b"; boundary=b"),
    "quotes in a type": _type(b'"'),
    "comments in a type": _type(b"("),
    "pieces of a name": _type(b"; name*0*=utf-8''x"),
    "fields": lambda size: TOP + b"X: y\r\n" * (size // 6) + b"\r\n",
    "types": lambda size: TOP + b"Content-Type: multipart/mixed; boundary=c\r\n" * (size // 43) + b"\r\n--c\r\n\r\nx",
    "bare CR": _body(b"X: y", b"\r"),
    "NUL": _body(b"X: y", b"\0"),
    "dashes": _body(_MIXED, b"-"),
    "dashes in lines": _body(_MIXED, b"--\n"),
    "near boundaries": _body(_MIXED, b"--bx\n"),
    "boundaries and blanks": _body(_MIXED, b"--b" + b" " * 90 + b"x\n"),
    "guessing": _body(b"Content-Type: multipart/mixed; boundary=none", b"--a\nx"),
    "padding": _body(b"Content-Transfer-Encoding: base64", b"QQ=="),
    "junk in base64": _body(b"Content-Transfer-Encoding: base64", b"QUFB#"),
    "short base64 lines": _body(b"Content-Transfer-Encoding: base64", b"Q\n"),
    "escapes": _body(b"Content-Transfer-Encoding: quoted-printable", b"="),
    "escapes and blanks": _body(b"Content-Transfer-Encoding: quoted-printable", b"= "),
    "uuencoded frames": _body(b"Content-Type: text/plain", b"begin 644 a\n"),
    "yenc frames": _body(b"Content-Type: text/plain", b"=ybegin name=a\n"),
    "nested tags": _body(_HTML, b"<div>"),
    "nested misnested tags": _body(_HTML, b"<div><table></div>"),
    "formatting": _body(_HTML, b"<p><b><i><font size=1>"),
    "attributes": _body(_HTML, b" a=b", b">"),
    "attributes of one tag": lambda size: (
        TOP + _HTML + b"\r\n\r\n<a " + b"".join(b"a%d " % n for n in range(size // 8)) + b">"
    ),
    "options": _body(_HTML, b"<option>"),
    "open tags": _body(_HTML, b"<"),
    "comments": _body(_HTML, b"<!--"),
    "styles": _body(_HTML + b"\r\n\r\n<style>", b".a{display:none}"),
    "style comments": _body(_HTML + b"\r\n\r\n<style>", b"/*display:none"),
    "styled elements": _body(_HTML, b'<i style="color:#fff">x</i>'),
    "hidden elements": _body(_HTML, b'<i style="display:none">x</i>'),
    "links": _body(_HTML, b"<a href=http://a.test>x</a>"),
    "images": _body(_HTML, b"<img src=x>"),
    "forms": _body(_HTML, b"<form action=x><input type=password></form>"),
    "addresses in text": _body(b"X: y", b"http://a.test/x "),
    "half addresses": _body(b"X: y", b"<http://a"),
    "names in text": _body(b"X: y", b"a.b.c.d."),
    "brackets behind an address": _body(b"X: y\r\n\r\nhttp://a.test/", b")"),
    "one word of text": _body(b"X: y", b"a"),
}
