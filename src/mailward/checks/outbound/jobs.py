# SPDX-License-Identifier: Apache-2.0
"""Administrators are told of pauses, counts become history, and old history is forgotten."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from mailward.checks.outbound import store
from mailward.checks.outbound.alerts import alert
from mailward.contract.job import Job, JobTools
from mailward.control.profile.service import administrators

log = structlog.get_logger()

MAX_TOLD = 50
"""Administrators who get the mail."""


async def remember(tools: JobTools) -> None:
    """Keep the busy hours of senders, and drop what is too old."""
    async with tools.database.unscoped() as connection:
        await connection.execute("SELECT remember_outbound($1)", tools.clock.now())


async def tell(tools: JobTools) -> None:
    """Mail the administrators about new pauses. What could not be mailed is tried again at the next turn."""
    async with tools.database.unscoped() as connection:
        organizations = [row[0] for row in await connection.fetch("SELECT * FROM outbound_to_announce()")]
    for organization in organizations:
        async with tools.database.scoped(organization) as connection:
            pauses = await store.unannounced(connection)
            addresses = (await administrators(connection))[:MAX_TOLD]
            at = tools.clock.now()
            if pauses and addresses:
                mail = alert(organization, pauses, administrators=addresses, hostname=tools.gateway.hostname, at=at)
                await tools.submit(mail)
                log.info("outbound.told", organization=str(organization), pauses=len(pauses), to=len(addresses))
            await store.announced(connection, [pause.id for pause in pauses], at)


JOBS: Sequence[Job] = (
    Job(name="outbound.tell", every=timedelta(seconds=15), run=tell, prompt=False),
    Job(name="outbound.remember", every=timedelta(minutes=5), run=remember),
)
