# SPDX-License-Identifier: Apache-2.0
"""Sender lists as the API says them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from mailward.checks.sender_filter.patterns import MAX_ADDRESS
from mailward.kit.list_import import ImportOrder, Note

Target = Annotated[
    str,
    msgspec.Meta(
        max_length=MAX_ADDRESS,
        description="For whom the entry counts: empty for the whole organization, a domain, or a person's address",
        examples=["", "example.com", "lee@example.com"],
    ),
]
Unauthenticated = Annotated[
    bool,
    msgspec.Meta(
        description="Approve even where neither SPF, DKIM nor DMARC proves the sender: anybody can borrow the name"
    ),
]


class SenderList(StrEnum):
    """A block for a person, domain or organization goes before every approval."""

    APPROVED = "approved"
    BLOCKED = "blocked"


class NewSenderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A sender to add. `expires_at` removes the entry by itself."""

    list: SenderList
    pattern: Annotated[
        str,
        msgspec.Meta(
            max_length=MAX_ADDRESS,
            description="name@domain, name@*.domain, name@*, *@domain or *@*.domain; a bare domain means *@domain",
            examples=["news@shop.test", "*@*.partner.test"],
        ),
    ]
    target: Target = ""
    unauthenticated: Unauthenticated = False
    note: Note = ""
    expires_at: datetime | None = None


class SenderEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, its pattern in plain form."""

    id: UUID
    list: SenderList
    pattern: str
    target: str
    unauthenticated: bool
    note: str
    expires_at: datetime | None
    created_at: datetime
    created_by: str


class SenderSort(StrEnum):
    """In which order; `-` turns it round. Entries without an end come after all others."""

    OLDEST = "created"
    NEWEST = "-created"
    PATTERN = "pattern"
    PATTERN_DOWN = "-pattern"
    TARGET = "target"
    TARGET_DOWN = "-target"
    EXPIRY = "expires"
    EXPIRY_DOWN = "-expires"


class SenderEntryPage(msgspec.Struct, frozen=True):
    """One page."""

    items: list[SenderEntry]
    next_cursor: str | None


class SenderImport(ImportOrder, frozen=True, kw_only=True):
    """Lines of `pattern,target,note,unauthenticated,expires_at`, for one list; all but the pattern may be left out."""

    list: SenderList
