# SPDX-License-Identifier: Apache-2.0
"""Purge what was held for long enough, and then the bodies that nobody needs any more."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import structlog

from mailward.contract.event import Event, EventKind, Status
from mailward.contract.job import Job, JobTools
from mailward.records.mail_tracking import service as mail_tracking

log = structlog.get_logger()

MOST_AT_ONCE = 500
BODY_DAYS = 7
"""Days for which the body of a mail that is neither held nor queued is kept, so that it can be inspected."""


async def purge_expired(tools: JobTools) -> None:
    """Delete held copies whose time is over, with a last line in their timeline."""
    at = tools.clock.now()
    async with tools.database.unscoped() as connection:
        rows = await connection.fetch("SELECT * FROM lease_expired_quarantine($1, $2)", at, MOST_AT_ONCE)
    by_organization: dict[UUID, list[tuple[UUID, UUID]]] = defaultdict(list)
    for row in rows:
        by_organization[row["organization_id"]].append((row["id"], row["message_id"]))
    for organization, copies in by_organization.items():
        event = Event(at=at, kind=EventKind.DELETED, detail={"why": "its retention in quarantine ended"})
        async with tools.database.scoped(organization) as connection:
            await connection.execute("DELETE FROM quarantine WHERE id = ANY($1)", [copy for copy, _ in copies])
            await mail_tracking.record(
                connection,
                organization,
                events=[(message, copy, event) for copy, message in copies],
                moved=[(copy, Status.DELETED) for copy, _ in copies],
                at=at,
            )
    if rows:
        log.info("quarantine.purged", copies=len(rows))


async def purge_bodies(tools: JobTools) -> None:
    """Delete bodies of past days that no held and no queued copy needs."""
    limit = f"{tools.clock.now() - timedelta(days=BODY_DAYS):%Y%m%d}"
    for home in await asyncio.to_thread(_children, tools.bodies.root):
        organization = UUID(home.name)
        for day in await asyncio.to_thread(_children, home):
            if day.name < limit:
                await _purge_day(tools, organization, day)


async def _purge_day(tools: JobTools, organization: UUID, day: Path) -> None:
    async with tools.database.scoped(organization) as connection:
        needed = await connection.fetch("SELECT message_id FROM quarantine UNION SELECT message_id FROM deliveries")
    keep = {str(row["message_id"]) for row in needed}

    def purge() -> int:
        unneeded = [path for path in day.iterdir() if path.name.removeprefix(".").removesuffix(".new") not in keep]
        for path in unneeded:
            path.unlink(missing_ok=True)
        if not any(day.iterdir()):
            day.rmdir()
        return len(unneeded)

    if removed := await asyncio.to_thread(purge):
        log.info("bodies.purged", organization=str(organization), day=day.name, count=removed)


def _children(path: Path) -> list[Path]:
    return sorted(child for child in path.iterdir() if child.is_dir()) if path.is_dir() else []


JOBS = (
    Job(name="quarantine.purge_expired", every=timedelta(minutes=10), run=purge_expired, removes=True),
    Job(name="quarantine.purge_bodies", every=timedelta(hours=1), run=purge_bodies, removes=True),
)
