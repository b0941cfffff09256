# SPDX-License-Identifier: Apache-2.0
"""What servers must show before they get a mail, against every kind that does not. Clear text never where TLS is asked."""

import hashlib
import ssl

import pytest

from authority import Authority, der_of, first_in, public_key_of
from mailward.contract.dns import Tlsa
from mailward.disposition.delivery import certificates
from mailward.disposition.delivery.client import Destination, Item, Timeouts, Tls, deliver, open_dialogue
from mailward.disposition.delivery.dialogue import DeliveryError

QUICK = Timeouts(connect=5, greeting=5, handshake=5, command=5, slice=5, end_of_data=5)
MAIL = b"Subject: x\r\n\r\nSecret.\r\n"
OFFERS = ("PIPELINING", "STARTTLS")
HOST = "127.0.0.1"
EVERY = pytest.mark.parametrize("level", [Tls.OPPORTUNISTIC, Tls.MANDATORY, Tls.VERIFIED, Tls.DANE])


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """One that the system trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
    certificates.context.cache_clear()
    yield made
    certificates.context.cache_clear()


async def bring(server, level, **more):
    """(code, enhanced status, what the witness heard) of one mail."""
    outcomes = []
    destination = Destination(host=HOST, port=server.port, helo="gateway.example", tls=level, **more)
    try:
        dialogue = await open_dialogue(destination, timeouts=QUICK, witness=outcomes.append)
        try:
            [reply] = (await deliver(dialogue, Item("a@b.test", ("c@d.test",), MAIL), timeouts=QUICK)).values()
        finally:
            dialogue.close()
    except DeliveryError as exc:
        reply = exc.reply
    assert (b"Secret" in server.heard) == (reply.code == 250)
    return reply.code, reply.status, outcomes


def sha(kind, data):
    return {1: hashlib.sha256, 2: hashlib.sha512}[kind](data).digest() if kind else data


def tlsa(usage, selector, matching, certificate):
    return Tlsa(usage, selector, matching, sha(matching, (public_key_of if selector else der_of)(certificate)))


@pytest.mark.parametrize("level", [Tls.OPPORTUNISTIC, Tls.MANDATORY, Tls.VERIFIED])
async def test_a_good_server(authority, script, level):
    async with script(offers=OFFERS, context=authority.server(HOST)) as server:
        code, _, [outcome] = await bring(server, level)
        assert (code, outcome.failure, outcome.address) == (250, "", HOST)
        assert outcome.secured.startswith("TLSv1.3 ")


@pytest.mark.parametrize(
    ("names", "options", "failure"),
    [
        (("mx.elsewhere.test",), {}, "certificate-host-mismatch"),
        ((HOST,), {"days": -1}, "certificate-expired"),
        ((HOST,), None, "certificate-not-trusted"),
        ((HOST,), {"newest": ssl.TLSVersion.TLSv1_2}, "validation-failure"),
    ],
    ids=["wrong name", "expired", "unknown authority", "downgraded"],
)
@pytest.mark.parametrize("level", [Tls.OPPORTUNISTIC, Tls.MANDATORY, Tls.VERIFIED])
async def test_servers_that_are_not_good_enough(authority, script, tmp_path, level, names, options, failure):
    issuer = authority
    if options is None:
        (tmp_path / "other").mkdir()
        issuer, options = Authority(tmp_path / "other", "A stranger"), {}
    oldest = "1.3" if "newest" in options and level is not Tls.OPPORTUNISTIC else "1.2"
    async with script(offers=OFFERS, context=issuer.server(*names, **options)) as server:
        code, status, [outcome] = await bring(server, level, oldest=oldest)
        if level is Tls.VERIFIED or oldest == "1.3":
            assert (code, status, outcome.failure) == (451, "4.7.5", failure)
            assert b"MAIL FROM" not in server.heard
        else:
            assert (code, outcome.failure) == (250, "")


@EVERY
async def test_no_starttls(script, level):
    async with script() as server:
        code, status, [outcome] = await bring(server, level, tlsa=(Tlsa(3, 1, 1, b"x" * 32),))
        assert outcome.failure == "starttls-not-supported"
        assert (code, status) == ((250, "2.0.0") if level is Tls.OPPORTUNISTIC else (451, "4.7.4"))


@EVERY
@pytest.mark.parametrize("answer", ["454 4.7.0 not now", "220 go"])
async def test_starttls_that_fails(script, level, answer):
    """It says no, or "go" and then speaks no TLS."""
    async with script({"STARTTLS": answer}, offers=OFFERS) as server:
        code, *_ = await bring(server, level, tlsa=(Tlsa(3, 1, 1, b"x" * 32),))
        assert code == (250 if level is Tls.OPPORTUNISTIC else 451)


@EVERY
@pytest.mark.parametrize(
    "behind", [b"250 2.0.0 ok\r\n", b"2", b"220 go\r\n", b"\x00", b"250-STARTTLS\r\n250 PIPELINING\r\n"]
)
async def test_nothing_is_sent_to_a_server_that_injects_behind_its_220(authority, script, level, behind):
    async with script(offers=OFFERS, context=authority.server(HOST), behind=behind) as server:
        code, status, [outcome] = await bring(server, level, tlsa=(Tlsa(3, 1, 1, b"x" * 32),))
        assert (code, status, outcome.failure) == (451, "4.7.0", "validation-failure")
        assert b"MAIL FROM" not in server.heard


async def test_a_name_may_be_asked_for(authority, script):
    async with script(offers=OFFERS, context=authority.server("*.partner.test")) as server:
        assert (await bring(server, Tls.VERIFIED, names=("mx.partner.test",)))[0] == 250
    for wrong in ("partner.test", "a.mx.partner.test", "mx.partner.test.evil.test"):
        async with script(offers=OFFERS, context=authority.server("*.partner.test")) as server:
            assert (await bring(server, Tls.VERIFIED, names=(wrong,)))[0] == 451


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
async def test_dane_names_the_very_certificate(authority, script, selector, matching):
    """Usage 3: neither name nor date nor authority counts (RFC 7672, 3.1.1)."""
    context = authority.server("mx.elsewhere.test", days=-1, file="expired")
    held = first_in(authority.folder / "expired.pem")
    async with script(offers=OFFERS, context=context) as server:
        code, _, [outcome] = await bring(server, Tls.DANE, tlsa=(tlsa(3, selector, matching, held),))
        assert (code, outcome.failure) == (250, "")


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
async def test_dane_names_the_authority(authority, script, selector, matching):
    records = (tlsa(2, selector, matching, authority.certificate),)
    async with script(offers=OFFERS, context=authority.server(HOST)) as server:
        assert (await bring(server, Tls.DANE, tlsa=records))[0] == 250
    async with script(offers=OFFERS, context=authority.server("d.test")) as server:
        assert (await bring(server, Tls.DANE, tlsa=records, names=(HOST, "d.test")))[0] == 250
    for names, options in ((("mx.elsewhere.test",), {}), ((HOST,), {"days": -1})):
        async with script(offers=OFFERS, context=authority.server(*names, **options)) as server:
            assert (await bring(server, Tls.DANE, tlsa=records))[:2] == (451, "4.7.5")


async def test_an_authority_in_the_dns_need_not_be_sent(authority, script):
    certificate, key = authority.issue(HOST, file="alone")
    certificate.write_bytes(
        certificate.read_bytes().split(b"-----END CERTIFICATE-----")[0] + b"-----END CERTIFICATE-----\n"
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with script(offers=OFFERS, context=context) as server:
        assert (await bring(server, Tls.DANE, tlsa=(tlsa(2, 0, 0, authority.certificate),)))[0] == 250
        server.heard = b""
        assert (await bring(server, Tls.DANE, tlsa=(tlsa(2, 0, 1, authority.certificate),)))[0] == 451


async def test_an_authority_that_did_not_sign_vouches_for_nobody(authority, script, tmp_path):
    """A stranger sends the true authority's certificate along, and his own in front."""
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other", "Test Authority")
    certificate, key = stranger.issue(HOST)
    pems = certificate.read_bytes().split(b"-----BEGIN")
    certificate.write_bytes(b"-----BEGIN" + pems[1] + authority.ca.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with script(offers=OFFERS, context=context) as server:
        code, status, [outcome] = await bring(server, Tls.DANE, tlsa=(tlsa(2, 1, 1, authority.certificate),))
        assert (code, status, outcome.failure) == (451, "4.7.5", "validation-failure")


async def test_a_rollover(authority, script):
    """While the key changes both stand in the DNS; the old alone does not do for the new one."""
    old, _ = authority.make(HOST)
    context = authority.server(HOST, file="new")
    new = first_in(authority.folder / "new.pem")
    async with script(offers=OFFERS, context=context) as server:
        assert (await bring(server, Tls.DANE, tlsa=(tlsa(3, 1, 1, old), tlsa(3, 1, 1, new))))[0] == 250
        server.heard = b""
        code, status, [outcome] = await bring(server, Tls.DANE, tlsa=(tlsa(3, 1, 1, old),))
        assert (code, status, outcome.failure) == (451, "4.7.5", "validation-failure")
        assert b"MAIL FROM" not in server.heard
