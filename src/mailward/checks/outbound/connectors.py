# SPDX-License-Identifier: Apache-2.0
"""What administrators do with connectors and pauses. Every change is announced, and holds for the next mail."""

import secrets
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import msgspec

from mailward.checks.outbound import store
from mailward.checks.outbound.clouds import Clouds
from mailward.checks.outbound.registered import SECRET_HEADER, hash_of
from mailward.checks.outbound.shapes import (
    EVERY_DOMAIN,
    MAX_SERVERS,
    Connector,
    MadeConnector,
    NewConnector,
    Outbound,
    Pause,
    Pauses,
    ProofKind,
    SendingDomain,
)
from mailward.contract.principal import Principal
from mailward.control.domains import service as domains
from mailward.control.domains.service import Domain
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.ids import new_id
from mailward.kit.networks import Network, read_network
from mailward.policy.store import announce

SECRET_BYTES = 32
WIDEST = {4: 22, 6: 48}
"""The shortest prefix of a network that can be one organization's own; wider ones need a proof."""


class Connectors:
    """The connectors and pauses of all organizations. `spf` is the term that lets a receiver accept our mail."""

    def __init__(self, database: Database, clock: Clock, clouds: Clouds, *, spf: str) -> None:
        self._database = database
        self._clock = clock
        self._clouds = clouds
        self._spf = spf

    async def read(self, organization: UUID) -> Outbound:
        """All connectors, the clouds that can be named, and how each domain sends."""
        self._clouds.refresh()
        async with self._database.scoped(organization) as connection:
            found, own = await store.connectors(connection), await domains.every(connection)
        return Outbound(
            connectors=found,
            clouds=list(self._clouds.described),
            domains=[self._sending(domain, found) for domain in own],
        )

    async def add(self, principal: Principal, new: NewConnector) -> MadeConnector:
        """Register servers. Raises ValueError with a sentence."""
        return await self._write(principal, new_id(self._clock.now()), new, fresh=True)

    async def change(self, principal: Principal, identifier: UUID, new: NewConnector) -> MadeConnector | None:
        """Replace what a connector says; None if there is none. Raises ValueError with a sentence."""
        async with self._database.scoped(principal.organization_id) as connection:
            known = await store.connector(connection, identifier)
        if known is None:
            return None
        return await self._write(principal, identifier, new, fresh=not known.has_secret)

    async def renew(self, principal: Principal, identifier: UUID) -> MadeConnector | None:
        """A new secret; the old one is worth nothing from now on. None if there is no connector with a secret."""
        async with self._database.scoped(principal.organization_id) as connection:
            known = await store.connector(connection, identifier)
        if known is None or known.proof is not ProofKind.SECRET:
            return None
        new = NewConnector(**{name: getattr(known, name) for name in NewConnector.__struct_fields__})
        return await self._write(principal, identifier, new, fresh=True)

    async def delete(self, organization: UUID, identifier: UUID) -> bool:
        """Remove a connector; whether it was there."""
        async with self._database.scoped(organization) as connection:
            deleted = await store.delete(connection, identifier)
            if deleted:
                await announce(connection, organization)
        return deleted

    async def pauses(self, organization: UUID) -> Pauses:
        """Senders that are paused, or were lately."""
        async with self._database.scoped(organization) as connection:
            return Pauses(await store.pauses(connection))

    async def lift(self, principal: Principal, identifier: UUID) -> Pause | None:
        """End a pause; None if there is none."""
        async with self._database.scoped(principal.organization_id) as connection:
            return await store.lift(connection, identifier, at=self._clock.now(), actor=principal.email)

    async def _write(self, principal: Principal, identifier: UUID, new: NewConnector, *, fresh: bool) -> MadeConnector:
        new, networks = self._checked(new)
        at, organization = self._clock.now(), principal.organization_id
        secret = secrets.token_urlsafe(SECRET_BYTES) if new.proof is ProofKind.SECRET and fresh else ""
        async with self._database.scoped(organization) as connection:
            others = [other for other in await store.connectors(connection) if other.id != identifier]
            _fits(new, networks, others, await domains.every(connection))
            try:
                written = await store.write(
                    connection, organization, identifier, new, networks,
                    secret_hash=hash_of(secret) if secret else None, at=at, actor=principal.email,
                )  # fmt: skip
            except asyncpg.UniqueViolationError as exc:
                raise ValueError(f"there is a connector named {new.name!r} already") from exc
            await announce(connection, organization)
        assert written is not None
        return MadeConnector(connector=written, secret_header=SECRET_HEADER if secret else "", secret=secret)

    def _checked(self, new: NewConnector) -> tuple[NewConnector, list[Network]]:
        """In one form, with its networks read. Raises ValueError."""
        networks = list(dict.fromkeys(read_network(text) for text in new.networks))
        if bool(networks) == bool(new.cloud):
            raise ValueError("give either networks or the name of a cloud")
        self._clouds.refresh()
        if new.cloud and new.cloud not in {cloud.name for cloud in self._clouds.described}:
            raise ValueError(f"the operator's file describes no cloud named {new.cloud[:100]!r}")
        _check_proof(new, networks, shared=bool(new.cloud) or any(map(self._clouds.touches, networks)))
        header = new.header.strip() if new.proof is ProofKind.HEADER else ""
        value = new.value.strip() if new.proof is ProofKind.HEADER else ""
        plain = msgspec.structs.replace(
            new, name=new.name.strip(), domain=new.domain.strip().lower(), header=header, value=value
        )
        return plain, networks

    def _sending(self, domain: Domain, connectors: Sequence[Connector]) -> SendingDomain:
        own = [connector for connector in connectors if connector.domain in (EVERY_DOMAIN, domain.name)]
        return SendingDomain(
            name=domain.name,
            verified=domain.verified,
            connectors=len(own),
            servers=sum(map(_servers, own)),
            spf=self._spf,
        )


def _servers(connector: Connector | NewConnector) -> int:
    return len(connector.networks) or 1


def _check_proof(new: NewConnector, networks: Sequence[Network], *, shared: bool) -> None:
    if new.proof is ProofKind.HEADER and not (new.header.strip() and new.value.strip()):
        raise ValueError("a proof by a header field needs its name and what it must say")
    if new.proof is not ProofKind.ADDRESS:
        return
    if shared:
        raise ValueError("others send from these addresses too: choose a proof that only your organization can give")
    for network in networks:
        if network.prefixlen < WIDEST[network.version]:
            raise ValueError(f"{network} is too wide to be yours alone: choose a proof, or name your servers")


def _fits(new: NewConnector, networks: Sequence[Network], others: Sequence[Connector], own: Sequence[Domain]) -> None:
    """Raises ValueError for a domain of somebody else's, or more servers than a domain may have."""
    names = [domain.name for domain in own]
    if new.domain not in (EVERY_DOMAIN, *names):
        raise ValueError(f"{new.domain[:100]!r} is not a domain of this organization")
    for name in names if new.domain == EVERY_DOMAIN else [new.domain]:
        servers = sum(_servers(other) for other in others if other.domain in (EVERY_DOMAIN, name))
        if servers + (len(networks) or 1) > MAX_SERVERS:
            raise ValueError(f"{name} would have more than {MAX_SERVERS} servers")
