# SPDX-License-Identifier: Apache-2.0
"""What administrators do with the address lists. Every change is announced, and holds for the next mail."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from mailward.checks.ip_reputation import store
from mailward.checks.ip_reputation.shapes import (
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
from mailward.kit.ids import new_id
from mailward.kit.list_import import ImportPlan
from mailward.kit.networks import Network, plain, read_network
from mailward.policy.entries import Entries
from mailward.policy.store import announce


class AddressEntries(Entries[AddressList, Network, Facts]):
    """The address lists of all organizations."""

    table = "address_entries"
    header = ("network", "note", "expires_at")

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

    async def named(self, organization: UUID, text: str) -> list[AddressEntry]:
        """The entries of exactly this address or network. Raises ValueError with a sentence."""
        async with self._database.scoped(organization) as connection:
            return await store.named(connection, read_network(text))

    async def take(self, organization: UUID, which: AddressList) -> AsyncIterator[bytes]:
        """A whole list as CSV."""
        async with self._database.scoped(organization) as connection:
            async for chunk in list_import.written(self.header, store.lines(connection, which)):
                yield chunk

    async def bring(self, principal: Principal, order: AddressImport) -> ImportPlan:
        """Compare a file with a list, and unless this is a dry run make the list so."""
        return await self.bring_file(principal, order.list, order, _parse)

    async def penalties(self, organization: UUID) -> Penalties:
        """Addresses that are asked to come again later."""
        async with self._database.scoped(organization) as connection:
            return Penalties(await store.penalties(connection, self._clock.now()))

    async def _facts(self, connection: asyncpg.Connection, which: AddressList) -> Mapping[Network, Facts]:
        return await store.facts(connection, which)

    async def _remove(self, connection: asyncpg.Connection, which: AddressList, keys: Sequence[Network]) -> None:
        await store.delete_networks(connection, which, keys)

    async def _put(
        self, connection: asyncpg.Connection, organization: UUID, which: AddressList,
        entries: Mapping[Network, Facts], *, at: datetime, actor: str,
    ) -> None:  # fmt: skip
        rows = [
            (new_id(at), network, NewAddressEntry(list=which, network=str(network), **facts._asdict()))
            for network, facts in entries.items()
        ]
        await store.insert(connection, organization, rows, at=at, actor=actor)

    def _name(self, key: Network) -> str:
        return plain(key)


def _parse(row: list[str]) -> tuple[Network, Facts]:
    network, note, expires_at = [*row, "", ""][:3]
    return read_network(network), Facts(list_import.read_note(note), list_import.read_moment(expires_at))
