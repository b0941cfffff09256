# SPDX-License-Identifier: Apache-2.0
"""Entries that count for one domain go with it."""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval


async def _count(connection: Any, domain: str) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM tls_peers WHERE domain = $1", domain))


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await connection.execute("DELETE FROM tls_peers WHERE domain = $1", removal.domain)


BELONGINGS = (DomainBelongings(what="tls_peers", count=_count, remove=_remove),)
