# SPDX-License-Identifier: Apache-2.0
"""Entries end at their expiry, and old experience is forgotten."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.checks.ip_reputation.settings import RETENTION_DAYS
from mailward.contract.job import Job, JobTools
from mailward.policy.store import announce


async def expire(tools: JobTools) -> None:
    """Remove expired entries; the organizations that had some compile their lists anew."""
    async with tools.database.unscoped() as connection:
        for row in await connection.fetch("SELECT * FROM expire_address_entries($1)", tools.clock.now()):
            await announce(connection, row[0])


async def forget(tools: JobTools) -> None:
    """Remove experience with addresses that have not been seen for long."""
    async with tools.database.unscoped() as connection:
        await connection.execute("SELECT forget_reputation($1)", tools.clock.now() - timedelta(days=RETENTION_DAYS))


JOBS: Sequence[Job] = (
    Job(name="ip_reputation.expire", every=timedelta(minutes=1), run=expire, removes=True),
    Job(name="ip_reputation.forget", every=timedelta(hours=6), run=forget, removes=True),
)
