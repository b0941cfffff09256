# SPDX-License-Identifier: Apache-2.0
"""Protected domains as the API says them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from mailward.contract.dns_check import DnsCheck
from mailward.control.domains.names import MAX_NAME
from mailward.control.domains.routing import EVERYBODY

MEBIBYTE = 1024 * 1024
SMALLEST_LIMIT = 10 * MEBIBYTE
LARGEST_LIMIT = 150 * MEBIBYTE
DEFAULT_SIZE_LIMIT = 50 * MEBIBYTE
MOST_SERVERS = 100
"""Rows of servers behind one domain."""
MAX_LOCAL = 64

Name = Annotated[
    str, msgspec.Meta(max_length=MAX_NAME + 1, description="The domain, as behind the @", examples=["example.com"])
]
SizeLimit = Annotated[
    int,
    msgspec.Meta(
        ge=SMALLEST_LIMIT,
        le=LARGEST_LIMIT,
        description="The largest mail taken, in bytes: 10 to 150 MiB",
    ),
]
RecipientFilter = Annotated[
    bool, msgspec.Meta(description="Refuse mail for addresses that are not among the valid recipients")
]


class VerificationMethod(StrEnum):
    """How a domain was verified: by the operator's word, by a TXT record, or by an MX record that names us."""

    OPERATOR = "operator"
    TXT = "txt"
    MX = "mx"


class DomainState(StrEnum):
    """Unverified domains take no mail. PROOF_MISSING is verified, but the proof has gone from the DNS."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    PROOF_MISSING = "proof_missing"


class InboundServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server behind us. For each recipient its own rows and those of everybody are merged; the lowest
    preference is tried first, equal ones share the mail, and the next is tried when one fails."""

    recipient: Annotated[
        str, msgspec.Meta(max_length=MAX_LOCAL, description="A local part, or * for everybody", examples=["*", "boss"])
    ] = EVERYBODY
    host: Annotated[
        str,
        msgspec.Meta(max_length=MAX_NAME + 1, description="Host name or IP address", examples=["mail.example.com"]),
    ]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 25
    preference: Annotated[int, msgspec.Meta(ge=1, le=100, description="Lower is tried first")] = 10


Servers = Annotated[
    list[InboundServer], msgspec.Meta(max_length=MOST_SERVERS, description="The mail servers behind us, at most 100")
]


class NewDomain(msgspec.Struct, frozen=True, kw_only=True):
    """A domain to protect. It takes no mail until it is verified."""

    name: Name
    servers: Servers
    recipient_filter: RecipientFilter = False
    size_limit: SizeLimit = DEFAULT_SIZE_LIMIT


class DomainChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different; what is left out stays. Servers are replaced as a whole."""

    servers: Servers | None = None
    recipient_filter: RecipientFilter | None = None
    size_limit: SizeLimit | None = None


class DomainRow(msgspec.Struct, frozen=True, kw_only=True):
    """A domain in a list. `missing` says what the last look for the proof did not find; `recipients` is the
    number of its valid recipients."""

    name: str
    state: DomainState
    verified_by: VerificationMethod | None
    verified_at: datetime | None
    checked_at: datetime | None
    missing: str
    servers: int
    recipients: int
    recipient_filter: bool
    size_limit: int
    created_at: datetime


class DomainPage(msgspec.Struct, frozen=True):
    """One page, by name."""

    items: list[DomainRow]
    next_cursor: str | None


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What proves the domain: the TXT record `value` at `name` or at the domain itself, or an MX record, of
    whatever preference, that names one of `mail_exchanges`."""

    name: str
    value: str
    mail_exchanges: list[str]


class DomainDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one domain. `next_check_at` is when the proof is looked for again, None for never."""

    name: str
    state: DomainState
    verified_by: VerificationMethod | None
    verified_at: datetime | None
    proof_seen_at: datetime | None
    checked_at: datetime | None
    next_check_at: datetime | None
    missing: str
    challenge: Challenge
    servers: list[InboundServer]
    recipients: int
    recipient_filter: bool
    size_limit: int
    created_at: datetime


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What a look for the proof found, record by record, and the domain as it stands now."""

    domain: DomainDetail
    evidence: list[DnsCheck]


class Belonging(msgspec.Struct, frozen=True, kw_only=True):
    """Something that goes with a domain. `what` is a stable word, such as `quarantined_mails`."""

    what: str
    count: int


class DomainDeletion(msgspec.Struct, frozen=True, kw_only=True):
    """What goes with a domain. `deleted` is False for a plan."""

    name: str
    belongings: list[Belonging]
    deleted: bool


class DnsReport(msgspec.Struct, frozen=True, kw_only=True):
    """The DNS as it is at this moment, beside what it should be."""

    name: str
    at: datetime
    checks: list[DnsCheck]
