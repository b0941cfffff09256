# SPDX-License-Identifier: Apache-2.0
"""What administrators and the daily work do with signing keys."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.authentication.service import Rejected, fetch_key
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.control.domains import service as domains
from mailward.disposition.dkim_signing import keys, store
from mailward.disposition.dkim_signing.following import followed, ready_at
from mailward.disposition.dkim_signing.keys import Algorithm
from mailward.disposition.dkim_signing.settings import DkimSigningSettings
from mailward.disposition.dkim_signing.shapes import DkimKey, DkimKeys, DkimRecord, DomainKeys, NewDkimKey
from mailward.disposition.dkim_signing.store import KeyRow, State
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.ids import new_id
from mailward.kit.vault import Key
from mailward.policy import store as policy

FEATURE_NAME = "dkim_signing"
MAX_KEYS = 100
"""Keys of one domain, retired ones included."""
ED25519_BITS = 256


class KeyRing:
    """The signing keys of all organizations. `key_of` gives an organization's key, or raises KeyError."""

    def __init__(self, database: Database, clock: Clock, *, key_of: Callable[[UUID], Key]) -> None:
        self._database = database
        self._clock = clock
        self._key_of = key_of

    async def read(self, organization: UUID) -> DkimKeys:
        """All keys, by domain."""
        async with self._database.scoped(organization) as connection:
            settings = await settings_of(connection)
            rows = await store.every(connection)
            names = sorted(domain.name for domain in await domains.every(connection))
        return DkimKeys([_of_domain(name, [row for row in rows if row.domain == name], settings) for name in names])

    async def make(self, organization: UUID, new: NewDkimKey, *, actor: str) -> DkimKey:
        """Make a key that waits for its record. Raises LookupError for a domain that is not the organization's,
        ValueError with a sentence."""
        pair = await asyncio.to_thread(keys.make, new.algorithm, new.bits)
        async with self._database.scoped(organization) as connection:
            row = await self._insert(connection, organization, new, pair, actor)
            return shown(row, await settings_of(connection))

    async def _insert(
        self, connection: asyncpg.Connection, organization: UUID, new: NewDkimKey, pair: keys.NewKey, actor: str
    ) -> KeyRow:
        at, domain = self._clock.now(), new.domain.lower()
        if domain not in {known.name for known in await domains.every(connection)}:
            raise LookupError(domain)
        rows = [row for row in await store.every(connection) if row.domain == domain]
        taken = frozenset(row.selector for row in rows)
        if len(rows) >= MAX_KEYS:
            raise ValueError(f"{domain} has {MAX_KEYS} keys; remove retired ones first")
        if new.selector in taken:
            raise ValueError(f"{domain} has a key with the selector {new.selector} already")
        identifier = new_id(at)
        row = KeyRow(
            organization_id=organization, id=identifier, domain=domain,
            selector=new.selector or keys.selector_of(new.algorithm, at, taken), algorithm=new.algorithm,
            bits=new.bits if new.algorithm is Algorithm.RSA else ED25519_BITS, public=pair.public, state=State.WAITING,
            created_at=at, created_by=actor,
        )  # fmt: skip
        sealed = self._key_of(organization).seal(pair.private, context=keys.place_of(organization, identifier))
        await store.insert(connection, row, sealed)
        return row

    async def look(self, organization: UUID, identifier: UUID, resolver: Resolver) -> DkimKey | None:
        """Look at a key's record now; None if there is no such key."""
        async with self._database.scoped(organization) as connection:
            row = await store.find(connection, identifier)
            settings = await settings_of(connection)
        if row is None or row.state is State.RETIRED:
            return shown(row, settings) if row else None
        after = followed(row, await problem_of(row, resolver), settings, self._clock.now())
        await self.settle(organization, row, after)
        return shown(after, settings)

    async def settle(self, organization: UUID, before: KeyRow, after: KeyRow) -> None:
        """Write what became of a key; if it begins or ceases to sign, every process hears of it."""
        if after == before:
            return
        async with self._database.scoped(organization) as connection:
            changed = await store.change(connection, before, after)
            if changed and before.state is not after.state:
                await policy.announce(connection, organization)

    async def retire(self, organization: UUID, identifier: UUID) -> DkimKey | None:
        """Stop signing with a key that signs. Raises ValueError if it does not sign."""
        async with self._database.scoped(organization) as connection:
            row = await store.find(connection, identifier)
            if row is None:
                return None
            if row.state is not State.ACTIVE:
                raise ValueError("only a key that signs can be retired; remove one that never did")
            after = msgspec.structs.replace(row, state=State.RETIRING, retiring_at=self._clock.now())
            await store.change(connection, row, after)
            await policy.announce(connection, organization)
            return shown(after, await settings_of(connection))

    async def remove(self, organization: UUID, identifier: UUID) -> bool:
        """Remove a key that does not sign, for good; whether it was there. Raises ValueError if it signs."""
        async with self._database.scoped(organization) as connection:
            row = await store.find(connection, identifier)
            if row is None:
                return False
            if row.state is State.ACTIVE:
                raise ValueError("this key signs; retire it first")
            return await store.delete(connection, identifier)


async def settings_of(connection: asyncpg.Connection) -> DkimSigningSettings:
    """The options of the organization that the connection is scoped to."""
    return msgspec.convert((await policy.settings(connection)).get(FEATURE_NAME, {}), DkimSigningSettings)


async def problem_of(row: KeyRow, resolver: Resolver) -> str | None:
    """What is wrong with a key's record, seen with the eyes of a receiver; "" if nothing, None if DNS is silent."""
    try:
        found = await fetch_key(
            resolver, selector=row.selector, domain=row.domain, algorithm=f"{row.algorithm.value}-sha256"
        )
    except Rejected as rejected:
        return rejected.why
    except DnsTrouble:
        return None
    if not keys.is_public_half(found.public, row.public):
        return "the record holds another key"
    return "the record says that the key is for testing (t=y)" if found.testing else ""


def shown(row: KeyRow, settings: DkimSigningSettings) -> DkimKey:
    """A key as people see it."""
    name, text = f"{row.selector}._domainkey.{row.domain}", keys.record_of(row.algorithm, row.public)
    return DkimKey(
        id=row.id, domain=row.domain, selector=row.selector, algorithm=row.algorithm, bits=row.bits, state=row.state,
        record=DkimRecord(name=name, type="TXT", value=text, zone_line=keys.zone_line(name, text)),
        problem=row.problem, created_at=row.created_at, created_by=row.created_by, checked_at=row.checked_at,
        seen_at=row.seen_at, ready_at=ready_at(row, settings) if row.state is State.SEEN else None,
        active_at=row.active_at, retiring_at=row.retiring_at, removable_at=_removable_at(row, settings),
        retired_at=row.retired_at,
    )  # fmt: skip


def _removable_at(row: KeyRow, settings: DkimSigningSettings) -> datetime | None:
    if row.retiring_at is None:
        return None
    return row.retired_at or row.retiring_at + timedelta(days=settings.retire_days)


def _of_domain(name: str, rows: list[KeyRow], settings: DkimSigningSettings) -> DomainKeys:
    signs = settings.enabled and any(row.state is State.ACTIVE for row in rows)
    return DomainKeys(name, signs, [shown(row, settings) for row in rows])
