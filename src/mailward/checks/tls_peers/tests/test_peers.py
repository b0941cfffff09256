# SPDX-License-Identifier: Apache-2.0
"""Which demand counts for whom, and what a peer hears that does not meet it."""

import pytest

from mailward.checks.tls_peers.compiled import Peers
from mailward.checks.tls_peers.patterns import read_peer
from mailward.checks.tls_peers.service import objection
from mailward.checks.tls_peers.settings import InboundLevel, Level, Minimum, PeerDirection, TlsPeersSettings
from mailward.checks.tls_peers.shapes import NewTlsPeer
from mailward.contract.envelope import Connection
from policies import organization

IN, OUT = PeerDirection.INBOUND, PeerDirection.OUTBOUND
M, FREE, DANE = Level.MANDATORY, Level.OPPORTUNISTIC, Level.MANDATORY_DANE


def entry(direction, peer, level, domain="", minimum=Minimum.NONE, **more):
    return read_peer(NewTlsPeer(direction=direction, peer=peer, level=level, domain=domain, minimum=minimum, **more))


@pytest.mark.parametrize(
    ("address", "sender", "own", "level"),
    [
        ("192.0.2.9", "elsewhere.test", "example.test", M),
        ("192.0.2.1", "elsewhere.test", "example.test", FREE),
        ("192.0.2.1", "partner.test", "example.test", FREE),
        ("198.51.100.1", "partner.test", "example.test", M),
        ("198.51.100.1", "Partner.TEST", "example.test", M),
        ("198.51.100.1", "a.b.partner.test", "example.test", FREE),
        ("198.51.100.1", "notpartner.test", "example.test", FREE),
        ("198.51.100.1", "elsewhere.test", "example.test", FREE),
        ("198.51.100.1", "elsewhere.test", "strict.test", M),
        ("198.51.100.1", "a.partner.test", "strict.test", FREE),
        ("2001:db8:1::5", "elsewhere.test", "example.test", M),
        ("2001:db8:2::5", "elsewhere.test", "example.test", FREE),
        ("not an address", "partner.test", "example.test", M),
        ("198.51.100.1", "", "example.test", FREE),
        ("198.51.100.1", "bücher.test", "example.test", M),
    ],
)
def test_the_closest_entry_counts(address, sender, own, level):
    peers = Peers(
        [
            entry(IN, "192.0.2.0/24", M), entry(IN, "192.0.2.1", FREE), entry(IN, "partner.test", M),
            entry(IN, "*.partner.test", FREE), entry(IN, "*", M, "strict.test"), entry(IN, "2001:db8:1::/48", M),
            entry(IN, "bücher.test", M), entry(OUT, "elsewhere.test", M),
        ],
        TlsPeersSettings(),
    )  # fmt: skip
    assert peers.inbound(address, sender, own).level is level


def test_an_entry_of_the_domain_goes_before_one_for_all_and_the_default_is_last():
    settings = TlsPeersSettings(outbound_level=Level.OPPORTUNISTIC_DANE, outbound_minimum=Minimum.TLS_1_3)
    peers = Peers([entry(OUT, "partner.test", M), entry(OUT, "partner.test", DANE, "example.test")], settings)
    assert peers.outbound("partner.test", "example.test").level is DANE
    assert peers.outbound("partner.test", "other.test").level is M
    default = peers.outbound("elsewhere.test", "example.test")
    assert (default.level, default.minimum, default.named) == (Level.OPPORTUNISTIC_DANE, Minimum.TLS_1_3, False)


@pytest.mark.parametrize(
    ("direction", "peer", "level", "more", "word"),
    [
        (IN, "*", M, {}, "Default"),
        (IN, "192.0.2.1/24", M, {}, "host bits"),
        (IN, "300.0.0.1", M, {}, "address or network"),
        (OUT, "192.0.2.1", M, {}, "not a domain"),
        (OUT, "a b", M, {}, "not a domain"),
        (OUT, "", M, {}, "not a domain"),
        (OUT, "*.*", M, {}, "not a domain"),
        (IN, "partner.test", DANE, {}, "outbound"),
        (IN, "partner.test", Level.VERIFIED, {}, "outbound"),
        (OUT, "partner.test", FREE, {"minimum": Minimum.TLS_1_3}, "choose mandatory"),
        (OUT, "partner.test", M, {"certificate_name": "mx.test"}, "verified only"),
        (OUT, "partner.test", Level.VERIFIED, {"certificate_name": "m x"}, "no name"),
        (OUT, "partner.test", M, {"domain": "not a domain"}, "no domain"),
    ],
)
def test_what_makes_no_sense_is_said(direction, peer, level, more, word):
    with pytest.raises(ValueError, match=word.replace(".", r"\.")):
        entry(direction, peer, level, **more)


TLS_12, TLS_13 = "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.3 TLS_AES_256_GCM_SHA384"


@pytest.mark.parametrize(
    ("minimum", "tls", "answer"),
    [
        (Minimum.NONE, "", (530, "5.7.0")),
        (Minimum.NONE, TLS_12, None),
        (Minimum.TLS_1_2, TLS_12, None),
        (Minimum.TLS_1_3, "", (530, "5.7.0")),
        (Minimum.TLS_1_3, TLS_12, (550, "5.7.10")),
        (Minimum.TLS_1_3, TLS_13, None),
    ],
)
@pytest.mark.parametrize("sender", ["ann@partner.test", ""])
def test_what_the_peer_hears(minimum, tls, answer, sender):
    """The null sender is known by its HELO name."""
    peers = Peers([entry(IN, "partner.test", M, minimum=minimum)], TlsPeersSettings())
    policy = organization(compiled={"tls_peers": peers})
    connection = Connection(peer_ip="198.51.100.1", helo="partner.test", tls=tls)
    refused = objection(policy, connection, sender, "lee@Example.test")
    assert answer == (refused and (refused.reply.code, refused.reply.status))
    if refused:
        assert "example.test" in refused.reply.text
        assert ("TLS 1.3" if minimum is Minimum.TLS_1_3 else "TLS 1.2 or newer") in refused.reply.text
    stranger = Connection(peer_ip="198.51.100.1", helo="mx.elsewhere.test")
    assert objection(policy, stranger, "bob@elsewhere.test", "lee@example.test") is None


def test_the_default_counts_for_everybody():
    peers = Peers([entry(IN, "partner.test", FREE)], TlsPeersSettings(inbound_level=InboundLevel.MANDATORY))
    policy = organization(compiled={"tls_peers": peers})
    clear = Connection(peer_ip="198.51.100.1", helo="mx.test")
    assert objection(policy, clear, "bob@elsewhere.test", "lee@example.test").reply.code == 530
    assert objection(policy, clear, "ann@partner.test", "lee@example.test") is None
    assert Peers([entry(OUT, "partner.test", M)], TlsPeersSettings()).simple
    assert not peers.simple
