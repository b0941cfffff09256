# SPDX-License-Identifier: Apache-2.0
"""Keeping an organization's exceptions: pages, changes, and whole files."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from mailward.checks.web_reputation import store
from mailward.checks.web_reputation.compiled import MAX_EXCEPTIONS, read_pattern
from mailward.checks.web_reputation.shapes import (
    MAX_NOTE,
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
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.ids import new_id
from mailward.kit.list_import import ImportPlan
from mailward.policy.store import announce

_HEADER = ("pattern", "note", "expires_at")


class WebExceptions:
    """The exceptions of all organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, organization: UUID, *, which: WebExceptionList | None, search: str,
        sort: WebExceptionSort = WebExceptionSort.NEWEST, cursor: str | None = None, limit: int = paging.DEFAULT_LIMIT,
    ) -> WebExceptionPage:  # fmt: skip
        """Exceptions, newest first unless sorted otherwise. Raises BadCursor."""
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            found = await store.page(
                connection, which=which, search=search, sort=sort, before=before, limit=limit + 1
            )
        rows = found[:limit]
        return WebExceptionPage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def add(self, principal: Principal, new: NewWebException) -> WebException:
        """Add an exception, or change the one that is there. Raises ValueError with a sentence."""
        at, organization = self._clock.now(), principal.organization_id
        if new.expires_at is not None and new.expires_at <= at:
            raise ValueError("expires_at is in the past")
        pattern = read_pattern(new.list, new.pattern)
        entry = NewWebException(list=new.list, pattern=pattern, note=new.note, expires_at=new.expires_at)
        async with self._database.scoped(organization) as connection:
            if await store.count(connection) >= MAX_EXCEPTIONS and await store.find(connection, new.list, pattern) is None:
                raise ValueError(f"an organization may have {MAX_EXCEPTIONS} exceptions")
            await store.insert(connection, organization, [(new_id(at), entry)], at=at, actor=principal.email)
            await announce(connection, organization)
            found = await store.find(connection, new.list, pattern)
        assert found is not None
        return found

    async def delete_many(self, organization: UUID, identifiers: Sequence[UUID]) -> int:
        """Remove several; how many were there."""
        async with self._database.scoped(organization) as connection:
            deleted = await store.delete_many(connection, identifiers)
            if deleted:
                await announce(connection, organization)
        return deleted

    async def take(self, organization: UUID, which: WebExceptionList) -> AsyncIterator[bytes]:
        """A whole list as CSV."""
        async with self._database.scoped(organization) as connection:
            async for chunk in list_import.written(_HEADER, store.lines(connection, which)):
                yield chunk

    async def bring(self, principal: Principal, order: WebExceptionImport) -> ImportPlan:
        """Compare a file with a list, and unless this is a dry run make the list so."""

        def parse(row: list[str]) -> tuple[str, Facts]:
            pattern, note, expires_at = [*row, "", ""][:3]
            if len(note) > MAX_NOTE:
                raise ValueError(f"a note may have {MAX_NOTE} characters")
            return read_pattern(order.list, pattern), Facts(note, list_import.read_moment(expires_at))

        wanted, problems = list_import.read(order.csv, parse, header=_HEADER[0])
        at, organization = self._clock.now(), principal.organization_id
        async with self._database.scoped(organization) as connection:
            existing = await store.facts(connection, order.list)
            difference = list_import.compare(existing, wanted, order.mode)
            others = await store.count(connection) - len(existing)
            after = others + len(existing) + len(difference.added) - len(difference.removed)
            if after > MAX_EXCEPTIONS:
                problems.append(list_import.LineProblem(0, f"an organization may have {MAX_EXCEPTIONS} exceptions"))
            write = not order.dry_run and not problems
            if write:
                await store.delete_patterns(connection, order.list, difference.removed)
                entries = _entries(order.list, {**difference.added, **difference.changed}, at)
                await store.insert(connection, organization, entries, at=at, actor=principal.email)
                await announce(connection, organization)
        return difference.plan(problems, written=write)


def _entries(which: WebExceptionList, found: Mapping[str, Facts], at: datetime) -> list[tuple[UUID, NewWebException]]:
    return [
        (new_id(at), NewWebException(list=which, pattern=pattern, note=facts.note, expires_at=facts.expires_at))
        for pattern, facts in found.items()
    ]
