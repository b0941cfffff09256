# SPDX-License-Identifier: Apache-2.0
"""The policy of a domain goes with it."""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval


async def _count(connection: Any, domain: str) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM hosted_sts_policies WHERE domain = $1", domain))


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await connection.execute("DELETE FROM hosted_sts_policies WHERE domain = $1", removal.domain)


BELONGINGS = (DomainBelongings(what="mta_sts_policies", count=_count, remove=_remove),)
