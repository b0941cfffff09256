# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime

import pytest

from mailward.contract.envelope import Connection, Envelope
from mailward.message.trace import protocol
from mailward.message.trace import received as received_header

AT = datetime(2026, 11, 24, 9, 5, 0, tzinfo=UTC)


def envelope(*recipients, utf8=False):
    return Envelope(sender="a@b.example", recipients=recipients or ("lee@example.test",), utf8=utf8, received_at=AT)


def test_the_whole_field():
    connection = Connection(
        peer_ip="192.0.2.1", peer_name="mail.b.example", helo="b.example", tls="TLSv1.3 TLS_AES_256_GCM_SHA384"
    )
    assert received_header(connection, envelope(), "mx.example.test", "7f3") == (
        "from b.example (mail.b.example [192.0.2.1]) by mx.example.test with ESMTPS id 7f3 "
        "(TLSv1.3 TLS_AES_256_GCM_SHA384) for <lee@example.test>; Tue, 24 Nov 2026 09:05:00 +0000"
    )


def test_several_recipients_are_not_named():
    value = received_header(Connection(peer_ip="2001:db8::1"), envelope("a@x.example", "b@x.example"), "mx", "1")
    assert "for" not in value.split()
    assert "from unknown ([IPv6:2001:db8::1]) by mx with ESMTP id 1;" in value


@pytest.mark.parametrize("helo", ["x) by evil (", "x\r\nBcc: y@z", "x;y", 'x"y', "x\\", "ü"])
def test_what_a_peer_says_of_itself_stays_in_its_place(helo):
    value = received_header(Connection(peer_ip="192.0.2.1", helo=helo), envelope(), "mx", "1")
    said = value.removeprefix("from ").partition(" ([192.0.2.1]) by mx ")[0]
    assert said
    assert not set(said) & set('()\r\n;"\\ ')


def test_names_of_the_protocol():
    plain, tls = Connection(peer_ip="x"), Connection(peer_ip="x", tls="TLSv1.3 X")
    assert [protocol(c, envelope(utf8=u)) for c in (plain, tls) for u in (False, True)] == [
        "ESMTP", "UTF8SMTP", "ESMTPS", "UTF8SMTPS"
    ]  # fmt: skip
    assert protocol(Connection(peer_ip="x", extended=False), envelope()) == "SMTP"
