# SPDX-License-Identifier: Apache-2.0
"""Entries end at their expiry."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.contract.job import Job, JobTools
from mailward.policy.store import announce


async def expire(tools: JobTools) -> None:
    """Remove expired entries; the organizations that had some compile their lists anew."""
    async with tools.database.unscoped() as connection:
        for row in await connection.fetch("SELECT * FROM expire_sender_entries($1)", tools.clock.now()):
            await announce(connection, row[0])


JOBS: Sequence[Job] = (Job(name="sender_filter.expire", every=timedelta(minutes=1), run=expire, removes=True),)
