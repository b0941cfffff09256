# SPDX-License-Identifier: Apache-2.0
"""A feature's public promise about data: what it keeps, what it sends, and what switching it off costs.

The promise is enforced: `egress` refuses a request that carries an item missing from `sends`, the
purge jobs read `Retention`, and `mailward notice` prints nothing that is not written here.
"""

from enum import StrEnum

import msgspec

from mailward.contract.data import DataItem


class Removal(StrEnum):
    """The event that removes collected data for good."""

    RETENTION = "removed when its retention ends"
    DELETION = "removed when the entry is deleted"
    DOMAIN_DELETION = "removed when the domain is deleted or the organization is deprovisioned"
    DEPROVISIONING = "removed when the organization is deprovisioned"
    NEVER_KEPT = "not kept after the mail was judged"


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request to somebody else's service. `to` says who that is, in words."""

    to: str
    items: frozenset[DataItem]
    purpose: str


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """What the notice says of one feature. Retention is in days; None means "not by time"."""

    does: str
    disabling_costs: str
    collects: frozenset[DataItem] = frozenset()
    sends: tuple[Sending, ...] = ()
    retention_days: int | None = None
    removed: Removal

    def permits(self, items: frozenset[DataItem]) -> bool:
        """Whether every one of `items` is declared as sent."""
        declared = frozenset().union(*(sending.items for sending in self.sends))
        return items <= declared
