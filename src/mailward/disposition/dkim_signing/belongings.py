# SPDX-License-Identifier: Apache-2.0
"""The keys of a domain go with it, and their private halves."""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval


async def _count(connection: Any, domain: str) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM dkim_keys WHERE domain = $1", domain))


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await connection.execute("DELETE FROM dkim_keys WHERE domain = $1", removal.domain)


BELONGINGS = (DomainBelongings(what="signing_keys", count=_count, remove=_remove),)
