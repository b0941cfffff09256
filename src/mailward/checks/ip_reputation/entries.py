# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the address lists. Every change is announced, and holds for the next mail."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from mailward.checks.ip_reputation import store
from mailward.checks.ip_reputation.shapes import (
    MAX_NOTE,
    AddressEntry,
    AddressEntryPage,
    AddressImport,
    AddressList,
    AddressSort,
    NewAddressEntry,
    Penalties,
)
from mailward.checks.ip_reputation.store import Facts
from mailward.contract.principal import Principal
from mailward.kit import list_import, paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.ids import new_id
from mailward.kit.list_import import ImportPlan
from mailward.kit.networks import Network, plain, read_network
from mailward.policy.store import announce

_HEADER = ("network", "note", "expires_at")


class AddressEntries:
    """The address lists of all organizations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, organization: UUID, *, which: AddressList | None, search: str, sort: AddressSort = AddressSort.NEWEST,
        cursor: str | None = None, limit: int = paging.DEFAULT_LIMIT,
    ) -> AddressEntryPage:  # fmt: skip
        """Entries, newest first unless sorted otherwise. Raises BadCursor."""
        before = paging.decode(cursor) if cursor else None
        async with self._database.scoped(organization) as connection:
            found = await store.page(connection, which=which, search=search, sort=sort, before=before, limit=limit + 1)
        rows = found[:limit]
        return AddressEntryPage(rows, paging.encode(rows[-1].id) if len(found) > limit else None)

    async def add(self, principal: Principal, new: NewAddressEntry) -> AddressEntry:
        """Add an entry, or change the one that is there. Raises ValueError with a sentence."""
        network, at = read_network(new.network), self._clock.now()
        if new.expires_at is not None and new.expires_at <= at:
            raise ValueError("expires_at is in the past")
        organization = principal.organization_id
        async with self._database.scoped(organization) as connection:
            entry = (new_id(at), network, new)
            await store.insert(connection, organization, [entry], at=at, actor=principal.email)
            await announce(connection, organization)
            return await store.find(connection, new.list, network)

    async def delete(self, organization: UUID, identifier: UUID) -> bool:
        """Remove an entry; whether it was there."""
        async with self._database.scoped(organization) as connection:
            deleted = await store.delete(connection, identifier)
            if deleted:
                await announce(connection, organization)
        return deleted

    async def delete_many(self, organization: UUID, identifiers: Sequence[UUID]) -> int:
        """Remove several entries; how many were there."""
        async with self._database.scoped(organization) as connection:
            deleted = await store.delete_many(connection, identifiers)
            if deleted:
                await announce(connection, organization)
        return deleted

    async def named(self, organization: UUID, text: str) -> list[AddressEntry]:
        """The entries of exactly this address or network. Raises ValueError with a sentence."""
        async with self._database.scoped(organization) as connection:
            return await store.named(connection, read_network(text))

    async def take(self, organization: UUID, which: AddressList) -> AsyncIterator[bytes]:
        """A whole list as CSV."""
        async with self._database.scoped(organization) as connection:
            async for chunk in list_import.written(_HEADER, store.lines(connection, which)):
                yield chunk

    async def bring(self, principal: Principal, order: AddressImport) -> ImportPlan:
        """Compare a file with a list, and unless this is a dry run make the list so."""
        wanted, problems = list_import.read(order.csv, _parse, header=_HEADER[0])
        at, organization = self._clock.now(), principal.organization_id
        async with self._database.scoped(organization) as connection:
            existing = await store.facts(connection, order.list)
            difference = list_import.compare(existing, wanted, order.mode)
            write = not order.dry_run and not problems
            if write:
                await store.delete_networks(connection, order.list, difference.removed)
                entries = _entries(order.list, {**difference.added, **difference.changed}, at)
                await store.insert(connection, organization, entries, at=at, actor=principal.email)
                await announce(connection, organization)
        return difference.plan(problems, written=write, name=plain)

    async def penalties(self, organization: UUID) -> Penalties:
        """Addresses that are asked to come again later."""
        async with self._database.scoped(organization) as connection:
            return Penalties(await store.penalties(connection, self._clock.now()))


def _parse(row: list[str]) -> tuple[Network, Facts]:
    network, note, expires_at = [*row, "", ""][:3]
    if len(note) > MAX_NOTE:
        raise ValueError(f"a note may have {MAX_NOTE} characters")
    return read_network(network), Facts(note, list_import.read_moment(expires_at))


def _entries(
    which: AddressList, found: Mapping[Network, Facts], at: datetime
) -> list[tuple[UUID, Network, NewAddressEntry]]:
    return [
        (
            new_id(at),
            network,
            NewAddressEntry(list=which, network=str(network), note=facts.note, expires_at=facts.expires_at),
        )
        for network, facts in found.items()
    ]
