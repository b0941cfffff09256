# SPDX-License-Identifier: Apache-2.0
"""What the DNS should say about a protected domain, and what it says: each room checks the records it answers for."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from mailward.contract.dns import Resolver
from mailward.contract.gateway import Gateway


class DnsState(StrEnum):
    """OK; something to look at; missing; there but wrong; or nobody answered, which says nothing either way."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class DnsCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One record. `kind` is a stable word (`mx`, `spf`, `dmarc`); `name` and `record_type` are where it stands;
    `expected` are values to be published, which may be copied as they are; `found` is what is there. `why` says
    what the record is for, `advice` what to do, empty where there is nothing to do."""

    kind: str
    name: str
    record_type: str
    state: DnsState
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    why: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class DnsSurvey:
    """What a room is told when it is asked for its checks of a domain. `resolver` asks in the name of the room's
    feature, and remembers nothing; `scoped()` is a transaction that sees the organization's rows."""

    domain: str
    gateway: Gateway
    resolver: Resolver
    scoped: Callable[[], AbstractAsyncContextManager[Any]]
