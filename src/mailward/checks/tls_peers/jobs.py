# SPDX-License-Identifier: Apache-2.0
"""Policies of other domains go when they have expired."""

from collections.abc import Sequence
from datetime import timedelta

from mailward.contract.job import Job, JobTools


async def expire(tools: JobTools) -> None:
    """Forget the policies that hold no longer."""
    async with tools.database.unscoped() as connection:
        await connection.execute("SELECT expire_sts_policies($1)", tools.clock.now())


JOBS: Sequence[Job] = (Job(name="tls_peers.expire", every=timedelta(hours=6), run=expire, removes=True),)
