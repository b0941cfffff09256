# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the exceptions. Every change is announced, and holds for the next mail."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.web_reputation import store
from mailward.checks.web_reputation.compiled import MAX_EXCEPTIONS, read_pattern
from mailward.checks.web_reputation.shapes import (
    NewWebException,
    WebException,
    WebExceptionImport,
    WebExceptionList,
    WebExceptionPage,
    WebExceptionSort,
)
from mailward.checks.web_reputation.store import Facts
from mailward.contract.principal import Principal
from mailward.kit import list_import, paging
from mailward.kit.ids import new_id
from mailward.kit.list_import import ImportPlan
from mailward.policy.entries import Entries
from mailward.policy.store import announce


class WebExceptions(Entries[WebExceptionList, str, Facts]):
    """The exceptions of all organizations."""

    table = "web_exceptions"
    header = ("pattern", "note", "expires_at")

    async def page(
        self, organization: UUID, *, which: WebExceptionList | None, search: str,
        sort: WebExceptionSort = WebExceptionSort.NEWEST, cursor: str | None = None, limit: int = paging.DEFAULT_LIMIT,
    ) -> WebExceptionPage:  # fmt: skip
        """Exceptions, newest first unless sorted otherwise. Raises BadCursor."""
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            found = await store.page(connection, which=which, search=search, sort=sort, before=before, limit=limit + 1)
        rows = found[:limit]
        return WebExceptionPage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def add(self, principal: Principal, new: NewWebException) -> WebException:
        """Add an exception, or change the one that is there. Raises ValueError with a sentence."""
        at, organization = self._clock.now(), principal.organization_id
        if new.expires_at is not None and new.expires_at <= at:
            raise ValueError("expires_at is in the past")
        new = msgspec.structs.replace(new, pattern=read_pattern(new.list, new.pattern))
        async with self._database.scoped(organization) as connection:
            await store.insert(connection, organization, [(new_id(at), new)], at=at, actor=principal.email)
            if await store.count(connection) > MAX_EXCEPTIONS:
                raise ValueError(f"an organization may have {MAX_EXCEPTIONS} exceptions")
            await announce(connection, organization)
            found = await store.find(connection, new.list, new.pattern)
        assert found is not None
        return found

    async def named(self, organization: UUID, text: str) -> list[WebException]:
        """The exceptions of exactly this pattern."""
        found = []
        async with self._database.scoped(organization) as connection:
            for which in WebExceptionList:
                try:
                    entry = await store.find(connection, which, read_pattern(which, text))
                except ValueError:
                    continue
                found += [entry] if entry is not None else []
        return found

    async def take(self, organization: UUID, which: WebExceptionList) -> AsyncIterator[bytes]:
        """A whole list as CSV."""
        async with self._database.scoped(organization) as connection:
            async for chunk in list_import.written(self.header, store.lines(connection, which)):
                yield chunk

    async def bring(self, principal: Principal, order: WebExceptionImport) -> ImportPlan:
        """Compare a file with a list, and unless this is a dry run make the list so. Raises ValueError if there would
        be too many."""

        def parse(row: list[str]) -> tuple[str, Facts]:
            pattern, note, expires_at = [*row, "", ""][:3]
            return read_pattern(order.list, pattern), Facts(
                list_import.read_note(note), list_import.read_moment(expires_at)
            )

        return await self.bring_file(principal, order.list, order, parse)

    async def _facts(self, connection: asyncpg.Connection, which: WebExceptionList) -> Mapping[str, Facts]:
        return await store.facts(connection, which)

    async def _remove(self, connection: asyncpg.Connection, which: WebExceptionList, keys: Sequence[str]) -> None:
        await store.delete_patterns(connection, which, keys)

    async def _put(
        self, connection: asyncpg.Connection, organization: UUID, which: WebExceptionList,
        entries: Mapping[str, Facts], *, at: datetime, actor: str,
    ) -> None:  # fmt: skip
        rows = [
            (new_id(at), NewWebException(list=which, pattern=pattern, note=facts.note, expires_at=facts.expires_at))
            for pattern, facts in entries.items()
        ]
        await store.insert(connection, organization, rows, at=at, actor=actor)
        if await store.count(connection) > MAX_EXCEPTIONS:
            raise ValueError(f"an organization may have {MAX_EXCEPTIONS} exceptions")
