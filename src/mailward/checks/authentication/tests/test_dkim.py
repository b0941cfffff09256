# SPDX-License-Identifier: Apache-2.0
import hashlib

import pytest

from mailward.checks.authentication import dkim
from mailward.checks.authentication.canonical import Mail
from mailward.checks.authentication.fields import split
from mailward.checks.authentication.tests.signing import ed25519_key, key_record, rsa_key, signed
from mailward.egress.dns.service import Dns, Zone

NOW = 1_800_000_000.0
MAIL = (
    b"From: A <a@sender.test>\r\nTo: b@example.test\r\nSubject: hello\r\n"
    b"Date: Mon, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@sender.test>\r\n\r\nHello,\r\n  world  \r\n\r\n\r\n"
)
NAME = "sel._domainkey.sender.test"


async def verified(raw: bytes, *records: bytes, trouble=()):
    zone = Zone({NAME: {"TXT": records or (key_record(rsa_key()),)}}, trouble=trouble)
    return await dkim.verify(Mail(split(raw)), Dns(zone).for_feature("test"), now=NOW)


async def one(raw: bytes, *records: bytes, trouble=()):
    results = await verified(raw, *records, trouble=trouble)
    assert len(results) == 1
    return results[0]


@pytest.mark.parametrize("form", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed"])
async def test_pass(form):
    result = await one(signed(MAIL, c=form))
    assert (result.result, result.domain, result.selector) == ("pass", "sender.test", "sel")
    assert (result.algorithm, result.bits, result.why) == ("rsa-sha256", 2048, "")


async def test_ed25519():
    result = await one(signed(MAIL, ed25519_key()), key_record(ed25519_key()))
    assert (result.result, result.algorithm) == ("pass", "ed25519-sha256")


async def test_the_key_that_fits_is_taken_of_several():
    assert (await one(signed(MAIL), key_record(ed25519_key()), key_record(rsa_key()))).result == "pass"


@pytest.mark.parametrize(
    ("was", "becomes", "why"),
    [
        (b"hello", b"goodbye", "header"),
        (b"world", b"moon", "body"),
        (b"From: A", b"From: B", "header"),
        (b"\r\n\r\nHello", b"\r\nSender: x@evil.test\r\n\r\nHello", ""),
    ],
)
async def test_changed_mail(was, becomes, why):
    result = await one(signed(MAIL).replace(was, becomes, 1))
    assert result.result == ("fail" if why else "pass")
    assert why in result.why


@pytest.mark.parametrize(
    ("tags", "result", "why"),
    [
        ({"a": "rsa-sha1"}, "policy", "8301"),
        ({"a": "rsa-md5"}, "permerror", "algorithm"),
        ({"v": "2"}, "permerror", "version"),
        ({"c": "nofws"}, "permerror", "canonical"),
        ({"h": "to:subject"}, "permerror", "From"),
        ({"h": "from:" * 1001 + "from"}, "permerror", "too many"),
        ({"i": "@other.test"}, "permerror", "i="),
        ({"i": "a@mail.sender.test"}, "pass", ""),
        ({"q": "dns/other"}, "permerror", "fetch"),
        ({"d": "sender..test"}, "permerror", "no name"),
        ({"t": "1700000000", "x": "1700000001"}, "fail", "expired"),
        ({"t": "1700000001", "x": "1700000000"}, "permerror", "expires before"),
        ({"t": "1900000000"}, "policy", "future"),
        ({"t": "soon"}, "permerror", "no number"),
        ({"l": "99999"}, "permerror", "longer"),
        ({"b": "!"}, "permerror", "base64"),
        ({"b": "AAAA"}, "fail", "header"),
        ({"bh": "AAAA"}, "fail", "body"),
        ({"x": "9" * 5000}, "permerror", "no number"),
    ],
)
async def test_tags(tags, result, why):
    said = await one(signed(MAIL, **tags))
    assert said.result == result, said
    assert why in said.why


@pytest.mark.parametrize("name", ["v", "a", "d", "s", "h"])
async def test_missing_tag(name):
    assert (await one(signed(MAIL, drop=name))).result == "permerror"


async def test_length_that_leaves_a_part_unsigned_earns_nothing():
    body = len(b"Hello,\r\n world\r\n")
    whole = await one(signed(MAIL, l=str(body)))
    assert (whole.result, whole.partial) == ("pass", False)
    said = await one(signed(MAIL, l=str(body)) + b"Send money.\r\n")
    assert (said.result, said.partial) == ("policy", True)
    assert "l=" in said.why


@pytest.mark.parametrize("name", [b"From", b"Subject", b"Date", b"Message-ID", b"To"])
async def test_a_second_field_on_top_spoils_the_signature(name):
    said = await one(name + b": another <x@evil.test>\r\n" + signed(MAIL))
    assert said.result == "policy"
    assert "more often" in said.why
    below = signed(MAIL).replace(b"\r\n\r\nHello", b"\r\n" + name + b": another <x@evil.test>\r\n\r\nHello", 1)
    assert (await one(below)).result in ("fail", "policy")


@pytest.mark.parametrize("line", [b"no field", b"F\0rom: x@evil.test", b": x", b"S\xffubject: x"])
async def test_a_line_that_is_no_field_spoils_the_signature(line):
    said = await one(signed(MAIL).replace(b"To:", line + b"\r\nTo:", 1))
    assert said.result == "policy"
    assert "no field" in said.why
    assert (await one(signed(MAIL, h="from::to"))).result == "pass"


async def test_over_signing():
    names = "from:from:to:subject:subject:date:message-id"
    assert (await one(signed(MAIL, h=names))).result == "pass"
    assert (await one(b"Subject: other\r\n" + signed(MAIL, h=names))).result == "fail"


@pytest.mark.parametrize(
    ("record", "result", "why"),
    [
        (b"v=DKIM1; p=", "permerror", "revoked"),
        (b"v=DKIM2; p=AAAA", "permerror", "version"),
        (b"k=rsa; v=DKIM1; p=AAAA", "permerror", "version"),
        (b"v=spf1 -all", "permerror", "cannot be read"),
        (b"v=DKIM1; k=dsa; p=AAAA", "permerror", "unknown kind"),
        (b"v=DKIM1; p=AAAA", "permerror", "cannot be read"),
        (b"v=DKIM1; p=%%%", "permerror", "cannot be read"),
        (b"v=DKIM1; k=ed25519; p=AAAA", "permerror", "cannot be read"),
        (b"v=DKIM1; p=" + b"A" * 9000, "permerror", "too long"),
        (b"\xff\xfe", "permerror", "cannot be read"),
    ],
)
async def test_unfit_keys(record, result, why):
    said = await one(signed(MAIL), record)
    assert said.result == result, said
    assert why in said.why


@pytest.mark.parametrize(
    ("flags", "result"),
    [
        ("t=y;", "neutral"),
        ("t=s;", "pass"),
        ("h=sha1;", "permerror"),
        ("h=sha1 : sha256;", "pass"),
        ("s=tlsrpt;", "permerror"),
    ],
)
async def test_key_flags(flags, result):
    assert (await one(signed(MAIL), key_record(rsa_key(), flags=flags))).result == result


async def test_strict_key_forbids_subdomains():
    record = key_record(rsa_key(), flags="t=s;")
    assert (await one(signed(MAIL, i="@mail.sender.test"), record)).result == "permerror"


@pytest.mark.parametrize("bits", [1024, 4096])
async def test_key_sizes_that_count(bits):
    key = rsa_key(bits)
    assert (await one(signed(MAIL, key), key_record(key))).bits == bits


SHORT_KEY = (  # 512 bits, made with openssl
    b"v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAOm++eDqNmjxRAY+/+YfM4IRjyb8ZDNeJ9eE9t"
    b"vSiq0B3bfp+Nnefr3EaMXNFhg+A6hV8fZY6XoAH4McfvVvt28CAwEAAQ=="
)


async def test_short_key():
    said = await one(signed(MAIL), SHORT_KEY)
    assert (said.result, said.bits) == ("policy", 512)


async def test_dns_trouble_is_temporary():
    said = await one(signed(MAIL), trouble=[NAME])
    assert (said.result, said.domain) == ("temperror", "sender.test")
    said = await one(signed(MAIL, s="other"))
    assert (said.result, said.why) == ("permerror", "no key was found")


async def test_at_most_ten_signatures_and_the_body_is_hashed_once(monkeypatch):
    raw = MAIL
    for _ in range(12):
        raw = signed(MAIL)[: -len(MAIL)] + raw
    hashed = []
    real = hashlib.sha256
    monkeypatch.setattr(
        "mailward.checks.authentication.canonical.hashlib.sha256",
        lambda data: hashed.append(bytes(data)) or real(data),
    )
    results = await verified(raw)
    assert [result.result for result in results] == ["pass"] * 10 + ["policy"]
    assert "2 more" in results[-1].why
    assert sum(b"Hello," in data and b"From" not in data for data in hashed) == 1


async def test_too_many_fields_are_not_examined():
    results = await verified(b"X: y\r\n" * 3000 + signed(MAIL))
    assert [result.result for result in results] == ["permerror"]


async def test_large_body():
    raw = MAIL + b"line\r\n" * 300_000
    assert (await one(signed(raw))).result == "pass"


async def test_lines_that_end_in_lf_only():
    raw = signed(MAIL).replace(b"\r\n", b"\n")
    assert (await one(raw)).result == "pass"
