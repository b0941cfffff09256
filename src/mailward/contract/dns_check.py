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
from mailward.contract.wording import NOTHING, Sentence, Wording

PUBLISH = Sentence("dns.publish", "Publish this record.")
_UNANSWERED = Sentence(
    "dns.unanswered", "The DNS did not answer ({trouble}); this says nothing about the record. Try again."
)


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
    what the record is for, `advice` what to do, empty where there is nothing to do; the ids and values are the
    same for translators."""

    kind: str
    name: str
    record_type: str
    state: DnsState
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    why: str
    why_id: str = ""
    advice: str = ""
    advice_id: str = ""
    advice_values: dict[str, str] = {}


def checked(
    kind: str, name: str, record_type: str, state: DnsState, *, why: Sentence, expected: tuple[str, ...] = (),
    found: tuple[str, ...] = (), advice: Wording = NOTHING,
) -> DnsCheck:  # fmt: skip
    """A record and what is to be done about it."""
    return DnsCheck(
        kind=kind, name=name, record_type=record_type, state=state, expected=expected, found=found,
        why=why.english, why_id=why.id, advice=advice.text, advice_id=advice.id, advice_values=advice.values,
    )  # fmt: skip


def unanswered(trouble: object) -> Wording:
    """What there is to say where nobody answered."""
    return _UNANSWERED(trouble=trouble)


@dataclass(frozen=True, kw_only=True)
class DnsSurvey:
    """What a room is told when it is asked for its checks of a domain. `resolver` asks in the name of the room's
    feature, and remembers nothing; `scoped()` is a transaction that sees the organization's rows."""

    domain: str
    gateway: Gateway
    resolver: Resolver
    scoped: Callable[[], AbstractAsyncContextManager[Any]]
