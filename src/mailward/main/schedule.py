# SPDX-License-Identifier: Apache-2.0
"""The rooms' jobs, each when its time has come, on one node at a time."""

import asyncio
from collections.abc import Iterable

import structlog

from mailward.contract.job import Job, JobTools

log = structlog.get_logger()

MOST_AT_ONCE = 4
"""Jobs that run at the same time: each holds a connection for its lock while it asks for others, and the pool has
ten. With as many jobs as connections, each would wait for the others."""


class Schedule:
    """Runs each job once at the start and then at its interval. A job that fails is tried at its next turn."""

    def __init__(self, jobs: Iterable[Job], tools: JobTools) -> None:
        self._jobs = tuple(jobs)
        self._tools = tools
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for job in self._jobs:
                tasks.create_task(self._repeat(job))

    async def _repeat(self, job: Job) -> None:
        while True:
            try:
                async with self._slots:
                    await self.once(job)
            except Exception:
                log.exception("job.failed", job=job.name)
            await asyncio.sleep(job.every.total_seconds())

    async def once(self, job: Job) -> bool:
        """Run a job now, unless another node is at it; whether it was run."""
        async with self._tools.database.unscoped() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 1))", job.name):
                return False
            try:
                await job.run(self._tools)
            finally:
                await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 1))", job.name)
        return True
