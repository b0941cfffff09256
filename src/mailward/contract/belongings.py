# SPDX-License-Identifier: Apache-2.0
"""What the rooms keep of a domain, so that deleting a domain can say first what goes with it, and take all of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class DomainRemoval(msgspec.Struct, frozen=True, kw_only=True):
    """A domain that is being deleted, by whom and when."""

    organization: UUID
    domain: str
    actor: str
    at: datetime


class DomainBelongings(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing. `what` is a stable word, such as `quarantined_mails`. `count(connection, domain)` says how
    many there are; `remove(connection, removal)` removes them, in the transaction that deletes the domain."""

    what: str
    count: Callable[[Any, str], Awaitable[int]]
    remove: Callable[[Any, DomainRemoval], Awaitable[None]]
