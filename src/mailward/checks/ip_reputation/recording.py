# SPDX-License-Identifier: Apache-2.0
"""How the block lists are, written down for the health page of another process."""

from collections.abc import Mapping
from uuid import UUID

import structlog

from mailward.checks.ip_reputation import store
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database

log = structlog.get_logger()


class ListRecord:
    """Writes what `BlockLists.run` tells it. A database that is away costs the health line, nothing else."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._had: set[UUID] = set()

    async def write(self, health: Mapping[UUID, Mapping[str, str]]) -> None:
        """For every organization that has lists, or had some."""
        for organization in {*health, *self._had}:
            try:
                async with self._database.scoped(organization) as connection:
                    await store.write_health(connection, organization, health.get(organization, {}), self._clock.now())
            except AWAY as exc:
                log.warning("dns_list.not_recorded", why=type(exc).__name__)
        self._had = set(health)
