# SPDX-License-Identifier: Apache-2.0
"""Who gets in at RCPT TO."""

from datetime import UTC, datetime

import pytest

from mailward.checks.recipient_filter.service import admit
from mailward.contract.reply import PermFail, TempFail
from mailward.control.domains.service import Domain
from mailward.kit.hashed_set import HashedSet
from mailward.kit.ids import new_id
from mailward.kit.vault import Key
from mailward.policy.snapshot import OrganizationPolicy, Snapshot


def snapshot(*, recipient_filter=True):
    domain = Domain(name="example.test", servers=(), recipient_filter=recipient_filter)
    policy = OrganizationPolicy(
        id=new_id(datetime.now(UTC)), name="Example", key=Key(b"k" * 32), domains={"example.test": domain},
        recipients={"example.test": HashedSet(["lee@example.test"])}, high_profile_users=(), settings={}, rules=(),
    )  # fmt: skip
    return Snapshot({policy.id: policy}, {"example.test": policy})


@pytest.mark.parametrize("address", ["lee@example.test", "LEE@Example.TEST", "postmaster@example.test"])
def test_people_who_exist_are_admitted_however_they_are_written(address):
    _, domain = admit(snapshot(), address)
    assert domain.name == "example.test"


def test_an_unknown_person_gets_550_5_1_1():
    with pytest.raises(PermFail) as refused:
        admit(snapshot(), "nobody@example.test")
    assert (refused.value.reply.code, refused.value.reply.status) == (550, "5.1.1")


@pytest.mark.parametrize(
    "address", ["lee@elsewhere.test", "lee%elsewhere.test@", "lee", "lee@sub.example.test", "@example.test@x"]
)
def test_other_domains_are_not_relayed(address):
    with pytest.raises(PermFail) as refused:
        admit(snapshot(), address)
    assert refused.value.reply.code == 550


def test_without_the_filter_everybody_in_the_domain_is_admitted():
    assert admit(snapshot(recipient_filter=False), "whoever@example.test")[1].name == "example.test"


def test_a_domain_that_is_claimed_and_not_proved_takes_nothing_yet():
    with pytest.raises(TempFail) as refused:
        admit(Snapshot(unverified=frozenset({"claimed.test"})), "lee@Claimed.test")
    assert (refused.value.reply.code, refused.value.reply.status) == (450, "4.7.1")


def test_somebody_elses_claim_does_not_touch_a_protected_domain():
    held = snapshot()
    admit(Snapshot(held.organizations, held.by_domain, frozenset({"example.test"})), "lee@example.test")
