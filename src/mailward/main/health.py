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
from mailward.contract.wording import verbatim
from mailward.disposition.delivery import service as delivery
from mailward.edge.certificates import look
from mailward.engines.scanning.client import ScanClient
from mailward.main import health_sentences as say
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
        return Diagnosis(Condition.OK, say.SCHEMA(version=version))
    return Diagnosis(Condition.FAILED, say.OTHER_SCHEMA(version=version, newest=schema.newest()), say.MIGRATE())


async def _clock(node: Node) -> Diagnosis:
    """Wall clocks are set by people and by protocols, and both make mistakes."""
    async with node.database.unscoped() as connection:
        held = await connection.fetchrow("SELECT * FROM held_jobs()")
    if not held["jobs"]:
        return Diagnosis(Condition.OK, say.STEADY())
    return Diagnosis(Condition.DEGRADED, say.JUMPED(until=f"{held['until']:%F %H:%M} UTC"), say.SET_CLOCK())


async def _scanning(node: Node) -> Diagnosis:
    examination = await ScanClient(str(node.configuration.scan_socket)).examine(_PROBE, Facts())
    if not examination.failures:
        return Diagnosis(Condition.OK, say.SCANS())
    why = next(iter(examination.failures.values()))
    return Diagnosis(Condition.FAILED, verbatim(why), say.SEE_WORKERS())


async def _queue(node: Node) -> Diagnosis:
    async with node.database.unscoped() as connection:
        waiting, oldest, _ = await delivery.queue_state(connection)
    if oldest is None:
        return Diagnosis(Condition.OK, say.EMPTY())
    age = node.clock.now() - oldest
    words = say.WAITING(copies=waiting, seconds=int(age.total_seconds()))
    if age < OLD_MAIL:
        return Diagnosis(Condition.OK, words)
    return Diagnosis(Condition.DEGRADED, words, say.SEE_TIMELINES())


async def _disk(node: Node) -> Diagnosis:
    free = (await asyncio.to_thread(shutil.disk_usage, node.configuration.data)).free
    words = say.FREE(megabytes=free >> 20)
    if free < LOWEST_DISK:
        return Diagnosis(Condition.FAILED, words, say.FULL())
    return Diagnosis(Condition.OK if free > LOW_DISK else Condition.DEGRADED, words, say.MAKE_ROOM())


async def _policy(node: Node) -> Diagnosis:
    organizations = len(node.policies.current.organizations)
    domains = len(node.policies.current.by_domain)
    if domains:
        return Diagnosis(Condition.OK, say.PROTECTED(organizations=organizations, domains=domains))
    return Diagnosis(Condition.DEGRADED, say.UNPROTECTED(), say.INITIALIZE())


async def _dane(node: Node) -> Diagnosis:
    asking = [policy.name for policy in node.policies.current.organizations.values() if tls_peers.asks_dane(policy)]
    if not asking:
        return Diagnosis(Condition.OK, say.NO_DANE())
    if node.configuration.dns_validates:
        return Diagnosis(Condition.OK, say.VALIDATING())
    return Diagnosis(Condition.DEGRADED, say.INSECURE(names=", ".join(asking[:3])), say.VALIDATE())


async def _certificates(node: Node) -> Diagnosis:
    found, faults = await asyncio.to_thread(look, sources(node.configuration))
    return diagnose(found, faults, node.clock.now())


async def _lists(node: Node) -> Diagnosis:
    async with node.database.unscoped() as connection:
        sick = [*await sick_lists(connection), *await web_reputation.sick_lists(connection)]
    if not sick:
        return Diagnosis(Condition.OK, say.LISTS_WELL())
    words = "; ".join(f"{zone}: {why}" for zone, why in sick)
    return Diagnosis(Condition.DEGRADED, say.LISTS_SICK(lists=words), say.OWN_RESOLVER())


async def _web_lists(node: Node) -> Diagnosis:
    states = await asyncio.to_thread(web_reputation.LocalLists(node.configuration.web_lists).states)
    sick = [state.trouble for state in states if state.trouble]
    if sick:
        return Diagnosis(Condition.DEGRADED, say.WEB_LISTS_SICK(lists="; ".join(sick)), say.BRING_WEB_LIST())
    if not states:
        return Diagnosis(Condition.OK, say.NO_WEB_LISTS())
    words = ", ".join(f"{state.name} ({state.entries}, {state.made_at:%Y-%m-%d})" for state in states)
    return Diagnosis(Condition.OK, say.WEB_LISTS(lists=words))


async def _countries(node: Node) -> Diagnosis:
    if node.configuration.geoip is None:
        return Diagnosis(Condition.OK, say.NO_COUNTRIES())
    try:
        built = (await asyncio.to_thread(Countries.open, node.configuration.geoip)).built
    except BadCountryFile as exc:
        return Diagnosis(Condition.DEGRADED, verbatim(str(exc)), say.NAME_COUNTRIES())
    return Diagnosis(Condition.OK, say.COUNTRIES(day=f"{datetime.fromtimestamp(built, UTC):%Y-%m-%d}"))
