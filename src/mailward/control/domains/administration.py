# SPDX-License-Identifier: Apache-2.0
"""What administrators do with domains. Every change is announced, and holds for the next mail."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.announcement import announce
from mailward.contract.belongings import DomainBelongings, DomainRemoval
from mailward.contract.dns import Resolver
from mailward.contract.gateway import Gateway
from mailward.contract.principal import Principal
from mailward.control.directory_import import service as directory_import
from mailward.control.domains import proving, store
from mailward.control.domains.errors import DomainTaken, NoSuchDomain
from mailward.control.domains.names import domain_name, host_name
from mailward.control.domains.routing import EVERYBODY, Server
from mailward.control.domains.shapes import (
    Belonging,
    DomainChange,
    DomainDeletion,
    DomainDetail,
    DomainPage,
    DomainState,
    InboundServer,
    NewDomain,
    Verification,
    VerificationMethod,
)
from mailward.control.domains.store import Claim
from mailward.control.domains.verification import challenge, new_token
from mailward.kit import paging
from mailward.kit.clock import Clock
from mailward.kit.database import Database


class Domains:
    """The domains of all organizations. `belongings` is what the rooms keep of a domain."""

    def __init__(
        self, database: Database, clock: Clock, gateway: Gateway, belongings: Iterable[DomainBelongings] = ()
    ) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._belongings = tuple(belongings)

    async def page(
        self, organization: UUID, *, search: str, state: DomainState | None, cursor: str | None, limit: int
    ) -> DomainPage:
        """Domains by name. Raises BadCursor."""
        after = paging.decode_text(cursor) if cursor else ""
        async with self._database.scoped(organization) as connection:
            found = await store.page(connection, search=search, state=state, after=after, limit=limit + 1)
            counts = await directory_import.counts(connection)
        rows = [msgspec.structs.replace(row, recipients=counts.get(row.name, 0)) for row in found[:limit]]
        return DomainPage(rows, paging.encode_text(rows[-1].name) if len(found) > limit else None)

    async def read(self, organization: UUID, name: str) -> DomainDetail:
        """One domain. Raises NoSuchDomain."""
        async with self._database.scoped(organization) as connection:
            return await self._detail(connection, organization, await _claim(connection, name))

    async def add(self, principal: Principal, new: NewDomain, *, trusted: bool = False) -> DomainDetail:
        """Claim a domain. It takes mail when it is verified; at once if the operator vouches (`trusted`).

        Raises:
            DomainTaken: the organization has it already, or another one is its proved owner.
            ValueError: with a sentence.
        """
        name, at, organization = domain_name(new.name), self._clock.now(), principal.organization_id
        servers = read_servers(new.servers)
        claim = Claim(
            name=name, recipient_filter=new.recipient_filter, size_limit=new.size_limit, created_at=at,
            token=new_token(), verified_by=VerificationMethod.OPERATOR if trusted else None,
            verified_at=at if trusted else None, check_at=None if trusted else at,
        )  # fmt: skip
        async with self._database.scoped(organization) as connection:
            if await proving.is_taken(connection, organization, name, at=at):
                raise DomainTaken(f"another organization on this system has proved that {name} is its own")
            try:
                await store.insert(connection, organization, claim)
            except asyncpg.UniqueViolationError as exc:
                raise DomainTaken(f"{name} is here already") from exc
            await store.put_servers(connection, organization, name, servers)
            await announce(connection, organization)
            return await self._detail(connection, organization, claim)

    async def change(self, organization: UUID, name: str, change: DomainChange) -> DomainDetail:
        """Replace what the change names. Raises NoSuchDomain, and ValueError with a sentence."""
        servers = None if change.servers is None else read_servers(change.servers)
        async with self._database.scoped(organization) as connection:
            claim = await _claim(connection, name, lock=True)
            if change.recipient_filter is not None:
                claim = msgspec.structs.replace(claim, recipient_filter=change.recipient_filter)
            if change.size_limit is not None:
                claim = msgspec.structs.replace(claim, size_limit=change.size_limit)
            await store.write(connection, claim)
            if servers is not None:
                await store.put_servers(connection, organization, claim.name, servers)
            await announce(connection, organization)
            return await self._detail(connection, organization, claim)

    async def verify(self, organization: UUID, name: str, resolver: Resolver) -> Verification:
        """Look for the proof now. Raises NoSuchDomain, and DomainTaken if another organization is the proved owner."""
        found = await proving.prove(
            self._database, organization, _plain(name), at=self._clock.now(), gateway=self._gateway, resolver=resolver
        )
        return Verification(domain=await self.read(organization, name), evidence=list(found.evidence))

    async def vouch(self, organization: UUID, name: str) -> DomainDetail:
        """Verify on the operator's word. Raises NoSuchDomain and DomainTaken."""
        at = self._clock.now()
        async with self._database.scoped(organization) as connection:
            claim = await _claim(connection, name, lock=True)
            claim = await proving.settle(connection, organization, claim, VerificationMethod.OPERATOR, at=at)
            await announce(connection, organization)
            return await self._detail(connection, organization, claim)

    async def deletion(self, organization: UUID, name: str) -> DomainDeletion:
        """What would go with a domain. Raises NoSuchDomain."""
        async with self._database.scoped(organization) as connection:
            claim = await _claim(connection, name)
            return await self._plan(connection, claim.name, deleted=False)

    async def delete(self, organization: UUID, name: str, *, actor: str) -> DomainDeletion:
        """Delete a domain and all that goes with it; what that was. Raises NoSuchDomain."""
        at = self._clock.now()
        async with self._database.scoped(organization) as connection:
            claim = await _claim(connection, name, lock=True)
            plan = await self._plan(connection, claim.name, deleted=True)
            removal = DomainRemoval(organization=organization, domain=claim.name, actor=actor, at=at)
            for belonging in self._belongings:
                await belonging.remove(connection, removal)
            await store.delete(connection, claim.name)
            await announce(connection, organization)
        return plan

    async def _plan(self, connection: asyncpg.Connection, name: str, *, deleted: bool) -> DomainDeletion:
        servers = len((await store.servers(connection, name)).get(name, ()))
        others = [
            Belonging(what=belonging.what, count=await belonging.count(connection, name))
            for belonging in self._belongings
        ]
        belongings = [Belonging(what="servers", count=servers), *others]
        return DomainDeletion(name=name, belongings=belongings, deleted=deleted)

    async def _detail(self, connection: asyncpg.Connection, organization: UUID, claim: Claim) -> DomainDetail:
        servers = (await store.servers(connection, claim.name)).get(claim.name, ())
        alone = await proving.is_alone(connection)
        recipients = (await directory_import.counts(connection)).get(claim.name, 0)
        return DomainDetail(
            name=claim.name, state=claim.state, verified_by=claim.method,
            verified_at=claim.verified_at, proof_seen_at=claim.proof_seen_at, checked_at=claim.checked_at,
            next_check_at=claim.check_at, missing=claim.missing,
            challenge=challenge(claim.name, claim.token, organization, self._gateway, alone=alone),
            servers=[msgspec.convert(server, InboundServer, from_attributes=True) for server in servers],
            recipients=recipients, recipient_filter=claim.recipient_filter, size_limit=claim.size_limit,
            created_at=claim.created_at,
        )  # fmt: skip


def read_servers(rows: Sequence[InboundServer]) -> list[Server]:
    """Rows in plain form. Raises ValueError with a sentence."""
    found: dict[tuple[str, str, int], Server] = {}
    for row in rows:
        server = Server(
            recipient=_local_part(row.recipient), host=host_name(row.host), port=row.port, preference=row.preference
        )
        key = (server.recipient, server.host, server.port)
        if key in found:
            raise ValueError(f"{server.host}:{server.port} stands here twice for {server.recipient}")
        found[key] = server
    return list(found.values())


def _local_part(text: str) -> str:
    text = text.strip().lower()
    if text != EVERYBODY and (not text or not text.isprintable() or set(text) & set(' @<>"*,;:\\()[]')):
        raise ValueError(f"{text[:60]!r} is no local part; write what stands before the @, or * for everybody")
    return text


async def _claim(connection: asyncpg.Connection, name: str, *, lock: bool = False) -> Claim:
    claim = await store.read(connection, _plain(name), lock=lock)
    if claim is None:
        raise NoSuchDomain(name)
    return claim


def _plain(name: str) -> str:
    try:
        return domain_name(name)
    except ValueError as exc:
        raise NoSuchDomain(name) from exc
