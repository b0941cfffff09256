# SPDX-License-Identifier: Apache-2.0
"""Who gets a report about a day, and who does not, and why: what the job sends and what a dry run shows."""

import asyncio
import hashlib
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import asyncpg
import msgspec

from mailward.contract.dmarc_report import MAX_ROWS, Report
from mailward.contract.dns import DnsTrouble, Resolver
from mailward.contract.organization import Organization
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit.database import Database
from mailward.records.dmarc_reports import tallies
from mailward.records.dmarc_reports.sending import dead_boxes, standing
from mailward.records.dmarc_reports.sending.destinations import (
    MAX_DESTINATIONS,
    MAX_LISTED,
    Destination,
    agreed,
    current_record,
    destinations_of,
    published,
)
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.records.dmarc_reports.shapes import PlannedReport, SendingPlan

MAX_PLANNED = 25
"""Domains of a dry run whose addresses are looked up."""
MAX_CANDIDATES = 1000
FIRST_HOUR, LAST_HOUR = 1, 7
"""Reports about a day go out between these hours of the next (UTC), each domain's at a time of its own."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A domain of a day. `record` is its policy as it was seen last on that day."""

    day: date
    policy_domain: str
    record: str
    mails: int


class Addressees(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets a report; `why` says who does not. `later` if the DNS gave no answer."""

    destinations: tuple[Destination, ...] = ()
    why: str = ""
    later: bool = False


def problem_of(domains: Collection[str], settings: DmarcReportsSettings) -> str:
    """Why an organization with these domains cannot send reports, "" if it can."""
    local, _, domain = settings.sender.lower().rpartition("@")
    if not local:
        return "there is no address that reports come from"
    if domain not in domains:
        return f"{domain} is not one of your domains"
    if "+" in local:
        return "the address that reports come from has a plus sign"
    return ""


def due_at(organization: UUID, day: date, policy_domain: str) -> datetime:
    """When the report about a day goes out: the same time whoever asks, and another for each domain."""
    seed = hashlib.blake2b(f"{organization} {day} {policy_domain}".encode(), digest_size=8).digest()
    spread = (LAST_HOUR - FIRST_HOUR) * 3600
    start = datetime.combine(day + timedelta(days=1), time(FIRST_HOUR), UTC)
    return start + timedelta(seconds=int.from_bytes(seed) % spread)


async def candidates(connection: asyncpg.Connection, day: date, *, most: int) -> list[Candidate]:
    """The domains of a day of which nothing is decided yet, those with most mail first."""
    rows = await connection.fetch(
        "SELECT day, policy_domain, record, passed_good + passed_bad + failed_good + failed_bad AS mails"
        " FROM dmarc_policy_domains p WHERE day = $1 AND NOT EXISTS (SELECT FROM dmarc_sent s"
        " WHERE s.organization_id = p.organization_id AND s.day = p.day AND s.policy_domain = p.policy_domain)"
        " ORDER BY mails DESC, policy_domain LIMIT $2",
        day, most,
    )  # fmt: skip
    return [Candidate(**row) for row in rows]


async def addressees(
    database: Database, organization: UUID, candidate: Candidate, resolver: Resolver, *, at: datetime
) -> Addressees:
    """Who gets the report of a candidate: asked of the DNS now, since a domain may have changed its mind."""
    domain = candidate.policy_domain
    async with database.scoped(organization) as connection:
        if why := standing.objection(await standing.of(connection, domain, candidate.day)):
            return Addressees(why=why)
    try:
        wanted = destinations_of(await current_record(domain, resolver))
        if not wanted:
            return Addressees(why="the domain does not ask for reports any more")
        willing, unwilling = await _willing(domain, wanted, resolver)
    except DnsTrouble:
        return Addressees(why="the DNS gave no answer", later=True)
    async with database.scoped(organization) as connection:
        closed = await dead_boxes.closed(connection, [one.address for one in willing], at)
    open_ = tuple(one for one in willing if one.address not in closed)[:MAX_DESTINATIONS]
    reasons = [f"{address} has not agreed to reports about {domain}" for address in unwilling]
    reasons += [f"reports to {address} came back" for address in sorted(closed)]
    return Addressees(destinations=open_, why="; ".join(reasons))


async def _willing(
    domain: str, wanted: tuple[Destination, ...], resolver: Resolver
) -> tuple[list[Destination], list[str]]:
    willing: dict[str, Destination] = {}
    unwilling: list[str] = []
    for destination in wanted[:MAX_LISTED]:
        found = await agreed(domain, destination, resolver)
        if found is None:
            unwilling.append(destination.address)
        else:
            willing.setdefault(found.address.lower(), found)
        if len(willing) >= 2 * MAX_DESTINATIONS:
            break
    return list(willing.values()), unwilling


async def report_of(
    connection: asyncpg.Connection, organization: Organization, settings: DmarcReportsSettings, candidate: Candidate
) -> Report:
    """The report itself."""
    begin = int(datetime.combine(candidate.day, time(), UTC).timestamp())
    submitter = settings.sender.lower().rpartition("@")[2]
    return Report(
        organization=settings.organization_name or organization.name,
        email=settings.sender,
        contact=settings.contact,
        report_id=f"{candidate.day}.{candidate.policy_domain}@{submitter}",
        begin=begin,
        end=begin + 86399,
        published=published(candidate.policy_domain, candidate.record),
        rows=await tallies.rows_of(connection, candidate.day, candidate.policy_domain, most=MAX_ROWS),
    )


async def plan_day(
    database: Database, organization: UUID, day: date, *, domains: Collection[str], settings: DmarcReportsSettings,
    at: datetime, resolver: Resolver, most: int = MAX_PLANNED,
) -> SendingPlan:  # fmt: skip
    """What would be sent about a day, without sending it. The DNS is asked, in the name of the organization."""
    ON_BEHALF_OF.set((organization,))
    async with database.scoped(organization) as connection:
        waiting = await candidates(connection, day, most=MAX_CANDIDATES)
    found = await asyncio.gather(
        *(addressees(database, organization, one, resolver, at=at) for one in waiting[:most])
    )  # fmt: skip
    items = [
        PlannedReport(
            policy_domain=one.policy_domain, mails=one.mails, why=who.why,
            destinations=[destination.address for destination in who.destinations],
        )
        for one, who in zip(waiting[:most], found, strict=True)
    ]  # fmt: skip
    problem = problem_of(domains, settings) if settings.send else "sending is switched off"
    return SendingPlan(day=day, problem=problem, items=items, left_out=max(0, len(waiting) - most))
