# SPDX-License-Identifier: Apache-2.0
"""Who was limited is forgotten after a day."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.checks.rate_limits.settings import RETENTION_DAYS
from mailward.contract.job import Job, JobTools


async def forget(tools: JobTools) -> None:
    """Remove what is older."""
    async with tools.database.unscoped() as connection:
        await connection.execute("SELECT forget_rate_limited($1)", tools.clock.now() - timedelta(days=RETENTION_DAYS))


JOBS: Sequence[Job] = (Job(name="rate_limits.forget", every=timedelta(minutes=30), run=forget),)
