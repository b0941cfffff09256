# SPDX-License-Identifier: Apache-2.0
"""Protected domains, for the rooms above: which there are, who owns them, and where their mail goes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from mailward.control.domains import store
from mailward.control.domains.administration import Domains
from mailward.control.domains.errors import DomainTaken, NoSuchDomain
from mailward.control.domains.names import domain_name
from mailward.control.domains.probing import (
    CannotTest,
    ConnectionTest,
    ConnectionTestOrder,
    ConnectionTests,
    ProbeOrder,
    Step,
    StepState,
)
from mailward.control.domains.routing import Server, candidates, in_order
from mailward.control.domains.shapes import DEFAULT_SIZE_LIMIT, InboundServer, NewDomain, VerificationMethod
from mailward.control.domains.store import names
from mailward.control.domains.survey import Surveys
from mailward.control.domains.verification import new_token

__all__ = [
    "DEFAULT_SIZE_LIMIT",
    "CannotTest",
    "ConnectionTest",
    "ConnectionTestOrder",
    "ConnectionTests",
    "Domain",
    "DomainTaken",
    "Domains",
    "InboundServer",
    "NewDomain",
    "NoSuchDomain",
    "ProbeOrder",
    "Server",
    "Step",
    "StepState",
    "Surveys",
    "VerificationMethod",
    "add",
    "candidates",
    "domain_name",
    "every",
    "in_order",
    "names",
]


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A protected domain: the servers behind us, whether unknown recipients are refused, the largest mail it
    takes, in bytes, and whether its ownership is proved. One that is not takes no mail."""

    name: str
    servers: tuple[Server, ...]
    recipient_filter: bool = False
    size_limit: int = DEFAULT_SIZE_LIMIT
    verified: bool = True


async def add(connection: asyncpg.Connection, organization: UUID, domain: Domain, *, at: datetime) -> None:
    """Protect one more domain on the operator's word, if it is `verified`; else it waits for proof.

    Raises:
        DomainTaken: another organization proved it, or this one has it already.
        ValueError: the name is no domain name.
    """
    name = domain_name(domain.name)
    claim = store.Claim(
        name=name, recipient_filter=domain.recipient_filter, size_limit=domain.size_limit, created_at=at,
        token=new_token(), verified_by=VerificationMethod.OPERATOR if domain.verified else None,
        verified_at=at if domain.verified else None, check_at=None if domain.verified else at,
    )  # fmt: skip
    try:
        await store.insert(connection, organization, claim)
    except asyncpg.UniqueViolationError as exc:
        raise DomainTaken(name) from exc
    await store.put_servers(connection, organization, name, _plain(domain.servers))


async def every(connection: asyncpg.Connection) -> list[Domain]:
    """All domains of the organization that the connection is scoped to, verified or not."""
    servers = await store.servers(connection)
    return [
        Domain(
            name=claim.name, servers=servers.get(claim.name, ()), recipient_filter=claim.recipient_filter,
            size_limit=claim.size_limit, verified=claim.verified_by is not None,
        )
        for claim in await store.every(connection)
    ]  # fmt: skip


def _plain(servers: Iterable[Server]) -> Sequence[Server]:
    return [msgspec.structs.replace(server, recipient=server.recipient.lower()) for server in servers]
