# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the sender lists. Every change is announced, and holds for the next mail."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.sender_filter import store
from mailward.checks.sender_filter.patterns import plain_domain, read_pattern
from mailward.checks.sender_filter.shapes import (
    NewSenderEntry,
    SenderEntry,
    SenderEntryPage,
    SenderImport,
    SenderList,
    SenderSort,
)
from mailward.checks.sender_filter.store import Facts, Key
from mailward.contract.principal import Principal
from mailward.kit import list_import, paging
from mailward.kit.ids import new_id
from mailward.kit.list_import import ImportPlan
from mailward.policy.entries import Entries
from mailward.policy.store import announce

_YES = frozenset({"yes", "true", "1"})
_NO = frozenset({"", "no", "false", "0"})


class SenderEntries(Entries[SenderList, Key, Facts]):
    """The sender lists of all organizations."""

    table = "sender_entries"
    header = ("pattern", "target", "note", "unauthenticated", "expires_at")

    async def page(
        self, organization: UUID, *, which: SenderList | None, target: str | None, search: str,
        sort: SenderSort = SenderSort.NEWEST, cursor: str | None = None, limit: int = paging.DEFAULT_LIMIT,
    ) -> SenderEntryPage:  # fmt: skip
        """Entries, newest first unless sorted otherwise. Raises BadCursor."""
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            found = await store.page(
                connection, which=which, target=target, search=search, sort=sort, before=before, limit=limit + 1
            )
        rows = found[:limit]
        return SenderEntryPage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def add(self, principal: Principal, new: NewSenderEntry) -> SenderEntry:
        """Add an entry, or change the one that is there. Raises ValueError with a sentence."""
        at, organization = self._clock.now(), principal.organization_id
        if new.expires_at is not None and new.expires_at <= at:
            raise ValueError("expires_at is in the past")
        new = msgspec.structs.replace(new, pattern=read_pattern(new.pattern), target=read_target(new.target))
        async with self._database.scoped(organization) as connection:
            await store.insert(connection, organization, [(new_id(at), new)], at=at, actor=principal.email)
            await announce(connection, organization)
            return await store.find(connection, new.list, new.target, new.pattern)

    async def named(self, organization: UUID, text: str) -> list[SenderEntry]:
        """The entries of exactly this pattern. Raises ValueError with a sentence."""
        async with self._database.scoped(organization) as connection:
            return await store.named(connection, read_pattern(text))

    async def take(self, organization: UUID, which: SenderList) -> AsyncIterator[bytes]:
        """A whole list as CSV."""
        async with self._database.scoped(organization) as connection:
            async for chunk in list_import.written(self.header, store.lines(connection, which)):
                yield chunk

    async def bring(self, principal: Principal, order: SenderImport) -> ImportPlan:
        """Compare a file with a list, and unless this is a dry run make the list so."""
        return await self.bring_file(principal, order.list, order, _parse)

    async def _facts(self, connection: asyncpg.Connection, which: SenderList) -> Mapping[Key, Facts]:
        return await store.facts(connection, which)

    async def _remove(self, connection: asyncpg.Connection, which: SenderList, keys: Sequence[Key]) -> None:
        await store.delete_keys(connection, which, keys)

    async def _put(
        self, connection: asyncpg.Connection, organization: UUID, which: SenderList, entries: Mapping[Key, Facts], *,
        at: datetime, actor: str,
    ) -> None:  # fmt: skip
        rows = [
            (
                new_id(at),
                NewSenderEntry(list=which, target=target, pattern=pattern, **msgspec.structs.asdict(facts)),
            )
            for (target, pattern), facts in entries.items()
        ]
        await store.insert(connection, organization, rows, at=at, actor=actor)

    def _name(self, key: Key) -> str:
        target, pattern = key
        return f"{pattern} ({target})" if target else pattern


def read_target(text: str) -> str:
    """For whom an entry counts, in plain form. Raises ValueError with a sentence."""
    local, at, domain = text.strip().lower().rpartition("@")
    if not at and not domain:
        return ""
    name = plain_domain(domain)
    if not name or (at and not local):
        raise ValueError(f"{text[:60]!r} is neither a domain nor an address; leave it empty for the organization")
    return f"{local}{at}{name}"


def _parse(row: list[str]) -> tuple[Key, Facts]:
    pattern, target, note, unauthenticated, expires_at = [*row, "", "", "", ""][:5]
    if unauthenticated.lower() not in _YES | _NO:
        raise ValueError("the fourth column is yes or no: whether the sender needs no proof")
    return (read_target(target), read_pattern(pattern)), Facts(
        list_import.read_note(note), unauthenticated.lower() in _YES, list_import.read_moment(expires_at)
    )
