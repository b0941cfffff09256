# SPDX-License-Identifier: Apache-2.0
"""The proof of each domain is looked for again: often while a claim is new, once a day when it is verified."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from mailward.contract.job import Job, JobTools
from mailward.control.domains import proving, store
from mailward.control.domains.errors import DomainTaken, NoSuchDomain
from mailward.egress.door import ON_BEHALF_OF

log = structlog.get_logger()

MOST_AT_ONCE = 4
MOST_PER_TURN = 500


async def look_again(tools: JobTools) -> None:
    """Look for the proof of every claim that is due."""
    async with tools.database.unscoped() as connection:
        due = await store.due(connection, tools.clock.now(), most=MOST_PER_TURN)
    slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def one(organization: UUID, name: str) -> None:
        async with slots:
            ON_BEHALF_OF.set((organization,))
            try:
                await proving.prove(
                    tools.database, organization, name, at=tools.clock.now(), gateway=tools.gateway,
                    resolver=tools.resolvers("domains"),
                )  # fmt: skip
            except (DomainTaken, NoSuchDomain) as exc:
                log.info("domains.not_proved", domain=name, why=type(exc).__name__)

    async with asyncio.TaskGroup() as tasks:
        for organization, name in due:
            tasks.create_task(one(organization, name))


JOBS: Sequence[Job] = (Job(name="domains.look_again", every=timedelta(minutes=1), run=look_again, prompt=False),)
