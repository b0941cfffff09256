# SPDX-License-Identifier: Apache-2.0
"""Held mail goes with the domain that it was for."""

from typing import Any

from mailward.contract.belongings import DomainBelongings, DomainRemoval
from mailward.contract.event import Event, EventKind, Status
from mailward.records.mail_tracking import service as mail_tracking

AT_ONCE = 1000


async def _count(connection: Any, domain: str) -> int:
    held: int = await connection.fetchval(
        "SELECT count(*) FROM quarantine WHERE lower(recipient) LIKE '%@' || $1", domain
    )
    return held


async def _remove(connection: Any, removal: DomainRemoval) -> None:
    event = Event(
        at=removal.at, kind=EventKind.DELETED, actor=removal.actor, detail={"why": f"{removal.domain} was deleted"}
    )
    while True:
        rows = await connection.fetch(
            "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE lower(recipient) LIKE '%@' || $1"
            " ORDER BY id LIMIT $2) RETURNING id, message_id",
            removal.domain, AT_ONCE,
        )  # fmt: skip
        if not rows:
            return
        await mail_tracking.record(
            connection,
            removal.organization,
            events=[(row["message_id"], row["id"], event) for row in rows],
            moved=[(row["id"], Status.DELETED) for row in rows],
            at=removal.at,
        )


BELONGINGS = (DomainBelongings(what="quarantined_mails", count=_count, remove=_remove),)
