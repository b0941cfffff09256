# SPDX-License-Identifier: Apache-2.0
"""Valid recipients as the API says them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from mailward.kit.list_import import ImportOrder, ImportPlan, Mode

MAX_ADDRESS = 320
MAX_NAME = 200


class ValidRecipient(msgspec.Struct, frozen=True):
    """One address that exists, and whose it is."""

    address: Annotated[str, msgspec.Meta(max_length=MAX_ADDRESS, examples=["lee@example.com"])]
    display_name: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] = ""


class RecipientPage(msgspec.Struct, frozen=True):
    """One page, by domain and address."""

    items: list[ValidRecipient]
    next_cursor: str | None


class ListState(msgspec.Struct, frozen=True):
    """A domain's list: its version, which every change changes, its length, and when it was changed."""

    version: UUID
    entries: int
    changed_at: datetime


class RecipientImport(ImportOrder, frozen=True, kw_only=True):
    """Lines of `address,display name`. `overwrite` replaces all entries of each domain that occurs in the file and
    leaves other domains alone; `merge` only adds and renames."""

    mode: Mode = Mode.OVERWRITE


class DomainPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file does to one domain: its entries before and after, and how many of those before go."""

    domain: str
    before: int
    after: int
    removed: int


class RecipientPlan(ImportPlan, frozen=True, kw_only=True):
    """What a file changes, in all and in each domain."""

    domains: list[DomainPlan]
