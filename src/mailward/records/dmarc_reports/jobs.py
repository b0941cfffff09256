# SPDX-License-Identifier: Apache-2.0
"""Forget what is old."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.contract.job import Job, JobTools
from mailward.records.dmarc_reports.settings import RETENTION_DAYS, TALLY_DAYS


async def forget(tools: JobTools) -> None:
    """Remove counts and reports whose time is over, over all organizations."""
    today = tools.clock.now().date()
    async with tools.database.unscoped() as connection:
        await connection.execute(
            "SELECT forget_dmarc_reports($1, $2)", today - timedelta(days=TALLY_DAYS),
            today - timedelta(days=RETENTION_DAYS),
        )  # fmt: skip


JOBS: Sequence[Job] = (Job(name="dmarc_reports.forget", every=timedelta(hours=6), run=forget),)
