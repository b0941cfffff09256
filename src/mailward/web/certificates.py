# SPDX-License-Identifier: Apache-2.0
"""The certificates by which senders know this node, and what is wrong with them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency

from mailward.edge.certificates import Certificate
from mailward.kit.clock import Clock
from mailward.kit.http import problems

Look = Callable[[], Awaitable[tuple[list[Certificate], list[str]]]]
"""What lies there, and the faults in sentences."""


class CertificateState(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate. `kind` is that of its key; `days_left` is negative when it has expired;
    `self_signed` if nobody but itself vouches for it."""

    names: list[str]
    kind: str
    not_after: datetime
    days_left: int
    issuer: str
    self_signed: bool


class CertificateList(msgspec.Struct, frozen=True, kw_only=True):
    """Those that are good, and the faults: while there is one, what was loaded before stays in use."""

    items: list[CertificateState]
    faults: list[str]


@get("/api/v1/certificates", operation_id="listCertificates", responses=problems(),
     summary="The certificates of this node")  # fmt: skip
async def list_certificates(certificates: NamedDependency[Look], clock: NamedDependency[Clock]) -> CertificateList:
    """Each with the day on which it ends."""
    found, faults = await certificates()
    now = clock.now()
    items = [
        CertificateState(
            names=list(held.names), kind=held.kind, not_after=held.not_after,
            days_left=(held.not_after - now).days, issuer=held.issuer,
            self_signed=held.self_signed,
        )
        for held in found
    ]  # fmt: skip
    return CertificateList(items=items, faults=faults)


async def none() -> tuple[list[Certificate], list[str]]:
    """For a node without certificates."""
    return [], []


ROUTES: Sequence[Any] = (list_certificates,)
