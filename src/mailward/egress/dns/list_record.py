# SPDX-License-Identifier: Apache-2.0
"""How the DNS lists are, written down for the health page of another process."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database

log = structlog.get_logger()


Write = Callable[[Any, UUID, Mapping[str, str], datetime], Awaitable[None]]
"""Puts down how one organization's lists are: a connection, the organization, what is wrong by zone, and when."""


class ListRecord:
    """Writes what `DnsLists.run` tells it. A database that is away costs the health line, nothing else."""

    def __init__(self, database: Database, clock: Clock, write: Write) -> None:
        self._write = write
        self._database = database
        self._clock = clock
        self._had: set[UUID] = set()

    async def write(self, health: Mapping[UUID, Mapping[str, str]]) -> None:
        """For every organization that has lists, or had some."""
        for organization in {*health, *self._had}:
            try:
                async with self._database.scoped(organization) as connection:
                    await self._write(connection, organization, health.get(organization, {}), self._clock.now())
            except AWAY as exc:
                log.warning("dns_list.not_recorded", why=type(exc).__name__)
        self._had = set(health)
