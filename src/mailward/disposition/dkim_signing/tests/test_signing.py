# SPDX-License-Identifier: Apache-2.0
"""What we sign, others verify; and what is not ours to sign, we do not."""

import re
from datetime import UTC, datetime, timedelta

import dkim
import pytest

from house import letter
from mailward.checks.authentication.service import authenticate
from mailward.contract.envelope import Connection, Envelope
from mailward.disposition.delivery.service import canonical, outgoing
from mailward.disposition.dkim_signing import keys
from mailward.disposition.dkim_signing.keys import Algorithm
from mailward.disposition.dkim_signing.service import sign
from mailward.disposition.dkim_signing.settings import DkimSigningSettings
from mailward.disposition.dkim_signing.tests.rings import AT, signing_organization
from mailward.egress.dns.service import Dns, Zone
from mailward.kit.ids import new_id
from mailward.kit.vault import Key, VaultError

BOTH = (Algorithm.RSA, Algorithm.ED25519)
OURS = {"From": "Lee <lee@example.test>", "To": "Ann <ann@sender.test>"}


async def seen_by_us(raw, records, *, at=AT):
    zone = Zone(
        {
            **{name: {"TXT": [text]} for name, text in records.items()},
            "_dmarc.example.test": {"TXT": [b"v=DMARC1; p=reject"]},
        }
    )
    envelope = Envelope(sender="lee@example.test", recipients=("ann@sender.test",), received_at=datetime.now(UTC))
    peer = Connection(peer_ip="192.0.2.9", helo="mx.example.test")
    return await authenticate(raw, peer, envelope, Dns(zone).for_feature("test"), now=at.timestamp())


def seen_by_dkimpy(raw, records):
    """What dkimpy says of the RSA signatures; for Ed25519 it needs a library that we do not have. Our verifier is
    held to the example of RFC 8463 in tests/conformance."""
    answers = {f"{name}.".encode(): text for name, text in records.items()}
    kinds = re.findall(rb"DKIM-Signature: v=1; a=(\w+)-", raw)
    return [
        dkim.DKIM(raw).verify(idx=index, dnsfunc=lambda name, timeout=5: answers.get(name))
        for index, kind in enumerate(kinds)
        if kind == b"rsa"
    ]


@pytest.mark.parametrize("algorithms", [(Algorithm.RSA,), (Algorithm.ED25519,), BOTH], ids=["rsa", "ed25519", "both"])
@pytest.mark.parametrize("form", ["relaxed/relaxed", "relaxed/simple", "simple/simple"])
async def test_two_verifiers_agree_that_it_holds(algorithms, form):
    policy, records = signing_organization(
        *algorithms, settings=DkimSigningSettings(canonicalization=form, identity=True)
    )
    mail = letter("Zwölf Uhr dreißig", "One  two \n\n.dot\n\n\n", **OURS)
    made = await sign(policy, mail, sender="lee@example.test", at=AT)
    assert made.endswith(mail)
    assert seen_by_dkimpy(made, records) == [True] * algorithms.count(Algorithm.RSA)
    said = await seen_by_us(made, records)
    assert [signature.result for signature in said.dkim] == ["pass"] * len(algorithms)
    assert (said.dmarc.result, said.dmarc.aligned) == ("pass", ("dkim",))
    assert b"l=" not in made.partition(b"\r\n\r\n")[0].split(b"bh=")[0]
    assert all(len(line) < 90 for line in made.split(b"From:")[0].split(b"\r\n"))


@pytest.mark.parametrize("field", ["From", "Subject", "To", "Content-Type", "Reply-To"])
async def test_nobody_can_add_a_field_that_readers_show(field):
    """V20: what is there is sealed, and what is not there too."""
    policy, records = signing_organization(Algorithm.RSA)
    made = await sign(policy, letter(**OURS), sender="lee@example.test", at=AT)
    forged = f"{field}: evil@evil.test\r\n".encode() + made
    assert seen_by_dkimpy(forged, records) == [False]
    assert (await seen_by_us(forged, records)).dmarc.result != "pass"
    lengthened = made + b"and more\r\n"
    assert (await seen_by_us(lengthened, records)).dkim[0].result == "fail"


async def test_a_signature_expires():
    policy, records = signing_organization(Algorithm.RSA)
    made = await sign(policy, letter(**OURS), sender="lee@example.test", at=AT)
    late = await seen_by_us(made, records, at=AT + timedelta(days=15))
    assert (late.dkim[0].result, late.dkim[0].why) == ("fail", "the signature has expired")
    policy, records = signing_organization(Algorithm.RSA, settings=DkimSigningSettings(expiry_days=0))
    assert b" x=" not in await sign(policy, letter(**OURS), sender="lee@example.test", at=AT)


@pytest.mark.parametrize(
    ("author", "sender"),
    [
        ("Ann <ann@sender.test>", "lee@example.test"),
        ("Lee <lee@other.test>", "lee@other.test"),
        ("Lee <lee@example.test>", "lee@other.test"),
        ("Lee <lee@example.test>, Ann <ann@sender.test>", "lee@example.test"),
        ('"lee@example.test" <ann@sender.test>', "lee@example.test"),
        ("Lee <lee@news.example.test>", "lee@example.test"),
        ("Lee <lee@badexample.test>", "lee@example.test"),
    ],
)
async def test_only_what_is_the_organizations_own_is_signed(author, sender):
    """V23: neither another tenant's name in From, nor another's on the envelope."""
    policy, _ = signing_organization(*BOTH)
    mail = letter(**{**OURS, "From": author})
    assert await sign(policy, mail, sender=sender, at=AT) == mail


async def test_two_from_fields_are_not_signed():
    policy, _ = signing_organization(Algorithm.RSA)
    mail = b"From: ceo@bank.test\r\n" + letter(**OURS)
    assert await sign(policy, mail, sender="lee@example.test", at=AT) == mail


async def test_notices_with_a_null_sender_are_signed_unless_that_is_off():
    policy, records = signing_organization(Algorithm.RSA)
    mail = letter(**OURS)
    assert seen_by_dkimpy(await sign(policy, mail, sender="", at=AT), records) == [True]
    policy, _ = signing_organization(Algorithm.RSA, settings=DkimSigningSettings(sign_null_sender=False))
    assert await sign(policy, mail, sender="", at=AT) == mail


async def test_without_a_key_or_switched_off_a_mail_leaves_as_it_is():
    mail = letter(**OURS)
    policy, _ = signing_organization()
    assert await sign(policy, mail, sender="lee@example.test", at=AT) == mail
    policy, _ = signing_organization(Algorithm.RSA, settings=DkimSigningSettings(enabled=False))
    assert await sign(policy, mail, sender="lee@example.test", at=AT) == mail


async def test_a_key_opens_only_in_its_own_row():
    policy, _ = signing_organization(Algorithm.ED25519)
    [key] = policy.compiled["dkim_signing"].by_domain["example.test"]
    with pytest.raises(VaultError):
        key._replace(id=new_id(AT)).sign(b"d" * 32, policy.key)
    with pytest.raises(VaultError):
        key.sign(b"d" * 32, Key(b"x" * 32))


async def test_long_lines_are_folded_before_they_are_signed():
    policy, records = signing_organization(Algorithm.RSA)
    mail = outgoing(canonical(letter(**OURS) + b"word " * 500 + b"\n"))
    made = await sign(policy, mail, sender="lee@example.test", at=AT)
    assert outgoing(made) == made
    assert seen_by_dkimpy(made, records) == [True]


async def test_a_large_body_is_hashed_beside_the_loop_and_holds():
    policy, records = signing_organization(Algorithm.RSA)
    mail = letter(**OURS) + b"0123456789abcdef\r\n" * 100_000
    made = await sign(policy, mail, sender="lee@example.test", at=AT)
    assert (await seen_by_us(made, records)).dkim[0].result == "pass"


def test_a_record_can_be_published_and_a_selector_is_new():
    pair = keys.make(Algorithm.RSA, 2048)
    text = keys.record_of(Algorithm.RSA, pair.public)
    line = keys.zone_line("s._domainkey.example.test", text)
    strings = line.split('"')[1::2]
    assert "".join(strings) == text
    assert max(map(len, strings)) <= 255
    assert Zone.from_text(line.replace("IN ", ""))
    assert keys.selector_of(Algorithm.RSA, AT, frozenset()) == "mw20261127r"
    assert keys.selector_of(Algorithm.RSA, AT, frozenset({"mw20261127r", "mw20261127r2"})) == "mw20261127r3"
