# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime

import pytest

from mailward.checks.authentication.results import authentication_results, forged
from mailward.contract.authentication import ArcResult, Authentication, DkimResult, DmarcResult, SpfResult
from mailward.contract.envelope import Connection, Envelope

OURS = "mx.example.test"
AR = "Authentication-Results"


def envelope(sender: str) -> Envelope:
    return Envelope(sender=sender, recipients=("b@example.test",), received_at=datetime.now(UTC))


def written(said: Authentication, *, sender="a@sender.test", helo="mx.sender.test", peer="192.0.2.1") -> str:
    connection = Connection(peer_ip=peer, helo=helo)
    return authentication_results(said, authserv_id=OURS, connection=connection, envelope=envelope(sender))


def test_everything_is_said():
    said = Authentication(
        evaluated=True,
        spf=SpfResult(result="pass", domain="sender.test"),
        dkim=(DkimResult(result="pass", domain="sender.test", selector="sel", algorithm="rsa-sha256", bits=2048),),
        dmarc=DmarcResult(result="pass", domain="sender.test", policy="reject", aligned=("spf", "dkim")),
        arc=ArcResult(result="pass", sealers=("list.test",)),
    )
    assert written(said).split(";\r\n\t") == [
        "mx.example.test",
        "spf=pass smtp.mailfrom=a@sender.test smtp.remote-ip=192.0.2.1",
        "dkim=pass (2048-bit key) header.d=sender.test header.s=sel header.a=rsa-sha256",
        "dmarc=pass (p=reject) header.from=sender.test",
        "arc=pass (i=1)",
    ]


def test_nothing_evaluated():
    assert written(Authentication()) == "mx.example.test; none"


def test_helo_of_a_bounce():
    said = Authentication(evaluated=True, spf=SpfResult(result="pass", domain="mx.sender.test", scope="helo"))
    assert "spf=pass smtp.helo=mx.sender.test smtp.remote-ip" in written(said, sender="")


@pytest.mark.parametrize(
    "hostile",
    [
        "a@evil.test; dmarc=pass header.from=bank.test",
        'a"@evil.test',
        "a\r\nAuthentication-Results: mx.example.test; dmarc=pass@evil.test",
        "a(comment@evil.test",
        "a\\@evil.test",
        "a\0b@evil.test",
        "\u202ea@evil.test",
        "a@" + "x" * 5000,
    ],
)
def test_nothing_in_a_mail_can_write_in_it(hostile):
    said = Authentication(
        evaluated=True,
        spf=SpfResult(result="fail", why=hostile),
        dkim=(DkimResult(result="fail", domain=hostile, selector=hostile, why=hostile),),
        dmarc=DmarcResult(result="fail", domain=hostile, why=hostile),
    )
    field = written(said, sender=hostile, helo=hostile, peer=hostile)
    assert len(field.split("\r\n")) == 5
    bare, quoted, skip = "", False, False
    for letter in field.replace("\r\n\t", ""):
        if skip or (quoted and letter == "\\"):
            skip = not skip
        elif letter == '"':
            quoted = not quoted
        elif not quoted:
            bare += letter
    assert not quoted
    assert bare.count(";") == 4
    assert bare.isascii()
    assert "dmarc=pass" not in bare
    assert all(len(line) < 1900 for line in field.split("\r\n"))


def test_name_of_ours_must_be_a_host_name():
    with pytest.raises(ValueError, match="no host name"):
        authentication_results(
            Authentication(), authserv_id="a b", connection=Connection(peer_ip=""), envelope=envelope("")
        )


@pytest.mark.parametrize(
    "value",
    [
        "mx.example.test; dmarc=pass",
        " MX.Example.TEST; dmarc=pass",
        "mx.example.test 1; dmarc=pass",
        "\r\n\tmx.example.test\r\n\t; dmarc=pass",
        "(a comment) mx.example.test; dmarc=pass",
        "(a (nested;) comment) mx.example.test; dmarc=pass",
        "mx.example.test(x); dmarc=pass",
        '"mx.example.test"; dmarc=pass',
        '"mx\\.example.test"; dmarc=pass',
        "mx.example.test.; dmarc=pass",
        "mx.example.test",
        "mx.example\0.test; dmarc=pass",
        "mx.exam\u200bple.test; dmarc=pass",
        "\uff4d\uff58.example.test; dmarc=pass",
        "mx.example.\r\n test; dmarc=pass",
        "(" * 3 + "mx.example.test; dmarc=pass",
        "(" + "x" * 5000 + ") mx.example.test; dmarc=pass",
        b"mx.example.test; dmarc=pass",
    ],
)
def test_forged(value):
    assert forged([(0, "Subject", "x"), (7, AR, value)], OURS) == (7,)


@pytest.mark.parametrize("name", ["authentication-results", "AUTHENTICATION-RESULTS ", "Authentication-Results\t"])
def test_forged_whatever_the_case_of_the_name(name):
    assert forged([(3, name, "mx.example.test; none")], OURS) == (3,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (AR, "mx.other.test; dmarc=pass"),
        (AR, "mx.other.test; spf=pass smtp.helo=mx.example.test"),
        (AR, "evil-mx.example.test; dmarc=pass"),
        (AR, "mx.example.test.evil.test; dmarc=pass"),
        ("ARC-Authentication-Results", "i=1; mx.example.test; dmarc=pass"),
        ("X-Authentication-Results", "mx.example.test; dmarc=pass"),
        (AR, ""),
    ],
)
def test_not_forged(name, value):
    assert forged([(0, name, value)], OURS) == ()
