# SPDX-License-Identifier: Apache-2.0
"""From a demand in the policy to what one server must show: by DANE over a real validating resolver, by MTA-STS."""

import hashlib
import random
import re
import time
from ipaddress import ip_network

import pytest

from authority import Authority, first_in, public_key_of
from mailward.checks.tls_peers.compiled import Peers
from mailward.checks.tls_peers.patterns import read_peer
from mailward.checks.tls_peers.service import OutboundSecurity, PolicyType, Security, Unmet
from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection, TlsPeersSettings
from mailward.checks.tls_peers.shapes import NewTlsPeer
from mailward.checks.tls_peers.sts_policies import Known
from mailward.checks.tls_peers.sts_policy import Mode, StsPolicy
from mailward.contract.dns import DnsTrouble, Tlsa
from mailward.disposition.delivery.client import Timeouts
from mailward.disposition.delivery.connections import Connections
from mailward.disposition.delivery.mx import MailExchangers
from mailward.disposition.delivery.routes import Elsewhere, Routes
from mailward.disposition.delivery.securing import Securing
from mailward.disposition.delivery.servers import Servers
from mailward.disposition.delivery.transaction import Item
from mailward.egress.dns.service import Dns, Network, Server
from mailward.policy.snapshot import Snapshot
from policies import organization
from signed_zone import unbound
from smtp.conftest import Script

DIGEST = "aa" * 32
SIGNED = f"""
@ 60 SOA ns hostmaster 1 3600 600 86400 60
@ 60 NS ns
@ 60 MX 10 mx
ns 60 A 127.0.0.1
mx 60 A 127.0.0.1
plain 60 A 127.0.0.1
_25._tcp.mx 60 TLSA 3 1 1 {DIGEST}
useless 60 MX 10 useless
useless 60 A 127.0.0.1
_25._tcp.useless 60 TLSA 1 1 1 {DIGEST}
away 60 MX 10 mx.unsigned.test.
spoiled 60 MX 10 spoiled
spoiled 60 A 127.0.0.1
_25._tcp.spoiled 60 TLSA 3 1 1 {DIGEST}
"""
UNSIGNED = f"""
@ 60 SOA ns hostmaster 1 3600 600 86400 60
@ 60 NS ns
@ 60 MX 10 mx
@ 60 MX 20 mx.signed.test.
ns 60 A 127.0.0.1
mx 60 A 127.0.0.1
_25._tcp.mx 60 TLSA 3 1 1 {DIGEST}
"""


class Held:
    """The policies of other domains, as given."""

    def __init__(self, known=None):
        self.known = known or {}

    async def of(self, organization, domain):
        known = self.known.get(domain, Known())
        if isinstance(known, Exception):
            raise known
        return known


def policy(level, *entries, minimum=Minimum.NONE):
    settings = TlsPeersSettings(outbound_level=level, outbound_minimum=minimum)
    return organization(
        {"tls_peers": settings}, {"tls_peers": Peers([read_peer(entry) for entry in entries], settings)}
    )


def peer(name, level, **more):
    return NewTlsPeer(direction=PeerDirection.OUTBOUND, peer=name, level=level, **more)


@pytest.fixture(scope="module")
def resolving(tmp_path_factory):
    """The port of an unbound that validates signed.test; the signature of spoiled's TLSA record is not good."""

    def spoil(text):
        spoiled, times = re.subn(r"(?m)^(_25\._tcp\.spoiled\b.* TLSA 3 1 1 )aa.*", rf"\g<1>{'bb' * 32}", text)
        assert times == 1
        return spoiled

    with unbound(tmp_path_factory.mktemp("unbound"), "signed.test", SIGNED, UNSIGNED, spoil) as port:
        yield port


@pytest.fixture
async def ask(resolving):
    opened = []

    async def make(demand, domain, host, *, validating=True, known=None, trusted=True):
        dns = Dns(Network([Server("127.0.0.1", resolving)], validating=trusted, try_seconds=5))
        opened.append(dns)
        security = OutboundSecurity(Held(known), dns.for_feature("tls_peers"), validating=validating)
        return await security.requirement(demand, sender_domain="example.test", domain=domain, host=host)

    yield make
    for dns in opened:
        await dns.close()


BOTH = pytest.mark.parametrize("level", [Level.OPPORTUNISTIC_DANE, Level.MANDATORY_DANE])


@BOTH
async def test_records_that_dnssec_vouches_for(ask, level):
    found = await ask(policy(level), "signed.test", "mx.signed.test")
    assert found.security is Security.DANE
    assert found.tlsa == (Tlsa(3, 1, 1, bytes.fromhex(DIGEST)),)
    assert found.names == ("mx.signed.test", "signed.test")
    assert (found.report.policy_type, found.report.policy) == (PolicyType.TLSA, (f"3 1 1 {DIGEST}",))


@BOTH
@pytest.mark.parametrize(
    ("domain", "host", "options"),
    [
        ("signed.test", "plain.signed.test", {}),
        ("unsigned.test", "mx.unsigned.test", {}),
        ("unsigned.test", "mx.signed.test", {}),
        ("away.signed.test", "mx.unsigned.test", {}),
        ("signed.test", "mx.signed.test", {"trusted": False}),
        ("signed.test", "mx.signed.test", {"validating": False}),
    ],
    ids=["no records", "unsigned", "unsigned MX", "host in an unsigned zone", "resolver not trusted", "not validating"],
)
async def test_where_there_is_no_dane(ask, level, domain, host, options):
    """Opportunistic DANE is opportunistic TLS then; mandatory DANE waits."""
    if level is Level.OPPORTUNISTIC_DANE:
        found = await ask(policy(level), domain, host, **options)
        assert (found.security, found.tlsa) == (Security.OPPORTUNISTIC, ())
        return
    with pytest.raises(Unmet) as caught:
        await ask(policy(level), domain, host, **options)
    assert caught.value.status == "4.7.5"
    assert options.get("validating") is False or caught.value.report.failure == "dane-required"


async def test_records_that_cannot_be_used_make_tls_mandatory(ask):
    found = await ask(policy(Level.OPPORTUNISTIC_DANE), "useless.signed.test", "useless.signed.test")
    assert (found.security, found.report.policy_type) == (Security.MANDATORY, PolicyType.TLSA)
    with pytest.raises(Unmet) as caught:
        await ask(policy(Level.MANDATORY_DANE), "useless.signed.test", "useless.signed.test")
    assert caught.value.report.failure == "tlsa-invalid"


@BOTH
async def test_a_record_whose_signature_is_not_good_stops_the_delivery(ask, level):
    with pytest.raises(Unmet) as caught:
        await ask(policy(level), "spoiled.signed.test", "spoiled.signed.test")
    assert (caught.value.status, caught.value.report.failure) == ("4.4.3", "dnssec-invalid")


def sts(mode, *hosts):
    return Known(StsPolicy(mode=mode, mx=hosts, max_age=600))


@pytest.mark.parametrize(
    ("known", "security", "kind", "failure"),
    [
        (sts(Mode.ENFORCE, "mx.partner.test"), Security.VERIFIED, PolicyType.STS, ""),
        (sts(Mode.ENFORCE, "other.partner.test"), None, PolicyType.STS, "validation-failure"),
        (sts(Mode.TESTING, "mx.partner.test"), Security.OPPORTUNISTIC, PolicyType.STS, ""),
        (sts(Mode.TESTING, "other.partner.test"), Security.OPPORTUNISTIC, PolicyType.STS, "validation-failure"),
        (sts(Mode.NONE), Security.OPPORTUNISTIC, PolicyType.NONE, ""),
        (Known(), Security.OPPORTUNISTIC, PolicyType.NONE, ""),
        (Known(None, "sts-webpki-invalid", "bad"), Security.OPPORTUNISTIC, PolicyType.NONE, "sts-webpki-invalid"),
        (DnsTrouble("dead"), None, PolicyType.NONE, "sts-policy-fetch-error"),
    ],
)
async def test_by_mta_sts(ask, known, security, kind, failure):
    demand = policy(Level.MTA_STS)
    if security is None:
        with pytest.raises(Unmet) as caught:
            await ask(demand, "partner.test", "mx.partner.test", known={"partner.test": known})
        report = caught.value.report
    else:
        found = await ask(demand, "partner.test", "MX.partner.test.", known={"partner.test": known})
        assert found.security is security
        report = found.report
    assert (report.policy_type, report.failure) == (kind, failure)


async def test_a_domain_in_other_letters_is_not_let_off(ask):
    """Its policy stands under the name that the DNS knows."""
    known = {"xn--bcher-kva.test": sts(Mode.ENFORCE, "mx.xn--bcher-kva.test")}
    found = await ask(policy(Level.MTA_STS), "bücher.test", "mx.xn--bcher-kva.test", known=known)
    assert (found.security, found.report.domain) == (Security.VERIFIED, "xn--bcher-kva.test")


async def test_the_plain_levels_and_the_servers_behind_us(ask):
    demand = policy(
        Level.MANDATORY,
        peer("strict.test", Level.VERIFIED, certificate_name="mx.strict.test"),
        peer("example.test", Level.VERIFIED, minimum=Minimum.TLS_1_3),
    )
    plain = await ask(demand, "partner.test", "mx.partner.test")
    assert (plain.security, plain.oldest, plain.report.domain) == (Security.MANDATORY, "1.2", "partner.test")
    assert (await ask(demand, "strict.test", "mx9.strict.test")).names == ("mx.strict.test",)
    behind = await ask(demand, "example.test", "mail.example.test")
    assert (behind.security, behind.oldest, behind.report) == (Security.VERIFIED, "1.3", None)
    unnamed = await ask(policy(Level.MANDATORY_DANE), "example.test", "mail.example.test")
    assert (unnamed.security, unnamed.report) == (Security.OPPORTUNISTIC, None)


async def test_a_delivery_by_dane_from_the_dns_to_the_wire(tmp_path):
    """The true server gets the mail; after the key has changed without a new record it does not."""
    authority = Authority(tmp_path)
    context = authority.server("anything.test", file="true")
    digest = hashlib.sha256(public_key_of(first_in(tmp_path / "true.pem"))).hexdigest()
    impostor = authority.server("mx.signed.test", file="impostor")
    offers = ("PIPELINING", "STARTTLS")
    async with Script(offers=offers, context=context) as server, Script(offers=offers, context=impostor) as false:
        records = f"_{server.port}._tcp.mx 60 TLSA 3 1 1 {digest}\n_{false.port}._tcp.mx 60 TLSA 3 1 1 {digest}\n"
        with unbound(tmp_path, "signed.test", SIGNED + records, UNSIGNED) as port:
            dns = Dns(Network([Server("127.0.0.1", port)], validating=True, try_seconds=5))
            told, answers = [], []
            demand = policy(Level.MANDATORY_DANE)
            policies = type("Policies", (), {"current": Snapshot({demand.id: demand})})()
            security = OutboundSecurity(Held(), dns.for_feature("tls_peers"), validating=True)
            for mx_port in (server.port, false.port):
                chance = random.Random(1)
                networks = [ip_network("127.0.0.0/8")]
                exchangers = MailExchangers(dns.for_feature("delivery"), own_names=(), chance=chance, inside=networks)
                connections = Connections(timeouts=Timeouts(connect=5))
                routes = Routes(
                    connections, Servers(monotonic=time.monotonic, chance=chance), helo="gw.test", chance=chance, exchangers=exchangers, mx_port=mx_port,
                    secure=Securing(policies, security, tell=lambda report, host, outcome: told.append((host, outcome.failure))),
                )  # fmt: skip
                hop = Elsewhere("signed.test")
                mail = Item("lee@example.test", ("x@signed.test",), b"Subject: s\r\n\r\nsecret\r\n")
                replies = await routes.send(demand.id, hop, mail)
                answers.append(replies["x@signed.test"].reply.code)
                connections.close()
            await dns.close()
        assert answers == [250, 451]
        assert told == [("mx.signed.test", ""), ("mx.signed.test", "validation-failure")]
        assert b"secret" in server.heard
        assert b"MAIL FROM" not in false.heard
