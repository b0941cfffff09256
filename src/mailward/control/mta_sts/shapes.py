# SPDX-License-Identifier: Apache-2.0
"""Hosted policies as the API says them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

MAX_AGE = 31_557_600
MIN_AGE = 86_400
DEFAULT_AGE = 604_800
MAX_MX = 50


class PolicyMode(StrEnum):
    """What senders do if they find no server with a good certificate: bring no mail, only report it, or nothing."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a domain's policy is to say."""

    mode: Annotated[
        PolicyMode,
        msgspec.Meta(
            description="Begin with `testing` and watch the reports; `none` takes a policy back in an orderly way"
        ),
    ] = PolicyMode.TESTING
    mx: Annotated[
        list[str],
        msgspec.Meta(
            max_length=MAX_MX,
            description="Host names of servers that may get mail for the domain, or *.domain; empty: this gateway's",
        ),
    ] = []
    max_age: Annotated[
        int,
        msgspec.Meta(
            ge=MIN_AGE,
            le=MAX_AGE,
            description="Seconds for which senders hold to it: a week first, longer when it has proved itself",
        ),
    ] = DEFAULT_AGE


class HostedPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """One domain's policy. `id` changes whenever the text does; `address` is where senders look for the text."""

    domain: str
    mode: PolicyMode
    mx: list[str]
    max_age: int
    id: str
    text: str
    address: str
    record: Annotated[str, msgspec.Meta(description="The TXT record to publish at _mta-sts.DOMAIN")]
    changed_at: datetime
    changed_by: str


class HostedPolicyList(msgspec.Struct, frozen=True):
    """The policies of the organization, by domain, and the domains that have none."""

    items: list[HostedPolicy]
    without: list[str]
