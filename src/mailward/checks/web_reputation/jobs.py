# SPDX-License-Identifier: Apache-2.0
"""Exceptions end at their expiry."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.contract.job import Job, JobTools
from mailward.policy.store import announce


async def expire(tools: JobTools) -> None:
    """Remove expired exceptions; the organizations that had some compile theirs anew."""
    async with tools.database.unscoped() as connection:
        for row in await connection.fetch("SELECT * FROM expire_web_exceptions($1)", tools.clock.now()):
            await announce(connection, row[0])


JOBS: Sequence[Job] = (Job(name="web_reputation.expire", every=timedelta(minutes=1), run=expire, removes=True),)
