# SPDX-License-Identifier: Apache-2.0
"""Tricks with the From field (after espoofer and EPVME): a reader may show one sender, a checker judge another.

Each must be noted, and the address that some reader shows must be among the senders that we judge, or
the field must be called unreadable.
"""

import base64

import pytest

from mailward import message

SHOWN = "admin@bank.test"
CODED = base64.b64encode(b"<admin@bank.test>, ").decode()
TRICKS = {
    "two fields": "From: a@evil.test\r\nFrom: admin@bank.test\r\n",
    "space before the colon": "From: a@evil.test\r\nFrom : admin@bank.test\r\n",
    "space before the colon, first": "From : admin@bank.test\r\nFrom: a@evil.test\r\n",
    "space before the name": "Subject: x\r\n From: a@evil.test\r\nFrom: admin@bank.test\r\nFrom: a@evil.test\r\n",
    "foreign character in the name": "From: a@evil.test\r\nFrom\u00a0: admin@bank.test\r\n",
    "NUL behind the name": "From\0: admin@bank.test\r\nFrom: a@evil.test\r\n",
    "NUL in the address": "From: admin@bank.test\0@evil.test\r\n",
    "two addresses": "From: <admin@bank.test>, <a@evil.test>\r\n",
    "two bracketed addresses": "From: <admin@bank.test> <a@evil.test>\r\n",
    "brackets in brackets": "From: <a@evil.test<admin@bank.test>\r\n",
    "several at signs": "From: admin@bank.test@evil.test\r\n",
    "route": "From: <@evil.test,@other.test:admin@bank.test>\r\n",
    "encoded address": f"From: =?utf-8?B?{CODED}?= <a@evil.test>\r\n".replace(" <a@evil.test>", ""),
    "encoded word in brackets": "From: <=?utf-8?q?admin=40bank.test?=>\r\n",
    "unclosed quote": 'From: "admin@bank.test <a@evil.test>\r\n',
    "unclosed comment": "From: (admin@bank.test <a@evil.test>\r\n",
    "words around": "From: admin@bank.test, a@evil.test sender\r\n",
    "field behind a CR": "X-Note: x\rFrom: admin@bank.test\r\nFrom: a@evil.test\r\n",
    "no field": "Sender: admin@bank.test\r\n",
    "empty field": "From: \r\n",
    "line of blanks": "X-Note: x\r\n \t \r\nFrom: admin@bank.test\r\n",
    "text in the header": "X-Note: x\r\nand so on\r\nFrom: admin@bank.test\r\n",
}
HONEST = [
    "From: admin@bank.test\r\n",
    "From:\r\n Bank <admin@bank.test>\r\n",
    'From: "Bank, The" <admin@bank.test>\r\n',
    "From: =?utf-8?q?B=C3=A4nk?= <admin@bank.test>\r\n",
    "From: admin@bank.test (The Bank)\r\n",
    'From: "Bank \\"1\\"" <Admin@BANK.test>\r\n',
]


@pytest.mark.parametrize("trick", TRICKS)
def test_tricks_are_noted(trick):
    raw = TRICKS[trick].encode("latin-1") + b"To: lee@example.test\r\n\r\nhello"
    assert message.parse(raw).ambiguities, trick


@pytest.mark.parametrize(
    "trick", ["two fields", "space before the colon", "space before the colon, first", "two addresses"]
)
def test_every_shown_sender_is_judged(trick):
    mail = message.parse(TRICKS[trick].encode("latin-1") + b"\r\nhello")
    assert {sender.address for sender in mail.senders} == {SHOWN, "a@evil.test"}


@pytest.mark.parametrize("field", HONEST)
def test_honest_senders_are_not(field):
    mail = message.parse(field.encode() + b"To: lee@example.test\r\n\r\nhello")
    assert mail.ambiguities == ()
    assert mail.senders[0].address.lower() == SHOWN
