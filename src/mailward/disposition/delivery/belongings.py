# SPDX-License-Identifier: Apache-2.0
"""Mail that waits for a domain's servers when the domain is deleted: it was accepted, so it is not lost.

Its time ends now: it goes the way of all mail that could not be delivered in time.
"""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval
from mailward.disposition.delivery.store import CHANNEL


async def _count(connection: Any, domain: str) -> int:
    waiting: int = await connection.fetchval(
        "SELECT count(*) FROM deliveries WHERE destination = $1 AND NOT outward", domain
    )
    return waiting


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    await connection.execute(
        "UPDATE deliveries SET expires_at = least(expires_at, $2), due_at = least(due_at, $2)"
        " WHERE destination = $1 AND NOT outward",
        removal.domain, removal.at,
    )  # fmt: skip
    await connection.execute("SELECT pg_notify($1, '')", CHANNEL)


BELONGINGS = (DomainBelongings(what="mails_under_way", count=_count, remove=_remove),)
