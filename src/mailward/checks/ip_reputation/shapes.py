# SPDX-License-Identifier: Apache-2.0
"""Address lists as the API says them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from mailward.kit.list_import import ImportOrder, Note


class AddressList(StrEnum):
    """Approved goes before blocked."""

    APPROVED = "approved"
    BLOCKED = "blocked"


class NewAddressEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An address or a network to add. `expires_at` removes it by itself."""

    list: AddressList
    network: Annotated[str, msgspec.Meta(max_length=60, examples=["192.0.2.0/24", "2001:db8::25"])]
    note: Note = ""
    expires_at: datetime | None = None


class AddressEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry; `network` in CIDR form, a single address without its prefix."""

    id: UUID
    list: AddressList
    network: str
    note: str
    expires_at: datetime | None
    created_at: datetime
    created_by: str


class AddressSort(StrEnum):
    """In which order; `-` turns it round. Entries without an end come after all others."""

    OLDEST = "created"
    NEWEST = "-created"
    NETWORK = "network"
    NETWORK_DOWN = "-network"
    EXPIRY = "expires"
    EXPIRY_DOWN = "-expires"


class AddressEntryPage(msgspec.Struct, frozen=True):
    """One page."""

    items: list[AddressEntry]
    next_cursor: str | None


class AddressImport(ImportOrder, frozen=True, kw_only=True):
    """Lines of `network,note,expires_at`, for one list; all but the network may be left out."""

    list: AddressList


class Penalty(msgspec.Struct, frozen=True, kw_only=True):
    """Our own experience with an address: counts of good and bad mail at `updated_at`, which fade, how often it had to
    wait, and until when it must."""

    site: str
    good: float
    bad: float
    penalties: int
    penalty_until: datetime
    updated_at: datetime


class Penalties(msgspec.Struct, frozen=True):
    """Those whose penalty ends last come first."""

    items: list[Penalty]
