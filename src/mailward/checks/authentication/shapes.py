# SPDX-License-Identifier: Apache-2.0
"""Authentication rules as the API says them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from mailward.checks.authentication.rules import DkimRule, DmarcRule, Method, SenderIpRule, SpfRule


class RuleOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a rule comes from: written for this domain (`own`), or by whom and when; nobody wrote ours."""

    own: bool
    changed_at: datetime | None = None
    changed_by: str = ""


class DomainRules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one domain; `domain` is empty for the default, which cannot be removed."""

    domain: str
    sender_ip: SenderIpRule
    spf: SpfRule
    dkim: DkimRule
    dmarc: DmarcRule
    origins: Annotated[dict[Method, RuleOrigin], msgspec.Meta(description="By method")]


class AuthenticationRules(msgspec.Struct, frozen=True):
    """The default first, then every protected domain by name. `schemas` draw the forms, by method."""

    items: list[DomainRules]
    schemas: dict[Method, dict[str, Any]]
