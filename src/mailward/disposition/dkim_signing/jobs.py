# SPDX-License-Identifier: Apache-2.0
"""Keys are looked after every minute: records that are awaited, keys that are replaced, keys whose time is over."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID

import structlog

from mailward.contract.job import Job, JobTools
from mailward.disposition.dkim_signing import store
from mailward.disposition.dkim_signing.following import aged, followed, is_due, wants_successor
from mailward.disposition.dkim_signing.key_ring import FEATURE_NAME, KeyRing, problem_of, settings_of
from mailward.disposition.dkim_signing.shapes import NewDkimKey
from mailward.disposition.dkim_signing.store import State
from mailward.egress.door import ON_BEHALF_OF

log = structlog.get_logger()

ACTOR = "mailward"


async def follow(tools: JobTools) -> None:
    """One round over the keys of all organizations."""
    async with tools.database.unscoped() as connection:
        organizations = await store.organizations(connection)
    for organization in organizations:
        ON_BEHALF_OF.set((organization,))
        await _follow(tools, organization)


async def _follow(tools: JobTools, organization: UUID) -> None:
    ring = KeyRing(tools.database, tools.clock, key_of=tools.keys)
    resolver = tools.resolvers(FEATURE_NAME)
    async with tools.database.scoped(organization) as connection:
        settings = await settings_of(connection)
        rows = await store.every(connection)
    if not settings.enabled:
        return
    for number, row in enumerate(rows):
        if is_due(row, tools.clock.now()):
            rows[number] = followed(row, await problem_of(row, resolver), settings, tools.clock.now())
            await ring.settle(organization, row, rows[number])
            if rows[number].state is not row.state:
                log.info("dkim_signing.key_moved", domain=row.domain, selector=row.selector, state=rows[number].state)
    for row in tuple(rows):
        after = aged(row, rows, settings, tools.clock.now())
        await ring.settle(organization, row, after)
        if after.state is not row.state:
            log.info("dkim_signing.key_moved", domain=row.domain, selector=row.selector, state=after.state)
        if after.state is State.ACTIVE and wants_successor(row, rows, settings, tools.clock.now()):
            new = NewDkimKey(domain=row.domain, algorithm=row.algorithm, bits=_BITS.get(row.bits, 2048))
            made = await ring.make(organization, new, actor=ACTOR)
            log.info("dkim_signing.successor_made", domain=row.domain, selector=made.selector)


_BITS: dict[int, Literal[2048, 3072, 4096]] = {2048: 2048, 3072: 3072, 4096: 4096}
"""The length of a successor's RSA key: that of the key before it. An Ed25519 key has no choice."""

JOBS: Sequence[Job] = (Job(name="dkim_signing.follow", every=timedelta(minutes=1), run=follow, prompt=False),)
