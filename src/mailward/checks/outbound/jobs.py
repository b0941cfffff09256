# SPDX-License-Identifier: Apache-2.0
"""Counts become history, and old history is forgotten."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.contract.job import Job, JobTools


async def remember(tools: JobTools) -> None:
    """Keep the busy hours of senders, and drop what is too old."""
    async with tools.database.unscoped() as connection:
        await connection.execute("SELECT remember_outbound($1)", tools.clock.now())


JOBS: Sequence[Job] = (Job(name="outbound.remember", every=timedelta(minutes=5), run=remember),)
