# SPDX-License-Identifier: Apache-2.0
"""The MTA-STS policies of the domains we send to: fetched once, held until they expire, never given up early.

A policy that was seen holds while its domain answers nothing, answers nonsense, or has taken its record
away: otherwise whoever can cut the domain off could also take its protection away (RFC 8461, 5.1, 10.2).
"""

import asyncio
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from mailward.checks.tls_peers import store
from mailward.checks.tls_peers.shapes import StsPolicyRow
from mailward.checks.tls_peers.sts_policy import MAX_BYTES, BadPolicy, Mode, StsPolicy, read_policy, record_id
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.egress.https import FetchFailed, Https, StsPolicyFetch
from mailward.kit.clock import Clock
from mailward.kit.database import Database

log = structlog.get_logger()

FEATURE_NAME = "tls_peers"
FETCH_SECONDS = 60.0
"""For a whole fetch (RFC 8461, 3.3 recommends a minute)."""
RETRY = timedelta(minutes=5)
"""After a fetch that failed, before the next (RFC 8461, 3.3)."""
REFRESH = timedelta(days=1)
"""A policy that was held for longer is fetched again, so that it does not run out."""
MOST_REMEMBERED = 10_000


class Known(NamedTuple):
    """What is known of a domain: its policy, if it has one, and why it could not be fetched, with the
    failure's name in reports (RFC 8460, 4.3)."""

    policy: StsPolicy | None = None
    failure: str = ""
    why: str = ""


class StsPolicies:
    """For one process; what it learns is kept in the database for all."""

    def __init__(self, database: Database, clock: Clock, *, resolver: Resolver, https: Https) -> None:
        self._database = database
        self._clock = clock
        self._resolver = resolver
        self._https = https
        self._held: dict[tuple[UUID, str], StsPolicyRow] = {}
        self._failed: dict[tuple[UUID, str], tuple[float, Known]] = {}
        self._locks: dict[tuple[UUID, str], asyncio.Lock] = {}

    async def of(self, organization: UUID, domain: str) -> Known:
        """The policy of a domain that counts now.

        Raises:
            DnsTrouble: nothing is held, and whether there is a policy cannot be learned now.
            database errors
        """
        key = (organization, domain)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            try:
                return await self._of(organization, domain)
            finally:
                if len(self._locks) > MOST_REMEMBERED:
                    self._locks.pop(key, None)

    async def _of(self, organization: UUID, domain: str) -> Known:
        key, now = (organization, domain), self._clock.now()
        held = self._held.get(key) or await self._load(organization, domain)
        if held is not None and held.expires_at <= now:
            held = None
        identifier = await self._identifier(domain, held)
        if not identifier:
            return Known(_policy(held)) if held else Known()
        if held is not None and identifier == held.policy_id and now - held.fetched_at < REFRESH:
            return Known(_policy(held))
        failed = self._failed.get(key)
        if failed is not None and self._clock.monotonic() < failed[0]:
            return Known(_policy(held), failed[1].failure, failed[1].why) if held else failed[1]
        return await self._renew(organization, domain, identifier, held)

    async def _identifier(self, domain: str, held: StsPolicyRow | None) -> str:
        """The id in the DNS, or "". Trouble with the DNS is no reason to give up what is held."""
        try:
            return record_id(await self._resolver.txt(f"_mta-sts.{domain}"))
        except DnsTrouble:
            if held is None:
                raise
            return ""

    async def _renew(self, organization: UUID, domain: str, identifier: str, held: StsPolicyRow | None) -> Known:
        key, now = (organization, domain), self._clock.now()
        try:
            body = await self._https.get(
                FEATURE_NAME, StsPolicyFetch(domain=domain), f"https://mta-sts.{domain}/.well-known/mta-sts.txt",
                most=MAX_BYTES, seconds=FETCH_SECONDS, kind="text/plain",
            )  # fmt: skip
            policy = read_policy(body)
        except (FetchFailed, BadPolicy) as exc:
            failure = exc.failure if isinstance(exc, FetchFailed) else "sts-policy-invalid"
            log.info("tls_peers.sts_policy_not_fetched", domain=domain, why=str(exc))
            known = Known(_policy(held) if held else None, failure, str(exc))
            if len(self._failed) > MOST_REMEMBERED:
                self._failed.clear()
            self._failed[key] = (self._clock.monotonic() + RETRY.total_seconds(), known)
            return known
        self._failed.pop(key, None)
        row = StsPolicyRow(
            domain=domain, policy_id=identifier, mode=policy.mode, mx=list(policy.mx), fetched_at=now,
            expires_at=now + timedelta(seconds=policy.max_age),
        )  # fmt: skip
        async with self._database.scoped(organization) as connection:
            await store.keep_sts_policy(connection, organization, row)
        self._remember(key, row)
        return Known(policy)

    async def _load(self, organization: UUID, domain: str) -> StsPolicyRow | None:
        async with self._database.scoped(organization) as connection:
            row = await store.sts_policy(connection, domain)
        if row is not None:
            self._remember((organization, domain), row)
        return row

    def _remember(self, key: tuple[UUID, str], row: StsPolicyRow) -> None:
        if len(self._held) >= MOST_REMEMBERED:
            self._held.clear()
        self._held[key] = row


def _policy(row: StsPolicyRow) -> StsPolicy:
    return StsPolicy(
        mode=Mode(row.mode), mx=tuple(row.mx), max_age=int((row.expires_at - row.fetched_at).total_seconds())
    )
