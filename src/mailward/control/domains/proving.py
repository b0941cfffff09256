# SPDX-License-Identifier: Apache-2.0
"""From what the DNS shows to who owns a domain here.

A claim alone keeps nobody away: of several organizations that claim a domain, the one that proves it has it.
A proved owner keeps the domain until the proof has been gone for `LAPSE` and somebody else brings one.
"""

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
import structlog

from mailward.contract.announcement import announce
from mailward.contract.dns import Resolver
from mailward.contract.gateway import Gateway
from mailward.control.domains import store
from mailward.control.domains.errors import DomainTaken, NoSuchDomain
from mailward.control.domains.shapes import VerificationMethod
from mailward.control.domains.store import Claim
from mailward.control.domains.verification import LAPSE, RENEWAL, Look, challenge, look, next_look
from mailward.kit.database import Database
from mailward.kit.database.connection import savepoint

log = structlog.get_logger()

TAKEN = "another organization on this system has proved that this domain is its own"


async def is_alone(connection: asyncpg.Connection) -> bool:
    """Whether there is one organization only on this system."""
    return len(await connection.fetch("SELECT * FROM all_organizations() LIMIT 2")) == 1


async def is_taken(connection: asyncpg.Connection, organization: UUID, name: str, *, at: datetime) -> bool:
    """Whether another organization is the proved owner, and its proof has not lapsed."""
    owner = await store.owner(connection, name)
    if owner is None or owner.organization_id == organization:
        return False
    return owner.proof_seen_at is None or at - owner.proof_seen_at < LAPSE


async def prove(
    database: Database, organization: UUID, name: str, *, at: datetime, gateway: Gateway, resolver: Resolver
) -> Look:
    """Look for the proof of a claim, and write down what that means.

    Raises:
        NoSuchDomain
        DomainTaken: the proof is there, but another organization is the proved owner.
    """
    async with database.scoped(organization) as connection:
        claim = await store.read(connection, name)
        alone = await is_alone(connection)
    if claim is None:
        raise NoSuchDomain(name)
    found = await look(name, challenge(name, claim.token, organization, gateway, alone=alone), resolver)
    async with database.scoped(organization) as connection:
        claim = await store.read(connection, name, lock=True)
        if claim is None:
            raise NoSuchDomain(name)
        before = claim.verified_by
        try:
            if found.proved_by is not None and before != VerificationMethod.OPERATOR:
                claim = await settle(connection, organization, claim, found.proved_by, at=at)
            else:
                await store.write(connection, _looked(claim, found, at))
            taken = False
        except DomainTaken:
            await store.write(connection, msgspec.structs.replace(_looked(claim, found, at), missing=TAKEN))
            taken = True
        if claim.verified_by != before:
            await announce(connection, organization)
    if taken:
        raise DomainTaken(TAKEN)
    return found


async def settle(
    connection: asyncpg.Connection, organization: UUID, claim: Claim, method: VerificationMethod, *, at: datetime
) -> Claim:
    """The claim as the proved owner's, taken from an owner whose proof has lapsed.

    Raises:
        DomainTaken: another organization is the proved owner.
    """
    if await is_taken(connection, organization, claim.name, at=at):
        raise DomainTaken(TAKEN)
    before = await store.release(connection, claim.name, unseen_since=at - LAPSE) if claim.verified_by is None else None
    by_operator = method is VerificationMethod.OPERATOR
    settled = msgspec.structs.replace(
        claim,
        verified_by=method,
        verified_at=at if claim.verified_by is None else claim.verified_at,
        proof_seen_at=None if by_operator else at,
        checked_at=claim.checked_at if by_operator else at,
        check_at=None if by_operator else at + RENEWAL,
        missing="",
    )
    try:
        async with savepoint(connection):
            await store.write(connection, settled)
    except asyncpg.UniqueViolationError as exc:
        raise DomainTaken(TAKEN) from exc
    if before is not None:
        await announce(connection, before)
        log.warning("domains.changed_hands", domain=claim.name, organization=str(organization), before=str(before))
    if claim.verified_by is None:
        log.info("domains.verified", domain=claim.name, organization=str(organization), by=method.value)
    return settled


def _looked(claim: Claim, found: Look, at: datetime) -> Claim:
    """The claim after a look that changed nothing. The operator's word needs no proof in the DNS."""
    if claim.verified_by == VerificationMethod.OPERATOR:
        return msgspec.structs.replace(claim, checked_at=at, check_at=None, missing="")
    again = next_look(created_at=claim.created_at, at=at, verified=claim.verified_by is not None, trouble=found.trouble)
    missing = claim.missing if found.trouble and claim.verified_by is not None else found.missing
    return msgspec.structs.replace(claim, checked_at=at, check_at=again, missing=missing)
