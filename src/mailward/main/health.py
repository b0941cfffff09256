# SPDX-License-Identifier: Apache-2.0
"""The checks of this node: one list, shown by the health page, by `mailward check` and by the probes."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial

from mailward.checks.ip_reputation.service import BadCountryFile, Countries, sick_lists
from mailward.checks.tls_peers import service as tls_peers
from mailward.checks.web_reputation import service as web_reputation
from mailward.contract.check import Facts
from mailward.disposition.delivery import service as delivery
from mailward.edge.certificates import look
from mailward.engines.scanning.client import ScanClient
from mailward.main import schema
from mailward.main.certificates import diagnose, sources
from mailward.main.node import Node
from mailward.web.health import Condition, Diagnosis, HealthCheck

LOW_DISK = 1 << 30
LOWEST_DISK = 100 << 20
OLD_MAIL = timedelta(minutes=15)

_PROBE = b"From: <probe@mailward.test>\r\nTo: <probe@mailward.test>\r\nSubject: probe\r\n\r\nIs anybody there?\r\n"


def checks(node: Node) -> tuple[HealthCheck, ...]:
    """Every check of this node beyond those that the web application brings itself."""
    named = {
        "schema": _schema, "policy": _policy, "scan workers": _scanning, "delivery queue": _queue, "disk": _disk,
        "clock": _clock, "block lists": _lists, "certificates": _certificates, "dane": _dane, "countries": _countries,
        "web lists": _web_lists,
    }  # fmt: skip
    return tuple(HealthCheck(name, partial(examine, node)) for name, examine in named.items())


async def _schema(node: Node) -> Diagnosis:
    async with node.database.unscoped() as connection:
        version = await connection.fetchval("SELECT version_num FROM alembic_version")
    if version == schema.newest():
        return Diagnosis(Condition.OK, f"schema {version}")
    return Diagnosis(Condition.FAILED, f"the schema is {version}, this program needs {schema.newest()}",
                     "start the newest version of Mailward once; it migrates the database")  # fmt: skip


async def _clock(node: Node) -> Diagnosis:
    """Wall clocks are set by people and by protocols, and both make mistakes."""
    async with node.database.unscoped() as connection:
        held = await connection.fetchrow("SELECT * FROM held_jobs()")
    if not held["jobs"]:
        return Diagnosis(Condition.OK, "the clock goes steadily")
    return Diagnosis(
        Condition.DEGRADED, f"the clock jumped by more than a day; no purging until {held['until']:%F %H:%M} UTC",
        "set the clock right if it is wrong; if it is right, there is nothing to do",
    )  # fmt: skip


async def _scanning(node: Node) -> Diagnosis:
    examination = await ScanClient(str(node.configuration.scan_socket)).examine(_PROBE, Facts())
    if not examination.failures:
        return Diagnosis(Condition.OK, "the scan workers answer")
    why = next(iter(examination.failures.values()))
    return Diagnosis(Condition.FAILED, why, "look for scan_worker events in the log; mail is deferred meanwhile")


async def _queue(node: Node) -> Diagnosis:
    async with node.database.unscoped() as connection:
        waiting, oldest, _ = await delivery.queue_state(connection)
    if oldest is None:
        return Diagnosis(Condition.OK, "nothing waits")
    age = node.clock.now() - oldest
    words = f"{waiting} copies wait, the oldest for {int(age.total_seconds())} seconds"
    if age < OLD_MAIL:
        return Diagnosis(Condition.OK, words)
    return Diagnosis(Condition.DEGRADED, words, "see in the timelines what the servers behind us answer")


async def _disk(node: Node) -> Diagnosis:
    free = (await asyncio.to_thread(shutil.disk_usage, node.configuration.data)).free
    words = f"{free >> 20} MB free for bodies and records"
    if free < LOWEST_DISK:
        return Diagnosis(Condition.FAILED, words, "make room: mail is refused for now, and senders try again")
    return Diagnosis(Condition.OK if free > LOW_DISK else Condition.DEGRADED, words, "make room on this disk")


async def _policy(node: Node) -> Diagnosis:
    organizations = len(node.policies.current.organizations)
    domains = len(node.policies.current.by_domain)
    if domains:
        return Diagnosis(Condition.OK, f"{organizations} organizations, {domains} domains")
    return Diagnosis(Condition.DEGRADED, "no domain is protected yet", "run mailward init")


async def _dane(node: Node) -> Diagnosis:
    asking = [policy.name for policy in node.policies.current.organizations.values() if tls_peers.asks_dane(policy)]
    if not asking:
        return Diagnosis(Condition.OK, "nobody asks for DANE")
    if node.configuration.dns_validates:
        return Diagnosis(Condition.OK, "the name servers are said to check DNSSEC")
    return Diagnosis(Condition.DEGRADED, f"{', '.join(asking[:3])} asks for DANE, and no answer counts as secure",
                     "let name servers on this host check DNSSEC, and set MAILWARD_DNS_VALIDATES=1")  # fmt: skip


async def _certificates(node: Node) -> Diagnosis:
    found, faults = await asyncio.to_thread(look, sources(node.configuration))
    return diagnose(found, faults, node.clock.now())


async def _lists(node: Node) -> Diagnosis:
    async with node.database.unscoped() as connection:
        sick = [*await sick_lists(connection), *await web_reputation.sick_lists(connection)]
    if not sick:
        return Diagnosis(Condition.OK, "every DNS block list that is used passed its test")
    words = "; ".join(f"{zone}: {why}" for zone, why in sick)
    return Diagnosis(Condition.DEGRADED, f"not asked for now: {words}",
                     "ask from a resolver of your own, or remove the list; it is tested every ten minutes")  # fmt: skip


async def _web_lists(node: Node) -> Diagnosis:
    states = await asyncio.to_thread(web_reputation.LocalLists(node.configuration.web_lists).states)
    sick = [state.trouble for state in states if state.trouble]
    if sick:
        return Diagnosis(Condition.DEGRADED, f"web addresses stay untested: {'; '.join(sick)}",
                         "bring the list again with mailward web-reputation import, or remove it")  # fmt: skip
    if not states:
        return Diagnosis(Condition.OK, "no list of web addresses was brought; they are judged by their shape")
    words = ", ".join(f"{state.name} ({state.entries}, {state.made_at:%Y-%m-%d})" for state in states)
    return Diagnosis(Condition.OK, f"lists of web addresses: {words}")


async def _countries(node: Node) -> Diagnosis:
    if node.configuration.geoip is None:
        return Diagnosis(Condition.OK, "no country file is named; nobody is judged by country")
    try:
        built = (await asyncio.to_thread(Countries.open, node.configuration.geoip)).built
    except BadCountryFile as exc:
        return Diagnosis(Condition.DEGRADED, str(exc), "name a country file in MaxMind's format in MAILWARD_GEOIP")
    return Diagnosis(Condition.OK, f"country file of {datetime.fromtimestamp(built, UTC):%Y-%m-%d}")
