# SPDX-License-Identifier: Apache-2.0
"""The rules of a domain go with it. The default of the organization stays."""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval


async def _count(connection: Any, domain: str) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM authentication_rules WHERE domain = $1", domain))


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await connection.execute("DELETE FROM authentication_rules WHERE domain = $1", removal.domain)


BELONGINGS = (DomainBelongings(what="authentication_rules", count=_count, remove=_remove),)
