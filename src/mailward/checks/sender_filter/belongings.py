# SPDX-License-Identifier: Apache-2.0
"""Entries that count for a domain or for its people go with the domain."""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval


async def _count(connection: Any, domain: str) -> int:
    entries: int = await connection.fetchval(
        "SELECT count(*) FROM sender_entries WHERE target = $1 OR target LIKE '%@' || $1", domain
    )
    return entries


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await connection.execute("DELETE FROM sender_entries WHERE target = $1 OR target LIKE '%@' || $1", removal.domain)


BELONGINGS = (DomainBelongings(what="sender_entries", count=_count, remove=_remove),)
