# SPDX-License-Identifier: Apache-2.0
import ssl

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mailward.edge import tls
from mailward.edge.limits import Limits, Listening
from mailward.edge.shared import Shared, plain_address
from mailward.kit.clock import Clock


def shared(**limits):
    return Shared(Listening(hostname="mx", limits=Limits(**limits)), journey=None, clock=Clock(), tls=None)


def test_an_address_limit_counts_networks_in_ipv6():
    house = shared(connections_per_address=2)
    assert house.admit("2001:db8::1") is None
    assert house.admit("2001:db8::2") is None
    assert house.admit("2001:db8::ffff:3").code == 421
    assert house.admit("2001:db8:0:1::1") is None
    assert house.admit("192.0.2.1") is None
    house.dismiss("2001:db8::1")
    assert house.admit("2001:db8::4") is None


def test_addresses_without_their_clothes():
    assert plain_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert plain_address("fe80::1%eth0") == "fe80::1"
    assert plain_address("2001:db8::1") == "2001:db8::1"


def test_own_certificate_is_made_once_and_is_ecdsa(tmp_path):
    certificate, key = tls.own_certificate(tmp_path, "mx.example.test")
    first = certificate.read_bytes()
    assert tls.own_certificate(tmp_path, "mx.example.test") == (certificate, key)
    assert certificate.read_bytes() == first
    assert key.stat().st_mode & 0o077 == 0
    public = x509.load_pem_x509_certificate(first).public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert tls.server_context(certificate, key).minimum_version is ssl.TLSVersion.TLSv1_2
