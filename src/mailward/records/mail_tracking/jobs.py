# SPDX-License-Identifier: Apache-2.0
"""Make the partitions of the days to come, and drop those whose time is over."""

from datetime import timedelta

import structlog

from mailward.contract.job import Job, JobTools
from mailward.records.mail_tracking.settings import RETENTION_DAYS

log = structlog.get_logger()

DAYS_AHEAD = 3


async def make_days(tools: JobTools) -> None:
    """Partitions for yesterday, today and the next days; making one that is there does nothing."""
    today = tools.clock.now().date()
    async with tools.database.unscoped() as connection:
        for offset in range(-1, DAYS_AHEAD + 1):
            await connection.execute("SELECT ensure_day($1)", today + timedelta(days=offset))


async def drop_days(tools: JobTools) -> None:
    """Drop the partitions of days that are older than the retention."""
    oldest = tools.clock.now().date() - timedelta(days=RETENTION_DAYS)
    async with tools.database.unscoped() as connection:
        dropped = await connection.fetch("SELECT * FROM drop_days_before($1)", oldest)
    if dropped:
        log.info("mail_tracking.purged", partitions=len(dropped))


JOBS = (
    Job(name="mail_tracking.make_days", every=timedelta(minutes=1), run=make_days),
    Job(name="mail_tracking.drop_days", every=timedelta(hours=1), run=drop_days, removes=True),
)
