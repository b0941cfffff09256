# SPDX-License-Identifier: Apache-2.0
"""Who may relay: the right server for the right domain with the right proof, and nobody else."""

import dataclasses
import ipaddress
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from mailward.checks.authentication.service import author_domain
from mailward.checks.outbound.clouds import Clouds
from mailward.checks.outbound.registered import Registered, hash_of
from mailward.checks.outbound.service import MAX_NOTICE_RECIPIENTS, Outbound, Vouched
from mailward.checks.outbound.settings import OutboundSettings, Rate
from mailward.checks.outbound.shapes import ProofKind
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.reply import PermFail, TempFail
from mailward.control.domains.service import Domain
from mailward.kit.clock import HeldClock
from mailward.kit.networks import NetworkSet
from mailward.message import parse
from mailward.policy.snapshot import Snapshot
from policies import organization

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
OWN, CLOUD, STRANGER = "192.0.2.25", "198.51.100.7", "203.0.113.9"


def connector(network="", **values) -> Registered:
    networks = NetworkSet([ipaddress.ip_network(network)] if network else [])
    return Registered(**{"id": uuid4(), "name": "c", "domain": "*", "networks": networks, **values})


def tenant(*domains, connectors=(), settings=None):
    made = organization({"outbound": settings or OutboundSettings()}, {"outbound": tuple(connectors)})
    names = {name: Domain(name=name, servers=(), verified=True) for name in domains}
    return dataclasses.replace(made, domains=names)


def snapshot(*policies) -> Snapshot:
    return Snapshot({p.id: p for p in policies}, {name: p for p in policies for name in p.domains})


@pytest.fixture
def outbound(tmp_path):
    file = tmp_path / "clouds.toml"
    file.write_text('[office]\ntitle = "Office cloud"\nnetworks = ["198.51.100.0/24"]\n')
    clouds = Clouds(file)
    clouds.refresh()
    return Outbound(None, HeldClock(NOW), clouds)


OURS = tenant(
    "example.test", "example.org",
    connectors=[
        connector("192.0.2.25/32", name="own"),
        connector(cloud="office", proof=ProofKind.HEADER, header="X-Tenant-Id", value="tenant-1", name="cloud"),
        connector("192.0.2.77/32", domain="example.org", name="one domain"),
    ],
)  # fmt: skip
THEIRS = tenant(
    "victim.test",
    connectors=[connector(cloud="office", proof=ProofKind.HEADER, header="X-Tenant-Id", value="tenant-2")],
)
WORLD = snapshot(OURS, THEIRS)


def peer(address):
    return Connection(peer_ip=address)


def vouch(outbound, address, sender, raw, world=WORLD):
    mail = raw.encode()
    envelope = Envelope(sender=sender, recipients=("x@far.test",), received_at=NOW)
    return outbound.vouch(world, peer(address), envelope, parse(mail), author=lambda: author_domain(mail))


@pytest.mark.parametrize(
    ("address", "sender", "recipient"),
    [
        (STRANGER, "ann@example.test", "x@far.test"),
        (OWN, "ann@sub.example.test", "x@far.test"),
        (OWN, "ann@victim.test", "x@far.test"),
        (OWN, "ann@elsewhere.test", "x@far.test"),
        (OWN, "ann", "x@far.test"),
        (STRANGER, "", "x@far.test"),
        ("192.0.2.77", "ann@example.test", "x@far.test"),
        ("", "ann@example.test", "x@far.test"),
        ("2001:db8::1", "ann@example.test", "x@far.test"),
        (STRANGER, "ann@elsewhere.test", "x@sub.example.test"),
        (STRANGER, "ann@elsewhere.test", "postmaster"),
    ],
)
def test_nothing_is_relayed_for_strangers_or_for_other_senders(outbound, address, sender, recipient):
    assert outbound.admit(WORLD, peer(address), sender, recipient) is None


def test_a_registered_server_may_send_for_the_domains_it_is_registered_for(outbound):
    assert outbound.admit(WORLD, peer(OWN), "ann@EXAMPLE.test", "x@far.test") is OURS
    assert outbound.admit(WORLD, peer(OWN), "ann@example.org", "x@far.test") is OURS
    assert outbound.admit(WORLD, peer("192.0.2.77"), "ann@example.org", "x@far.test") is OURS
    assert outbound.admit(WORLD, peer(CLOUD), "bob@victim.test", "x@far.test") is THEIRS
    assert outbound.admit(WORLD, peer(OWN), "", "x@far.test") is OURS
    for recipient in ("x@[192.0.2.1]", "postmaster"):
        with pytest.raises(PermFail) as refused:
            outbound.admit(WORLD, peer(OWN), "ann@example.test", recipient)
        assert refused.value.reply.status == "5.1.2"


def test_a_deleted_or_unverified_domain_sends_nothing(outbound):
    gone = snapshot(dataclasses.replace(OURS, domains={"example.org": OURS.domains["example.org"]}), THEIRS)
    claimed = {**OURS.domains, "example.test": Domain(name="example.test", servers=(), verified=False)}
    unproved = snapshot(dataclasses.replace(OURS, domains=claimed), THEIRS)
    for world in (gone, unproved):
        assert outbound.admit(world, peer(OWN), "ann@example.test", "x@far.test") is None
        assert vouch(outbound, OWN, "ann@example.org", "From: ann@example.test\n\n", world).policy is None
        assert vouch(outbound, OWN, "", "From: ann@example.test\n\n", world).policy is None


@pytest.mark.parametrize(
    ("address", "sender", "raw"),
    [
        (OWN, "ann@example.test", "From: bob@victim.test\n\n"),
        (OWN, "ann@example.test", "From: ann@example.test, bob@victim.test\n\n"),
        (OWN, "ann@example.test", "From: ann@example.test\nFrom: bob@victim.test\n\n"),
        (OWN, "ann@example.test", "From : bob@victim.test\nFrom: ann@example.test\n\n"),
        (OWN, "ann@example.test", "From: ann@sub.example.test\n\n"),
        (OWN, "ann@example.test", "Subject: nobody\n\n"),
        (OWN, "bob@victim.test", "From: ann@example.test\n\n"),
        (OWN, "", "From: bob@victim.test\n\n"),
        (OWN, "", "From: MAILER-DAEMON\n\n"),
        (CLOUD, "ann@example.test", "From: ann@example.test\n\n"),
        (CLOUD, "ann@example.test", "X-Tenant-Id: tenant-2\nFrom: ann@example.test\n\n"),
        (CLOUD, "ann@example.test", "X-Tenant-Id: tenant-1\nX-Tenant-Id: tenant-2\nFrom: ann@example.test\n\n"),
        (CLOUD, "bob@victim.test", "X-Tenant-Id: tenant-1\nFrom: bob@victim.test\n\n"),
        (CLOUD, "", "X-Tenant-Id: tenant-1\nFrom: bob@victim.test\n\n"),
        (STRANGER, "ann@example.test", "X-Tenant-Id: tenant-1\nFrom: ann@example.test\n\n"),
        ("192.0.2.77", "ann@example.org", "From: ann@example.test\n\n"),
        ("192.0.2.77", "ann@example.test", "From: ann@example.org\n\n"),
    ],
)
def test_nobody_vouches_for_what_is_not_one_organization_s(outbound, address, sender, raw):
    vouched = vouch(outbound, address, sender, raw)
    assert vouched.policy is None
    assert len(vouched.why) > 20


@pytest.mark.parametrize(
    ("address", "sender", "raw", "who"),
    [
        (OWN, "ann@example.test", "From: Ann <ann@example.test>\n\n", OURS),
        (OWN, "ann@example.org", "From: ann@example.test\n\n", OURS),
        (OWN, "", "From: postmaster@example.test\n\n", OURS),
        (CLOUD, "ann@example.test", "X-Tenant-Id:  tenant-1 \nFrom: ann@example.test\n\n", OURS),
        (CLOUD, "bob@victim.test", "X-Tenant-Id: tenant-2\nFrom: bob@victim.test\n\n", THEIRS),
        (CLOUD, "", "X-Tenant-Id: tenant-2\nFrom: bob@victim.test\n\n", THEIRS),
    ],
)
def test_the_right_server_with_the_right_proof_is_vouched_for(outbound, address, sender, raw, who):
    vouched = vouch(outbound, address, sender, raw)
    assert vouched.policy is who, vouched.why
    assert vouched.author in who.domains


def test_a_secret_proves_the_tenant(outbound):
    secret = connector("198.51.100.0/24", proof=ProofKind.SECRET, secret_hash=hash_of("s3cret"), name="secret")
    cloud = snapshot(tenant("example.test", connectors=[secret]))
    for header, right in (
        ("X-Mailward-Connector: s3cret\n", True), ("X-Mailward-Connector: secret\n", False), ("", False),
        ("X-Mailward-Connector: s3cret\nX-Mailward-Connector: s3cret\n", False),
    ):  # fmt: skip
        vouched = vouch(outbound, "198.51.99.1", "ann@example.test", f"{header}From: ann@example.test\n\n", cloud)
        assert vouched.policy is None
        vouched = vouch(outbound, CLOUD, "ann@example.test", f"{header}From: ann@example.test\n\n", cloud)
        assert bool(vouched.policy) is right, header


def test_an_address_in_a_cloud_proves_nothing_whoever_registered_it(outbound):
    world = snapshot(tenant("example.test", connectors=[connector("198.51.100.7/32")]))
    assert outbound.admit(world, peer(CLOUD), "ann@example.test", "x@far.test") is None


def test_limits_answer_4xx_and_are_the_organization_s_own(outbound):
    settings = OutboundSettings(
        per_address=Rate(most=6), per_sender=Rate(most=3), organization=Rate(most=8), notices=Rate(most=4)
    )
    own = tenant("example.test", settings=settings)
    for _ in range(3):
        outbound.count(own, peer(OWN), "ann@example.test")
    with pytest.raises(TempFail, match=r"ann@example\.test: at most 3"):
        outbound.count(own, peer(OWN), "Ann@example.test")
    for name in ("bob", "cid", "dan"):
        outbound.count(own, peer(OWN), f"{name}@example.test")
    with pytest.raises(TempFail, match=f"from {OWN}: at most 6"):
        outbound.count(own, peer(OWN), "eve@example.test")
    for _ in range(2):
        outbound.count(own, peer("192.0.2.26"), "eve@example.test")
    with pytest.raises(TempFail, match="this organization: at most 8"):
        outbound.count(own, peer("192.0.2.27"), "fay@example.test")
    outbound.count(tenant("example.net", settings=settings), peer(OWN), "ann@example.net")
    notice = Envelope(sender="", recipients=(), received_at=NOW)
    assert outbound.leave(Vouched(own), peer(OWN), notice, 4) is own
    with pytest.raises(TempFail) as refused:
        outbound.leave(Vouched(own), peer(OWN), notice, 1)
    assert (refused.value.reply.code, refused.value.reply.status) == (450, "4.7.1")
    with pytest.raises(PermFail):
        outbound.leave(Vouched(own), peer(OWN), notice, MAX_NOTICE_RECIPIENTS + 1)


def test_a_cloud_file_is_read_again_and_a_broken_one_changes_nothing(tmp_path):
    file = tmp_path / "clouds.toml"
    clouds = Clouds(file)
    clouds.refresh()
    assert clouds.fault
    address = ipaddress.ip_address(CLOUD)
    file.write_text('[office]\nnetworks = ["198.51.100.0/24"]\nheader = "X-Tenant-Id"\n')
    clouds.refresh()
    assert (clouds.fault, clouds.covers("office", address), clouds.is_shared(address)) == ("", True, True)
    assert [(cloud.title, cloud.header) for cloud in clouds.described] == [("office", "X-Tenant-Id")]
    for bad in ("[office", "[office]\nnetworks = []", '[office]\nnetworks = ["198.51.100.1/24"]', "[office]\nx = 1"):
        file.write_text(bad)
        clouds.refresh()
        assert str(file) in clouds.fault
        assert clouds.covers("office", address)
