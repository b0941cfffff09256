# SPDX-License-Identifier: Apache-2.0
"""A list that administrators keep and that is compiled into the policy: addresses, senders, TLS peers. Every change is
announced, and holds for the next mail."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

import asyncpg

from mailward.contract.announcement import announce
from mailward.contract.principal import Principal
from mailward.kit import list_import
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.list_import import ImportOrder, ImportPlan

Which = TypeVar("Which")
"""Which of a room's lists an entry is in."""
Key = TypeVar("Key")
Facts = TypeVar("Facts")


class Entries(ABC, Generic[Which, Key, Facts]):
    """The lists of one room, for all organizations. A room says how its rows are read and written; what is the same
    in every room is here."""

    table: ClassVar[str]
    header: ClassVar[Sequence[str]]
    """The columns of a file; the first is the entry's own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def delete(self, organization: UUID, identifier: UUID) -> bool:
        """Remove an entry; whether it was there."""
        return bool(await self.delete_many(organization, [identifier]))

    async def delete_many(self, organization: UUID, identifiers: Sequence[UUID]) -> int:
        """Remove several entries; how many were there."""
        async with self._database.scoped(organization) as connection:
            rows = await connection.fetch(
                f"DELETE FROM {self.table} WHERE id = ANY($1) RETURNING 1",  # noqa: S608 - our own words
                list(identifiers),
            )
            if rows:
                await announce(connection, organization)
        return len(rows)

    async def bring_file(
        self, principal: Principal, which: Which, order: ImportOrder, parse: Callable[[list[str]], tuple[Key, Facts]]
    ) -> ImportPlan:
        """Compare a file with a list, and unless this is a dry run, or a line cannot be read, make the list so.
        `parse` raises ValueError with a sentence."""
        wanted, problems = list_import.read(order.csv, parse, header=self.header[0])
        at, organization = self._clock.now(), principal.organization_id
        async with self._database.scoped(organization) as connection:
            difference = list_import.compare(await self._facts(connection, which), wanted, order.mode)
            write = not order.dry_run and not problems
            if write:
                await self._remove(connection, which, difference.removed)
                entries = {**difference.added, **difference.changed}
                await self._put(connection, organization, which, entries, at=at, actor=principal.email)
                await announce(connection, organization)
        return difference.plan(problems, written=write, name=self._name)

    @abstractmethod
    async def _facts(self, connection: asyncpg.Connection, which: Which) -> Mapping[Key, Facts]:
        """A whole list."""

    @abstractmethod
    async def _remove(self, connection: asyncpg.Connection, which: Which, keys: Sequence[Key]) -> None:
        """Remove entries of a list."""

    @abstractmethod
    async def _put(
        self, connection: asyncpg.Connection, organization: UUID, which: Which, entries: Mapping[Key, Facts], *,
        at: datetime, actor: str,
    ) -> Any:  # fmt: skip
        """Add entries to a list, or give those that are there what is new."""

    def _name(self, key: Key) -> str:
        """How a plan calls an entry."""
        return str(key)
