# SPDX-License-Identifier: Apache-2.0
"""Valid recipients go with their domain."""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval


async def _count(connection: Any, domain: str) -> int:
    entries: int | None = await connection.fetchval("SELECT entries FROM recipient_lists WHERE domain = $1", domain)
    return entries or 0


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await connection.execute("DELETE FROM valid_recipients WHERE domain = $1", removal.domain)
    await connection.execute("DELETE FROM recipient_lists WHERE domain = $1", removal.domain)


BELONGINGS = (DomainBelongings(what="valid_recipients", count=_count, remove=_remove),)
