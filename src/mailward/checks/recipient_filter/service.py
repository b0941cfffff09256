# SPDX-License-Identifier: Apache-2.0
"""The question at RCPT TO: do we protect this domain, and does this person exist in it?"""

from mailward.contract.reply import PermFail
from mailward.control.domains.service import Domain
from mailward.policy.snapshot import OrganizationPolicy, Snapshot

POSTMASTER = "postmaster"


def admit(snapshot: Snapshot, recipient: str) -> tuple[OrganizationPolicy, Domain]:
    """The organization and domain that the recipient belongs to.

    `postmaster` is always admitted (RFC 5321, 4.5.1).

    Raises:
        PermFail: 550 5.7.1 for a domain that is not ours, 550 5.1.1 for a person who does not exist.
    """
    local, _, name = recipient.lower().rpartition("@")
    policy = snapshot.by_domain.get(name)
    if policy is None:
        raise PermFail(550, "5.7.1", f"relaying denied: {name or recipient} is not a domain that we receive mail for")
    domain = policy.domains[name]
    if domain.recipient_filter and local != POSTMASTER:
        known = policy.recipients.get(name)
        if known is None or f"{local}@{name}" not in known:
            raise PermFail(550, "5.1.1", f"no such recipient here: <{recipient}>; check the address for typing errors")
    return policy, domain
