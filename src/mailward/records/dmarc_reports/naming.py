# SPDX-License-Identifier: Apache-2.0
"""Names for the addresses that send in our name, so that a service is one line and not four hundred.

A name counts only where it leads back to the address (RFC 8601, 2.7.3): anybody can claim any.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.job import JobTools
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.database import AWAY
from mailward.records.dmarc_reports.sending.destinations import organizational

log = structlog.get_logger()

FEATURE = "dmarc_reports"
AT_ONCE = 100
"""Addresses looked up in one turn for one organization."""
SIDE_BY_SIDE = 10
FRESH = timedelta(days=30)
RETRY = timedelta(days=1)
MAX_NAMES = 3
"""Names of one address that are followed back."""


async def name_sources(tools: JobTools) -> None:
    """Look up addresses that have no name yet, or one that is old."""
    for organization in tools.organizations():
        ON_BEHALF_OF.set((organization.id,))
        try:
            await _name_organization(tools, organization.id)
        except AWAY as exc:
            log.warning("dmarc_reports.not_named", organization=str(organization.id), why=type(exc).__name__)


async def _name_organization(tools: JobTools, organization: UUID) -> None:
    now = tools.clock.now()
    async with tools.database.scoped(organization) as connection:
        rows = await connection.fetch(
            "SELECT host(r.source_ip) AS address FROM dmarc_rows r LEFT JOIN dmarc_sources s"
            " ON s.organization_id = r.organization_id AND s.source_ip = r.source_ip"
            " WHERE s.source_ip IS NULL OR s.looked_at < $1 GROUP BY r.source_ip ORDER BY sum(r.count) DESC LIMIT $2",
            now - FRESH, AT_ONCE,
        )  # fmt: skip
    gate = asyncio.Semaphore(SIDE_BY_SIDE)
    resolver = tools.resolvers(FEATURE)

    async def look_up(address: str) -> tuple[str, str, datetime]:
        async with gate:
            try:
                return address, await confirmed_name(address, resolver), now
            except DnsTrouble:
                return address, "", now - FRESH + RETRY

    found = await asyncio.gather(*(look_up(row["address"]) for row in rows))
    async with tools.database.scoped(organization) as connection:
        await connection.executemany(
            "INSERT INTO dmarc_sources (organization_id, source_ip, name, domain, looked_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, source_ip) DO UPDATE SET"
            " name = excluded.name, domain = excluded.domain, looked_at = excluded.looked_at",
            [(organization, address, name, organizational(name) if name else "", at) for address, name, at in found],
        )


async def confirmed_name(address: str, resolver: Resolver) -> str:
    """The first name of an address that leads back to it, "" if none does. Raises `DnsTrouble`."""
    for name in (await resolver.ptr(address))[:MAX_NAMES]:
        back = await (resolver.aaaa(name) if ":" in address else resolver.a(name))
        if address in back:
            return name.lower().rstrip(".")
    return ""
