# SPDX-License-Identifier: Apache-2.0
"""Mail that Mailward reads itself: reports that come to addresses which a room was given for them."""

import msgspec

from mailward.contract.taking import Taking
from mailward.disposition.acceptance import Copy
from mailward.kit.ids import new_id, time_of
from mailward.policy.snapshot import OrganizationPolicy
from mailward.records.dmarc_reports import service as dmarc_reports
from mailward.records.tls_reports import service as tls_reports

_READERS = {dmarc_reports.FEATURE_NAME: dmarc_reports.taking, tls_reports.FEATURE_NAME: tls_reports.taking}
"""Rooms that read mail to addresses of their own."""


def is_read_here(policy: OrganizationPolicy, recipient: str) -> bool:
    """Whether a room reads mail to this address."""
    return _reader(policy, recipient)[1] is not Taking.NOTHING


def copies_of(policy: OrganizationPolicy, copy: Copy) -> list[Copy]:
    """The copies of a recipient's copy: what is for Mailward itself is read here, and delivered too if so asked."""
    room, taking = _reader(policy, copy.recipient)
    if taking is Taking.NOTHING:
        return [copy]
    taken = msgspec.structs.replace(copy, taken_by=room)
    if taking is Taking.WHOLE:
        return [taken]
    return [copy, msgspec.structs.replace(taken, id=new_id(time_of(copy.id)))]


def _reader(policy: OrganizationPolicy, recipient: str) -> tuple[str, Taking]:
    """The room that reads mail to this address, and how much of it."""
    for room, taking in _READERS.items():
        if (taken := taking(policy.settings, recipient)) is not Taking.NOTHING:
            return room, taken
    return "", Taking.NOTHING
