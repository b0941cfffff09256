# SPDX-License-Identifier: Apache-2.0
"""Signing keys as the API says them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from mailward.disposition.dkim_signing.keys import Algorithm
from mailward.disposition.dkim_signing.store import State


class NewDkimKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to make. One of the same kind that signs already goes on until the new one may."""

    domain: Annotated[str, msgspec.Meta(max_length=253, examples=["example.com"])]
    algorithm: Algorithm = Algorithm.RSA
    bits: Annotated[Literal[2048, 3072, 4096], msgspec.Meta(description="Of an RSA key")] = 2048
    selector: Annotated[
        str,
        msgspec.Meta(
            max_length=63,
            pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$",
            description="Left out: made of the date, such as mw20261127r",
        ),
    ] = ""


class DkimRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record to publish. `found` is what the DNS says now, empty before the first look."""

    name: str
    type: str
    value: str
    zone_line: str


class DkimKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key. `ready_at` is when it will sign if its record stays; `removable_at` when the old record may go.
    `problem` says what is wrong with the record."""

    id: UUID
    domain: str
    selector: str
    algorithm: Algorithm
    bits: int
    state: State
    record: DkimRecord
    problem: str
    created_at: datetime
    created_by: str
    checked_at: datetime | None
    seen_at: datetime | None
    ready_at: datetime | None
    active_at: datetime | None
    retiring_at: datetime | None
    removable_at: datetime | None
    retired_at: datetime | None


class DomainKeys(msgspec.Struct, frozen=True):
    """The keys of one domain, the newest first. `signs` if mail of the domain is signed now."""

    domain: str
    signs: bool
    keys: list[DkimKey]


class DkimKeys(msgspec.Struct, frozen=True):
    """Every protected domain by name."""

    items: list[DomainKeys]
