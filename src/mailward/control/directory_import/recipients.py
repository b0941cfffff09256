# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the valid recipients. Every change is announced, and holds for the next mail."""

import asyncio
import contextlib
import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import UUID

import asyncpg

from mailward.contract.announcement import announce
from mailward.control.directory_import import store
from mailward.control.directory_import.reading import read_address, read_file
from mailward.control.directory_import.shapes import (
    DomainPlan,
    RecipientImport,
    RecipientPage,
    RecipientPlan,
    ValidRecipient,
)
from mailward.control.directory_import.store import Compared
from mailward.kit import paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.list_import import MAX_EXAMPLES, Mode

MOST_DOMAINS_TOLD = 200
LINES_AT_ONCE = 1000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula; such a name is exported behind an apostrophe."""

OwnDomains = Callable[[asyncpg.Connection], Awaitable[frozenset[str]]]
"""The names of the domains of the organization that the connection is scoped to."""


class NotOurs(ValueError):  # noqa: N818 - reads better where it is caught
    """The address is not in one of the organization's domains."""


class Recipients:
    """The valid recipients of all organizations."""

    def __init__(self, database: Database, clock: Clock, own_domains: OwnDomains) -> None:
        self._database = database
        self._clock = clock
        self._own_domains = own_domains

    async def page(
        self, organization: UUID, *, domain: str | None, search: str, cursor: str | None, limit: int
    ) -> RecipientPage:
        """Entries by domain and address. Raises BadCursor."""
        after_domain, _, after = paging.decode_text(cursor).partition("\n") if cursor else ("", "", "")
        async with self._database.scoped(organization) as connection:
            found = await store.page(
                connection, domain=domain, search=search, after=(after_domain, after), limit=limit + 1
            )
        rows = found[:limit]
        if len(found) <= limit:
            return RecipientPage(rows, None)
        last = rows[-1].address
        return RecipientPage(rows, paging.encode_text(f"{last.rpartition('@')[2]}\n{last}"))

    async def add(self, organization: UUID, new: ValidRecipient) -> ValidRecipient:
        """Add an entry, or rename the one that is there. Raises ValueError with a sentence."""
        address = read_address(new.address)
        domain = address.rpartition("@")[2]
        async with self._database.scoped(organization) as connection:
            if domain not in await self._own_domains(connection):
                raise NotOurs(f"{domain} is not one of your domains")
            await store.put(connection, organization, [(domain, address, new.display_name.strip())])
            await store.touch(connection, organization, [domain], at=self._clock.now())
            await announce(connection, organization)
        return ValidRecipient(address, new.display_name.strip())

    async def delete(self, organization: UUID, address: str) -> bool:
        """Remove an entry; whether it was there."""
        address = address.strip().lower()
        with contextlib.suppress(ValueError):
            address = read_address(address)
        domain = address.rpartition("@")[2]
        async with self._database.scoped(organization) as connection:
            deleted = await store.delete(connection, domain, address)
            if deleted:
                await store.touch(connection, organization, [domain], at=self._clock.now())
                await announce(connection, organization)
        return deleted

    async def bring(self, organization: UUID, order: RecipientImport) -> RecipientPlan:
        """Compare a file with the lists, and unless this is a dry run make the lists so."""
        replace = order.mode is Mode.OVERWRITE
        async with self._database.scoped(organization) as connection:
            own = await self._own_domains(connection)
        rows, problems = await asyncio.to_thread(read_file, order.csv, own)
        async with self._database.scoped(organization) as connection:
            await store.bring(connection, ((d, a, name) for (d, a), name in rows.items()))
            domains = await store.compare(connection)
            added, changed = sum(one.added for one in domains), sum(one.changed for one in domains)
            removed = sum(one.absent for one in domains) if replace else 0
            some = await store.examples(
                connection, added=min(added, MAX_EXAMPLES), changed=min(changed, MAX_EXAMPLES),
                removed=min(removed, MAX_EXAMPLES),
            )  # fmt: skip
            write = not order.dry_run and not problems
            if write:
                await store.take_over(connection, organization, replace=replace)
                await store.touch(connection, organization, (one.domain for one in domains), at=self._clock.now())
                await announce(connection, organization)
        return RecipientPlan(
            added=added, changed=changed, unchanged=sum(one.unchanged for one in domains), removed=removed,
            problems=problems, written=write, examples=some,
            domains=[_plan(one, replace=replace) for one in domains[:MOST_DOMAINS_TOLD]],
        )  # fmt: skip

    async def export(self, organization: UUID, domain: str | None) -> AsyncIterator[bytes]:
        """The lists as a CSV that can be brought again, piece by piece."""
        async with self._database.scoped(organization) as connection:
            some: list[ValidRecipient] = []
            async for recipient in store.every(connection, domain):
                some.append(recipient)
                if len(some) == LINES_AT_ONCE:
                    yield _lines(iter(some))
                    some = []
            yield _lines(iter(some))


def _plan(compared: Compared, *, replace: bool) -> DomainPlan:
    return DomainPlan(
        domain=compared.domain, before=compared.present, removed=compared.absent if replace else 0,
        after=compared.brought if replace else compared.present + compared.added,
    )  # fmt: skip


def _lines(recipients: Iterator[ValidRecipient]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for recipient in recipients:
        name = recipient.display_name
        writer.writerow([recipient.address, f"'{name}" if name.startswith(FORMULA) else name])
    return text.getvalue().encode()
