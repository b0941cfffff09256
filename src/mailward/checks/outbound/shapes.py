# SPDX-License-Identifier: Apache-2.0
"""Connectors and pauses as the API says them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

MAX_SERVERS = 100
"""Networks and clouds that may send for one domain."""
EVERY_DOMAIN = "*"


class ProofKind(StrEnum):
    """How a server shows that it sends for this organization: by its address alone; by a header field that the
    cloud writes; by a secret of ours in a header field."""

    ADDRESS = "address"
    HEADER = "header"
    SECRET = "secret"  # noqa: S105 - the name of a proof


Header = Annotated[
    str,
    msgspec.Meta(
        max_length=100, pattern=r"^[!-9;-~]*$", description="Name of the field, for the proof `header`",
        examples=["X-MS-Exchange-CrossTenant-Id"],
    ),
]  # fmt: skip
Value = Annotated[
    str,
    msgspec.Meta(
        max_length=255, pattern=r"^[ -~]*$",
        description="What the field must say, for the proof `header`",
    ),
]  # fmt: skip


class NewConnector(msgspec.Struct, frozen=True, kw_only=True):
    """Servers that may send for a domain of yours. Give `networks`, or the name of a `cloud` of the operator's."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, examples=["Exchange in Delft"])]
    domain: Annotated[str, msgspec.Meta(max_length=255, description="A domain of yours, or * for all")] = EVERY_DOMAIN
    networks: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=60)], ...],
        msgspec.Meta(max_length=MAX_SERVERS, examples=[["192.0.2.25", "2001:db8::/64"]]),
    ] = ()
    cloud: Annotated[str, msgspec.Meta(max_length=100)] = ""
    proof: ProofKind = ProofKind.ADDRESS
    header: Header = ""
    value: Value = ""


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """One connector. `has_secret`: a secret was made for it."""

    id: UUID
    name: str
    domain: str
    networks: tuple[str, ...]
    cloud: str
    proof: ProofKind
    header: str
    value: str
    has_secret: bool
    created_at: datetime
    created_by: str


class MadeConnector(msgspec.Struct, frozen=True, kw_only=True):
    """A connector, and its secret if one was made just now: it is said only this once."""

    connector: Connector
    secret_header: str
    secret: str


class Cloud(msgspec.Struct, frozen=True, kw_only=True):
    """A cloud whose addresses many organizations send from, as the operator described it."""

    name: str
    title: str
    networks: int
    header: str


class SendingDomain(msgspec.Struct, frozen=True, kw_only=True):
    """How one domain sends. `spf` is what its SPF record must contain; `servers` counts networks and clouds."""

    name: str
    verified: bool
    connectors: int
    servers: int
    spf: str


class Outbound(msgspec.Struct, frozen=True, kw_only=True):
    """All that may send, and how."""

    connectors: list[Connector]
    clouds: list[Cloud]
    domains: list[SendingDomain]


class PauseReason(StrEnum):
    """What a sender was paused for."""

    UNWANTED = "unwanted"
    UNKNOWN = "unknown"
    BURST = "burst"


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """A sender that was paused. `until` is None where only people end it; `lifted_at` is set when it was ended."""

    id: UUID
    sender: str
    reason: PauseReason
    why: str
    paused_at: datetime
    until: datetime | None
    lifted_at: datetime | None
    lifted_by: str
    alerted_at: datetime | None


class Pauses(msgspec.Struct, frozen=True):
    """Those that hold come first, each group newest first; at most 200."""

    items: list[Pause]
