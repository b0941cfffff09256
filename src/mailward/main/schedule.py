# SPDX-License-Identifier: Apache-2.0
"""The rooms' jobs, each when its time has come, on one node at a time; what removes by age only by a steady clock."""

import asyncio
from collections.abc import Iterable

import asyncpg
import structlog

from mailward.contract.job import Job, JobTools
from mailward.kit.database.steady import held_until

log = structlog.get_logger()

MOST_AT_ONCE = 3
"""Each job that runs holds a connection for its lock and needs others for its work: all of them at once
would wait for each other's."""


class Schedule:
    """Runs each job once at the start and then at its interval. A job that fails is tried at its next turn."""

    def __init__(self, jobs: Iterable[Job], tools: JobTools) -> None:
        self._jobs = tuple(jobs)
        self._tools = tools
        self._places = asyncio.Semaphore(MOST_AT_ONCE)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for job in self._jobs:
                tasks.create_task(self._repeat(job))

    async def _repeat(self, job: Job) -> None:
        while True:
            try:
                await self.once(job)
            except Exception:
                log.exception("job.failed", job=job.name)
            await asyncio.sleep(job.every.total_seconds())

    async def once(self, job: Job) -> bool:
        """Run a job now, unless another node is at it; whether it was run."""
        async with self._places, self._tools.database.unscoped() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 1))", job.name):
                return False
            try:
                if job.removes and await self._held(job, connection):
                    return False
                await job.run(self._tools)
            finally:
                await connection.execute("SELECT pg_advisory_unlock(hashtextextended($1, 1))", job.name)
        return True

    async def _held(self, job: Job, connection: asyncpg.Connection) -> bool:
        """Whether the clock jumped since the job ran last, or not long ago."""
        until = await held_until(connection, job.name, at=self._tools.clock.now())
        if until is not None:
            log.warning("job.held", job=job.name, until=until.isoformat(), why="the clock jumped")
        return until is not None
