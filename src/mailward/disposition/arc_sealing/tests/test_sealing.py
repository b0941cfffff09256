# SPDX-License-Identifier: Apache-2.0
"""A seal of ours holds for other verifiers, says what was found on the original, and is never put on a broken chain."""

from datetime import UTC, datetime

import dkim
import msgspec
import pytest

from house import letter
from mailward.checks.authentication.service import authenticate, authentication_results
from mailward.checks.authentication.tests.signing import key_record, rsa_key, signed
from mailward.contract.authentication import ArcResult, Authentication, Sealed
from mailward.contract.decision import Edits
from mailward.contract.envelope import Connection, Envelope
from mailward.disposition.arc_sealing.service import seal, to_be_sealed
from mailward.disposition.arc_sealing.settings import ArcSealingSettings
from mailward.disposition.dkim_signing.keys import Algorithm
from mailward.disposition.dkim_signing.tests.rings import AT, signing_organization
from mailward.egress.dns.service import Dns, Zone
from mailward.message import edit

PEER = Connection(peer_ip="192.0.2.9", helo="mx.sender.test")
ENVELOPE = Envelope(sender="ann@sender.test", recipients=("lee@example.test",), received_at=datetime.now(UTC))
SENDER = {
    "sel._domainkey.sender.test": key_record(rsa_key()),
    "_dmarc.sender.test": b"v=DMARC1; p=reject",
}


async def seen(raw, records):
    zone = Zone({name: {"TXT": [text]} for name, text in {**SENDER, **records}.items()})
    return await authenticate(raw, PEER, ENVELOPE, Dns(zone).for_feature("test"), now=AT.timestamp())


def seen_by_dkimpy(raw, records):
    answers = {f"{name}.".encode(): text for name, text in records.items()}
    cv, _, why = dkim.ARC(raw).verify(dnsfunc=lambda name, timeout=5: answers.get(name))
    return cv, why


async def passed_on(policy, raw, records, *, tag="[Bulk]", hostname="mx.example.test"):
    """The mail as a gateway of ours hands it on: evaluated, edited, sealed."""
    said = await seen(raw, records)
    results = authentication_results(said, authserv_id=hostname, connection=PEER, envelope=ENVELOPE)
    edits = Edits(subject_tag=tag, headers=(("Authentication-Results", results),))
    edits = msgspec.structs.replace(edits, seal=to_be_sealed(policy, edits, said))
    return await seal(policy, edit.apply(raw, edits), edits, domain="example.test", at=AT, original=raw)


@pytest.mark.parametrize("algorithm", [Algorithm.RSA])
async def test_two_verifiers_agree_and_the_seal_says_what_was_found(algorithm):
    policy, records = signing_organization(algorithm)
    raw = signed(letter("Sale", From="Ann <ann@sender.test>"))
    made = await passed_on(policy, raw, records)
    assert seen_by_dkimpy(made, records)[0] == b"pass", seen_by_dkimpy(made, records)
    said = await seen(made, records)
    assert said.dkim[0].result == "fail", "the tag broke the sender's signature"
    assert said.arc == ArcResult(
        result="pass", sealers=("example.test",), seen=(Sealed(dmarc="pass", author="sender.test"),)
    )


async def test_a_chain_grows():
    first, records = signing_organization(Algorithm.RSA)
    second, more = signing_organization(Algorithm.ED25519)
    records = {**records, **more}
    raw = signed(letter("Sale", From="Ann <ann@sender.test>"))
    once = await passed_on(first, raw, records)
    twice = await passed_on(second, once, records, tag="[Again]", hostname="mx2.example.test")
    said = await seen(twice, records)
    assert (said.arc.result, said.arc.sealers) == ("pass", ("example.test", "example.test")), said.arc
    assert [one.dmarc for one in said.arc.seen] == ["pass", "fail"]
    assert b"cv=none" in twice
    assert b"cv=pass" in twice
    thrice = await passed_on(first, twice, records, tag="[3]")
    assert (await seen(thrice, records)).arc.result == "pass"


async def test_a_broken_chain_is_not_sealed():
    policy, records = signing_organization(Algorithm.RSA)
    once = await passed_on(policy, signed(letter("Sale", From="Ann <ann@sender.test>")), records)
    broken = once + b"and more\r\n"
    assert (await seen(broken, records)).arc.result == "fail"
    again = await passed_on(policy, broken, records)
    assert again.count(b"ARC-Seal:") == 1


def test_what_is_sealed():
    def state(edits, arc="none", *, settings=None, evaluated=True):
        policy, _ = signing_organization(Algorithm.RSA, more={"arc_sealing": settings or ArcSealingSettings()})
        return to_be_sealed(policy, edits, Authentication(evaluated=evaluated, arc=ArcResult(result=arc)))

    assert state(Edits(headers=(("X", "y"),), removed=(1,))) == "", "our headers alone change nothing that was signed"
    assert state(Edits(subject_tag="[x]")) == "none"
    assert state(Edits(stamp="x"), "pass") == "pass"
    assert state(Edits(stamp="x"), "fail") == ""
    assert state(Edits(stamp="x"), "temperror") == ""
    assert state(Edits(), "pass", settings=ArcSealingSettings(when="always")) == "pass"
    assert state(Edits(stamp="x"), settings=ArcSealingSettings(enabled=False)) == ""
    assert state(Edits(stamp="x"), evaluated=False) == ""


async def test_without_a_key_a_copy_stays_as_it_was_edited():
    policy, records = signing_organization()
    raw = letter("Sale", From="Ann <ann@sender.test>")
    assert b"ARC-" not in await passed_on(policy, raw, records)
    policy, records = signing_organization(Algorithm.RSA)
    said = await seen(raw, records)
    edits = Edits(subject_tag="[x]", seal=to_be_sealed(policy, Edits(subject_tag="[x]"), said))
    copy = edit.apply(raw, edits)
    assert await seal(policy, copy, edits, domain="other.test", at=AT, original=raw) == copy
