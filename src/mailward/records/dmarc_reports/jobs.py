# SPDX-License-Identifier: Apache-2.0
"""Read what came, send what is due, and forget what is old."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.contract.job import Job, JobTools
from mailward.records.dmarc_reports.incoming import read_waiting
from mailward.records.dmarc_reports.naming import name_sources
from mailward.records.dmarc_reports.sending.send import send_due
from mailward.records.dmarc_reports.settings import RETENTION_DAYS, TALLY_DAYS


async def forget(tools: JobTools) -> None:
    """Remove counts and reports whose time is over, over all organizations."""
    today = tools.clock.now().date()
    async with tools.database.unscoped() as connection:
        await connection.execute(
            "SELECT forget_dmarc_reports($1, $2)", today - timedelta(days=TALLY_DAYS),
            today - timedelta(days=RETENTION_DAYS),
        )  # fmt: skip


JOBS: Sequence[Job] = (
    Job(name="dmarc_reports.read", every=timedelta(seconds=20), run=read_waiting, prompt=False),
    Job(name="dmarc_reports.send", every=timedelta(minutes=5), run=send_due, prompt=False),
    Job(name="dmarc_reports.name_sources", every=timedelta(minutes=2), run=name_sources, prompt=False),
    Job(name="dmarc_reports.forget", every=timedelta(hours=6), run=forget, removes=True),
)
