# SPDX-License-Identifier: Apache-2.0
"""TLS peers as the API says them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from mailward.checks.tls_peers.settings import Level, Minimum, PeerDirection
from mailward.kit.list_import import ImportOrder, Note

MAX_NAME = 255


class NewTlsPeer(msgspec.Struct, frozen=True, kw_only=True):
    """A peer to add; adding it again changes what is asked of it."""

    direction: PeerDirection
    peer: Annotated[
        str,
        msgspec.Meta(
            max_length=MAX_NAME,
            description="A domain (example.com), all below it (*.example.com), or * for every peer of `domain`."
            " Inbound it is the sender's domain, or an address or network (192.0.2.0/24); outbound the recipient's"
            " domain",
            examples=["partner.test", "*.partner.test", "192.0.2.0/24"],
        ),
    ]
    domain: Annotated[
        str,
        msgspec.Meta(
            max_length=MAX_NAME,
            description="The domain of yours for which this counts; empty: all",
            examples=["", "example.com"],
        ),
    ] = ""
    level: Level
    minimum: Minimum = Minimum.NONE
    certificate_name: Annotated[
        str,
        msgspec.Meta(
            max_length=MAX_NAME,
            description="With `verified`: the name that the server's certificate must bear; empty: the server's own",
        ),
    ] = ""
    note: Note = ""


class TlsPeer(NewTlsPeer, frozen=True, kw_only=True):
    """One entry, its names in plain form."""

    id: UUID
    created_at: datetime
    created_by: str


class TlsPeerPage(msgspec.Struct, frozen=True):
    """One page, newest first."""

    items: list[TlsPeer]
    next_cursor: str | None


class TlsPeerImport(ImportOrder, frozen=True, kw_only=True):
    """Lines of `peer,level,minimum,domain,certificate_name,note`, for one direction; what follows the level may be
    left out."""

    direction: PeerDirection


class StsPolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fetched MTA-STS policy, as we hold to it."""

    domain: str
    policy_id: str
    mode: str
    mx: list[str]
    fetched_at: datetime
    expires_at: datetime


class StsPolicyPage(msgspec.Struct, frozen=True):
    """The policies that are held, by domain."""

    items: list[StsPolicyRow]
