# SPDX-License-Identifier: Apache-2.0
"""The question at RCPT TO: do we protect this domain, and does this person exist in it?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from mailward.contract.reply import PermFail, Refused, TempFail
from mailward.control.domains.service import Domain
from mailward.kit.domain_names import domain_of
from mailward.policy.snapshot import OrganizationPolicy, Snapshot
from mailward.records.readers import Taking, reader

POSTMASTER = "postmaster"


def is_ours(snapshot: Snapshot, recipient: str) -> bool:
    """Whether any organization protects the recipient's domain."""
    return domain_of(recipient) in snapshot.by_domain


def not_ours(snapshot: Snapshot, recipient: str) -> Refused:
    """What a stranger hears who brings mail for a domain that nobody here protects.

    550 5.7.1, or 450 4.7.1 for a domain that is claimed and not verified. Its mail waits at the sender's for the
    proof that is on its way; a domain that is claimed in vain costs its senders nothing but time.
    """
    name = domain_of(recipient)
    if name in snapshot.unverified:
        return TempFail(
            450, "4.7.1",
            f"{name} is set up here, but that it is its owner's wish is not verified yet; please try again later."
            " Its administrator finds the missing DNS record in our console",
        )  # fmt: skip
    return PermFail(
        550, "5.7.1",
        f"relaying denied: {name or recipient} is not a domain that we receive mail for, and your server is not"
        " registered to send for this sender",
    )  # fmt: skip


def place(snapshot: Snapshot, recipient: str) -> tuple[OrganizationPolicy, Domain]:
    """The organization and domain that the recipient belongs to, whoever it is.

    Raises:
        PermFail, TempFail: the domain is not ours.
    """
    name = domain_of(recipient)
    policy = snapshot.by_domain.get(name)
    if policy is None:
        raise not_ours(snapshot, recipient)
    return policy, policy.domains[name]


def is_known(policy: OrganizationPolicy, domain: Domain, recipient: str) -> bool:
    """Whether this person exists, or nobody can tell. `postmaster` always does (RFC 5321, 4.5.1)."""
    local = recipient.lower().rpartition("@")[0]
    if not domain.recipient_filter or local == POSTMASTER:
        return True
    return f"{local}@{domain.name}" in policy.recipients.get(domain.name, ())


def is_somebody(policy: OrganizationPolicy, domain: Domain, recipient: str) -> bool:
    """A person who exists, or Mailward itself."""
    if reader(policy.settings, recipient)[1] is not Taking.NOTHING:
        return True
    return is_known(policy, domain, recipient)


def unknown(recipient: str) -> PermFail:
    """The answer to an address that does not exist."""
    return PermFail(550, "5.1.1", f"no such recipient here: <{recipient}>; check the address for typing errors")


def admit(snapshot: Snapshot, recipient: str) -> tuple[OrganizationPolicy, Domain]:
    """The organization and domain that the recipient belongs to.

    Raises:
        PermFail: 550 5.7.1 for a domain that is not ours, 550 5.1.1 for a person who does not exist.
    """
    policy, domain = place(snapshot, recipient)
    if not is_known(policy, domain, recipient):
        raise unknown(recipient)
    return policy, domain


def split(snapshot: Snapshot, recipients: Iterable[str]) -> tuple[Mapping[OrganizationPolicy, list[str]], list[str]]:
    """The recipients of each organization, and those whom nobody here protects.

    Raises:
        PermFail: 550 5.1.1 for a person who does not exist any more.
    """
    inside: dict[OrganizationPolicy, list[str]] = defaultdict(list)
    outside: list[str] = []
    for recipient in recipients:
        if not is_ours(snapshot, recipient):
            outside.append(recipient)
            continue
        policy, domain = place(snapshot, recipient)
        if not is_somebody(policy, domain, recipient):
            raise unknown(recipient)
        inside[policy].append(recipient)
    return inside, outside
