# SPDX-License-Identifier: Apache-2.0
"""What of this room goes with a domain: connectors that send for it alone."""

from typing import Any

from mailward.checks.outbound import store
from mailward.contract.belongings import DomainBelongings, DomainRemoval


async def _count(connection: Any, domain: str) -> int:
    return await store.count_for(connection, domain)


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await store.delete_for(connection, removal.domain)


BELONGINGS = (DomainBelongings(what="outbound_connectors", count=_count, remove=_remove),)
