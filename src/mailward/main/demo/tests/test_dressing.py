# SPDX-License-Identifier: Apache-2.0
"""What leaves the demo is dated now and truly signed, as seen by other people's software."""

import base64
import email
import email.policy
import ipaddress
import warnings
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import dkim
import dns.name
import dns.rdatatype
import dns.zonefile
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mailward.main.demo.dressing import dress, redated
from mailward.main.demo.index import specimens
from mailward.main.demo.keys import SenderKeys
from mailward.main.demo.zone import zone

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its source has escapes that Python frowns upon
    import spf

NOW = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys():
    return SenderKeys.make()


@pytest.fixture(scope="module")
def records(keys):
    """Name and kind to values, as dnspython reads the zone."""
    sets = dns.zonefile.read_rrsets(zone(keys), default_ttl=300, origin=dns.name.root, relativize=False)
    found = {}
    for rrset in sets:
        found.setdefault((rrset.name.to_text().lower(), dns.rdatatype.to_text(rrset.rdtype)), []).extend(rrset)
    return found


def texts(records, name):
    return [b"".join(rdata.strings) for rdata in records.get((name.rstrip(".").lower() + ".", "TXT"), [])]


class _VerifyKey:
    """What dkimpy asks of PyNaCl, answered by the library that is here anyway."""

    def __init__(self, octets, encoder):
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(octets))

    def verify(self, digest, signature):
        self._key.verify(signature, digest)


_NACL = SimpleNamespace(
    signing=SimpleNamespace(VerifyKey=_VerifyKey),
    encoding=SimpleNamespace(Base64Encoder=None),
    exceptions=SimpleNamespace(BadSignatureError=InvalidSignature, ValueError=ValueError),
)


@pytest.mark.parametrize("specimen", [s for s in specimens() if s.sign], ids=lambda specimen: specimen.id)
def test_all_signatures_verify(specimen, keys, records, monkeypatch):
    monkeypatch.setattr(dkim, "nacl", _NACL, raising=False)
    mail = dress(specimen, keys=keys, now=NOW)

    def look_up(name, timeout=5):
        return next(iter(texts(records, name.decode())), None)

    checker = dkim.DKIM(mail, minkey=1024)
    for number in range(len(specimen.sign)):
        assert checker.verify(number, dnsfunc=look_up), number
    altered = dkim.DKIM(mail.replace(b"Subject: ", b"Subject: Fwd: ", 1))
    assert not altered.verify(dnsfunc=look_up)


def test_dates_are_now_and_keep_their_time_zone(keys):
    for specimen in specimens():
        before = email.message_from_bytes(specimen.path.read_bytes(), policy=email.policy.default)["Date"].datetime
        mail = email.message_from_bytes(dress(specimen, keys=keys, now=NOW), policy=email.policy.default)
        assert mail["Date"].datetime == NOW - timedelta(seconds=2)
        assert mail["Date"].datetime.utcoffset() == before.utcoffset()
        assert all("2025" in received for received in mail.get_all("Received", []))


def test_a_mail_without_a_date_is_refused():
    with pytest.raises(ValueError, match="Date"):
        redated(b"Subject: none\r\n\r\n", now=NOW)


def test_the_test_virus_is_whole_when_it_leaves(keys):
    specimen = next(specimen for specimen in specimens() if specimen.id == "eicar-test-file")
    mail = email.message_from_bytes(dress(specimen, keys=keys, now=NOW), policy=email.policy.default)
    (part,) = mail.iter_attachments()
    assert len(part.get_content()) == 68
    assert b"EICAR-STANDARD-" in part.get_content()


def test_spf_says_what_the_stories_say(records, monkeypatch):
    def look_up(name, kind, tcpfallback=True, timeout=30):
        found = records.get((name.rstrip(".").lower() + ".", kind), [])
        if kind == "TXT":
            return [((name, kind), tuple(rdata.strings)) for rdata in found]
        if kind == "MX":
            return [((name, kind), (rdata.preference, rdata.exchange.to_text().rstrip("."))) for rdata in found]
        if kind == "A":
            return [((name, kind), str(ipaddress.ip_address(rdata.address))) for rdata in found]
        return []

    monkeypatch.setattr(spf, "DNSLookup", look_up)
    results = {}
    for specimen in specimens():
        sender = specimen.sender or f"postmaster@{specimen.helo}"
        results[specimen.id] = spf.check2(i=specimen.source, s=sender, h=specimen.helo)[0]
    for specimen in specimens():
        if specimen.expected in ("clean", "graymail"):
            assert results[specimen.id] == "pass", specimen.id
    assert results["mailbox-expires"] == "pass"
    assert results["extortion-coins"] == "fail"
    assert results["hidden-text-pills"] == "softfail"
    assert results["fapiao-zh"] == "none"
    assert spf.check2(i="127.0.0.1", s="anybody@sender.test", h="client.test")[0] == "pass"
    assert spf.check2(i="::1", s="anybody@sender.test", h="client.test")[0] == "pass"


def test_the_correspondent_of_the_contract(records):
    assert [rdata.exchange.to_text() for rdata in records["sender.test.", "MX"]] == ["mail.sender.test."]
    assert texts(records, "_dmarc.sender.test") == []
    assert b"p=reject" in texts(records, "_dmarc.example.test")[0]


def test_senders_addresses_have_confirmed_names(records):
    for specimen in specimens():
        if specimen.expected == "clean":
            pointer = ipaddress.ip_address(specimen.source).reverse_pointer + "."
            (name,) = (rdata.target.to_text() for rdata in records[pointer, "PTR"])
            assert specimen.source in [rdata.address for rdata in records[name, "A"]], specimen.id


def test_every_domain_that_signs_publishes_its_key(records):
    for specimen in specimens():
        for wanted in specimen.sign:
            kind, domain = wanted.split()
            selector = {"rsa": "s2026", "ed25519": "e2026"}[kind]
            assert texts(records, f"{selector}._domainkey.{domain}"), wanted


def test_keys_are_made_once_and_kept_private(tmp_path):
    first = SenderKeys.kept(tmp_path / "keys")
    second = SenderKeys.kept(tmp_path / "keys")
    assert first.public("rsa") == second.public("rsa")
    assert first.public("ed25519") == second.public("ed25519")
    assert (tmp_path / "keys" / "rsa.pem").stat().st_mode & 0o777 == 0o600
