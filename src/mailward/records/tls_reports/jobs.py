# SPDX-License-Identifier: Apache-2.0
"""Send reports about days that are over, read what came, and forget what is old."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.contract.job import Job, JobTools
from mailward.records.tls_reports.incoming import read_waiting
from mailward.records.tls_reports.sending import send_due
from mailward.records.tls_reports.settings import OUTCOME_DAYS, RETENTION_DAYS


async def forget(tools: JobTools) -> None:
    """Remove counts and reports whose time is over, over all organizations."""
    now = tools.clock.now()
    async with tools.database.unscoped() as connection:
        await connection.execute(
            "SELECT forget_tls_reports($1, $2)", now.date() - timedelta(days=OUTCOME_DAYS),
            now - timedelta(days=RETENTION_DAYS),
        )  # fmt: skip


JOBS: Sequence[Job] = (
    Job(name="tls_reports.send", every=timedelta(hours=1), run=send_due, prompt=False),
    Job(name="tls_reports.read", every=timedelta(seconds=20), run=read_waiting, prompt=False),
    Job(name="tls_reports.forget", every=timedelta(hours=6), run=forget, removes=True),
)
