# SPDX-License-Identifier: Apache-2.0
"""Certificates that change while a server runs: both kinds of key, one for each name, and faults that change nothing."""

import contextlib
import shutil
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization as s

from authority import Authority
from mailward.edge.certificates import BadPair, Certificates, Pair, Sources, look
from mailward.edge.tls import own_certificate

HOST = "mx.example.test"


@pytest.fixture
def authority(tmp_path):
    (tmp_path / "authority").mkdir()
    return Authority(tmp_path / "authority")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "certificates").mkdir()
    return tmp_path / "certificates"


@pytest.fixture
def sources(tmp_path, folder):
    return Sources(folder=folder, own=Pair(*own_certificate(tmp_path / "own", HOST)))


def place(authority, folder, file, *names, **options):
    for made in authority.issue(*names, file=file, **options):
        shutil.copy(made, folder / made.name)


def shake_hands(context, *, name=HOST, ciphers=None, newest=None, oldest=None):
    """(the certificate's names, serial, version, whether a session was resumed) of a handshake in memory."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    if ciphers:
        client.set_ciphers(ciphers)
    if newest:
        client.maximum_version = newest
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = context.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    done = set()
    while len(done) < 2:
        for side in (theirs, ours):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
    held = x509.load_der_x509_certificate(theirs.getpeercert(binary_form=True))
    return held, theirs.version()


def names_of(context, **options):
    held, _ = shake_hands(context, **options)
    return held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)


def started(sources, **options):
    certificates = Certificates(sources, hostname=HOST, **options)
    certificates.start()
    return certificates


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_our_own_until_there_is_another(sources, newest):
    assert names_of(started(sources).context, newest=newest) == [HOST]
    assert names_of(started(sources).context, name=None, newest=newest) == [HOST]


def test_both_kinds_of_key_side_by_side(sources, authority, folder):
    place(authority, folder, "ecdsa", HOST)
    place(authority, folder, "rsa", HOST, kind="rsa")
    context = started(sources).context
    held, version = shake_hands(context)
    assert (type(held.public_key()).__name__.startswith("EC"), version) == (True, "TLSv1.3")
    old = {"newest": ssl.TLSVersion.TLSv1_2}
    assert hasattr(shake_hands(context, ciphers="ECDHE-RSA-AES256-GCM-SHA384", **old)[0].public_key(), "key_size")
    rsa = shake_hands(context, ciphers="ECDHE-RSA-AES256-GCM-SHA384", **old)[0].public_key()
    assert rsa.key_size == 2048
    assert shake_hands(context, ciphers="ECDHE-ECDSA-AES256-GCM-SHA384", **old)[0].public_key().key_size == 256


def test_one_for_each_name(sources, authority, folder):
    place(authority, folder, "host", HOST)
    place(authority, folder, "other", "mx.other.test", "*.wild.test")
    context = started(sources).context
    assert names_of(context) == [HOST]
    assert names_of(context, name="mx.other.test") == ["mx.other.test", "*.wild.test"]
    assert names_of(context, name="MX.wild.test") == ["mx.other.test", "*.wild.test"]
    for name in ("a.b.wild.test", "stranger.test", None):
        assert names_of(context, name=name) == [HOST]


def test_a_new_one_is_used_without_a_new_start(sources, authority, folder):
    certificates = started(sources)
    place(authority, folder, "host", HOST, "second.test")
    assert certificates.renew_if_changed()
    assert names_of(certificates.context) == [HOST, "second.test"]
    assert not certificates.renew_if_changed()


@pytest.mark.parametrize("fault", ["half", "other key", "no key", "locked", "words", "empty"])
def test_a_fault_changes_nothing_and_is_told(sources, authority, folder, fault):
    place(authority, folder, "host", HOST, "first.test")
    certificates = started(sources)
    before = shake_hands(certificates.context)[0]
    place(authority, folder, "host", HOST, "second.test")
    good = (folder / "host.key").read_bytes()
    if fault == "half":
        (folder / "host.pem").write_bytes((folder / "host.pem").read_bytes()[:200])
    elif fault == "other key":
        shutil.copy(authority.issue("x.test", file="x")[1], folder / "host.key")
    elif fault == "no key":
        (folder / "host.key").unlink()
    elif fault == "locked":
        key = s.load_pem_private_key(good, None)
        (folder / "host.key").write_bytes(
            key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b"secret"))
        )
    else:
        (folder / "host.pem").write_text("certificate" if fault == "words" else "")
    assert not certificates.renew_if_changed()
    assert shake_hands(certificates.context)[0] == before
    _, [sentence] = look(sources)
    assert "host.pem" in sentence
    place(authority, folder, "host", HOST, "third.test")
    assert certificates.renew_if_changed()
    assert names_of(certificates.context) == [HOST, "third.test"]
    assert look(sources)[1] == []


def test_a_start_with_a_fault_serves_with_our_own(sources, folder):
    (folder / "broken.pem").write_text("nothing")
    assert names_of(started(sources).context) == [HOST]


def test_what_the_health_page_is_told(sources, authority, folder):
    place(authority, folder, "host", HOST, days=5)
    [found], faults = look(sources)
    assert (found.names, found.kind, found.self_signed, faults) == ((HOST,), "ECDSA", False, [])
    assert timedelta(days=4) < found.not_after - datetime.now(UTC) < timedelta(days=6)
    assert found.issuer == "Test Authority"


def test_a_session_is_taken_up_again_even_after_a_change(sources, authority, folder):
    """Tickets are of the server, not of the certificate."""
    certificates = started(sources)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode, client.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_2

    def visit(session):
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        ours = certificates.context.wrap_bio(to_server, to_client, server_side=True)
        theirs = client.wrap_bio(to_client, to_server, server_hostname=HOST, session=session)
        for side in (theirs, ours) * 3:
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
        return theirs

    first = visit(None)
    assert not first.session_reused
    assert visit(first.session).session_reused
    place(authority, folder, "host", HOST)
    assert certificates.renew()
    assert visit(first.session).session_reused


def test_the_oldest_version(sources):
    context = started(sources, minimum="1.3").context
    assert shake_hands(context)[1] == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        shake_hands(context, newest=ssl.TLSVersion.TLSv1_2)


def test_pairs_that_are_named(tmp_path, authority):
    pair = Pair(*authority.issue(HOST, "named.test"))
    sources = Sources(pairs=(pair,), own=Pair(tmp_path / "none", tmp_path / "none"))
    assert names_of(started(sources).context) == [HOST, "named.test"]
    pair.key.unlink()
    with pytest.raises(BadPair):
        started(sources)
