# SPDX-License-Identifier: Apache-2.0
"""The only wiring: each process of a node, put together from the rooms."""

import asyncio
import contextlib
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
import uvloop

from mailward.catalog import CHECKS, FEATURES
from mailward.checks.ip_reputation.service import (
    BadCountryFile,
    BlockLists,
    Countries,
    Dynamic,
    IpReputation,
    level_of,
    wanted_lists,
    write_health,
)
from mailward.checks.outbound.service import Clouds, Outbound
from mailward.checks.rate_limits.service import LimitRecord, RateLimits
from mailward.checks.tls_peers.service import OutboundSecurity, StsPolicies
from mailward.checks.virus.service import Clamd
from mailward.checks.web_reputation import service as web_reputation
from mailward.contract.job import JobTools
from mailward.disposition.acceptance import Acceptance
from mailward.disposition.delivery.connections import Connections
from mailward.disposition.delivery.deliverer import Deliverer, Share
from mailward.disposition.delivery.destinations import Standings
from mailward.disposition.delivery.mx import MailExchangers
from mailward.disposition.delivery.notifier import Notifier
from mailward.disposition.delivery.outcomes import Outcomes
from mailward.disposition.delivery.routes import Answer, Elsewhere, NextHop, Routes
from mailward.disposition.delivery.securing import Securing, counted
from mailward.disposition.delivery.servers import Servers
from mailward.disposition.delivery.submission import Submission
from mailward.disposition.delivery.sweep import Sweep
from mailward.disposition.delivery.transaction import Item
from mailward.disposition.finishing import finishing
from mailward.disposition.preparation import Preparation
from mailward.edge.certificates import Certificates
from mailward.edge.limits import Listening
from mailward.edge.server import Server
from mailward.egress.dns.answer import Source
from mailward.egress.dns.list_record import ListRecord
from mailward.egress.dns.network import Network
from mailward.egress.dns.network import Server as NameServer
from mailward.egress.dns.service import Dns
from mailward.egress.door import Door
from mailward.egress.https import Https, is_public, is_within
from mailward.egress.ledger import Ledger
from mailward.engines.scanning.client import ScanClient
from mailward.entrance import Entrance
from mailward.kit.allocation import give_back, keep_buffers
from mailward.main.certificates import sources as certificate_sources
from mailward.main.configuration import Configuration
from mailward.main.node import Node, open_node
from mailward.main.schedule import Schedule
from mailward.pipeline import Journey
from mailward.records.dmarc_reports.service import Counter as DmarcCounter
from mailward.records.mail_tracking.service import Refusals
from mailward.records.tls_reports.service import TlsSessions

log = structlog.get_logger()

DRAIN_SECONDS = 25
CERTIFICATE_SECONDS = 10
"""Between two looks at the files of the certificates."""

DnsSource = Callable[[Configuration], Source]
"""Where answers come from: the network, or the demo's canned zone."""

Ready = Callable[[], None]


def system_dns(configuration: Configuration) -> Source:
    """The name servers of the configuration, or else those that this machine is set up with."""
    servers = [NameServer(server.host, server.port) for server in configuration.name_servers]
    return Network(servers, validating=configuration.dns_validates)


@dataclass(frozen=True)
class WebContext:
    """What the web process is told about the rest of the node."""

    smtp: str | None
    dns: DnsSource
    demo: bool = False


def smtp(configuration: Configuration, url: str, listener: socket.socket, dns: DnsSource, ready: Ready) -> None:
    """The SMTP process: takes mail, has it judged, stores it, and delivers it at once."""
    keep_buffers()
    uvloop.run(_smtp(configuration, url, listener, dns, ready))


def worker(configuration: Configuration, url: str, dns: DnsSource, ready: Ready) -> None:
    """The worker process: deliveries that are due, and the rooms' jobs."""
    uvloop.run(_worker(configuration, url, dns, ready))


def web(configuration: Configuration, url: str, listener: socket.socket, context: WebContext, ready: Ready) -> None:
    """The web process: console and API."""
    from mailward.main import web_process  # noqa: PLC0415 - the other processes need no web framework

    uvloop.run(web_process.serve(configuration, url, listener, context, ready))


def outside(node: Node) -> tuple[Door, Ledger]:
    """The door out, and the ledger of what left; the ledger writes while its `run` runs."""
    ledger = Ledger(node.database, node.clock)
    disclosures = {feature.name: feature.disclosure for feature in FEATURES}
    return Door(disclosures, is_on=node.policies.is_on, ledger=ledger), ledger


async def _smtp(configuration: Configuration, url: str, listener: socket.socket, dns: DnsSource, ready: Ready) -> None:
    async with open_node(configuration, url) as node:
        door, ledger = outside(node)
        resolver = Dns(dns(configuration), on_question=door.dns)
        outbound = Outbound(node.database, node.clock, Clouds(configuration.clouds))
        await outbound.round()
        sessions = TlsSessions(node.database, node.clock)
        deliverer = _deliverer(node, resolver, door, outbound, sessions)
        refusals = Refusals(node.database, node.clock)
        dmarc = DmarcCounter(node.database, node.clock)
        entrance, beside_entrance = _entrance(node, resolver, refusals)
        web, beside_web = _web_reputation(node, resolver)
        journey = Journey(
            policies=node.policies,
            resolver=resolver.for_feature("authentication"),
            scan=ScanClient(str(configuration.scan_socket)),
            clamd=Clamd(door),
            checks=CHECKS,
            acceptance=Acceptance(node.database, node.bodies, node.clock, deliverer),
            refusals=refusals,
            preparation=Preparation(hostname=configuration.hostname, clock=node.clock),
            entrance=entrance,
            outbound=outbound,
            dmarc=dmarc,
            web_reputation=web,
        )
        settings = Listening(
            hostname=configuration.hostname, spool=str(configuration.spool), limits=configuration.limits,
            proxies=configuration.proxies,
        )  # fmt: skip
        configuration.spool.mkdir(mode=0o700, exist_ok=True)
        certificates = _certificates(configuration)
        server = Server(settings, journey, clock=node.clock, tls=certificates.context)
        await server.listen_on(listener)
        ready()
        async with beside(
            deliverer.run(),
            ledger.run(),
            give_back(),
            refusals.run(),
            outbound.run(),
            dmarc.run(),
            sessions.run(),
            _watch(certificates),
            *beside_entrance,
            beside_web,
        ):
            await _terminated()
            await server.drain(seconds=DRAIN_SECONDS)
            await deliverer.drain(DRAIN_SECONDS / 5)


def _entrance(node: Node, resolver: Dns, refusals: Refusals) -> tuple[Entrance, tuple[Coroutine[Any, Any, None], ...]]:
    """Whom to ask about those who want to come in, and what runs beside."""
    block_lists = BlockLists(resolver.for_feature("ip_reputation"), lambda: wanted_lists(node.policies))
    dynamic = Dynamic(node.database, node.clock, level_of=lambda organization: level_of(node.policies, organization))
    limits = LimitRecord(node.database, node.clock)
    entrance = Entrance(
        ip_reputation=IpReputation(countries=countries(node.configuration), block_lists=block_lists, dynamic=dynamic),
        rate_limits=RateLimits(node.clock, limits.note),
        reverse_names=resolver.for_feature("reverse_dns"),
        sender_domains=resolver.for_feature("sender_filter"),
        sender_policies=resolver.for_feature("authentication"),
        refusals=refusals,
        clock=node.clock,
    )
    record = ListRecord(node.database, node.clock, write_health)
    return entrance, (dynamic.run(), block_lists.run(record.write), limits.run())


def _web_reputation(node: Node, resolver: Dns) -> tuple[web_reputation.WebReputation, Coroutine[Any, Any, None]]:
    """Whom to ask about web addresses, and what runs beside."""
    dns_lists = web_reputation.WebDnsLists(
        resolver.for_feature("web_reputation"), lambda: web_reputation.wanted_lists(node.policies)
    )
    record = ListRecord(node.database, node.clock, web_reputation.write_health)
    local = web_reputation.LocalLists(node.configuration.web_lists)
    return web_reputation.WebReputation(local=local, dns_lists=dns_lists), dns_lists.run(record.write)


def countries(configuration: Configuration) -> Countries | None:
    """The operator's country file. One that cannot be read is no reason to stand still; the health page says so."""
    if configuration.geoip is None:
        return None
    try:
        return Countries.open(configuration.geoip)
    except BadCountryFile as exc:
        log.error("ip_reputation.no_countries", why=str(exc))  # noqa: TRY400 - the sentence says it all
        return None


def _certificates(configuration: Configuration) -> Certificates:
    """The operator's certificates, or one of our own until there are some."""
    made = Certificates(
        certificate_sources(configuration), hostname=configuration.hostname, minimum=configuration.tls_minimum
    )
    made.start()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, made.renew)
    return made


async def _watch(certificates: Certificates) -> None:
    """Load certificates anew when their files change, until cancelled."""
    while True:
        await asyncio.sleep(CERTIFICATE_SECONDS)
        await asyncio.to_thread(certificates.renew_if_changed)


async def _worker(configuration: Configuration, url: str, dns: DnsSource, ready: Ready) -> None:
    async with open_node(configuration, url) as node:
        jobs = [job for feature in FEATURES if feature.jobs for job in feature.jobs()]
        door, ledger = outside(node)
        resolver = Dns(dns(configuration), on_question=door.dns)
        tools = JobTools(
            node.database, node.bodies, node.clock, resolver.for_feature, configuration.gateway,
            submission(node).submit, keys=node.key, organizations=node.organizations, leaving=door.admit,
            read_reports=ScanClient(str(configuration.scan_socket)).reports, post=https(node, resolver, door).post,
        )  # fmt: skip
        schedule = Schedule(jobs, tools)
        for job in jobs:
            if job.prompt:
                await schedule.once(job)
        outbound = Outbound(node.database, node.clock, Clouds(configuration.clouds))
        sessions = TlsSessions(node.database, node.clock)
        deliverer = _deliverer(node, resolver, door, outbound, sessions)
        ready()
        sweep = Sweep(node.database, node.clock, outcomes(node))
        beside_it = (sweep.run(), schedule.run(), ledger.run(), outbound.run(), sessions.run())
        async with beside(deliverer.run(), *beside_it):
            await _terminated()
            await deliverer.drain(DRAIN_SECONDS)


def _deliverer(node: Node, resolver: Dns, door: Door, outbound: Outbound, sessions: TlsSessions) -> Deliverer:
    configuration = node.configuration
    helo, chance = configuration.hostname, random.Random()  # noqa: S311 - spreads load, guards nothing
    exchangers = MailExchangers(
        resolver.for_feature("delivery"),
        own_names=(helo, *configuration.gateway.mail_exchanges),
        chance=chance,
        inside=configuration.mx_inside,
    )
    share = Share()
    routes = Routes(
        Connections(most=share), Servers(monotonic=node.clock.monotonic, chance=chance), helo=helo, chance=chance,
        exchangers=exchangers, mx_port=configuration.mx_port, secure=_securing(node, resolver, door, sessions),
    )  # fmt: skip

    async def send(organization: UUID, hop: NextHop, item: Item) -> dict[str, Answer]:
        answers = await routes.send(organization, hop, item)
        policy = node.policies.current.organizations.get(organization)
        if policy is not None and isinstance(hop, Elsewhere):
            outbound.heard(policy, item.sender, [answer.reply for answer in answers.values()])
        return answers

    notifier = Notifier(submission(node), hostname=helo)
    return Deliverer(
        node.database,
        node.bodies,
        node.policies,
        node.clock,
        send=send,
        notifier=notifier,
        share=share,
        finish=finishing(node.clock),
    )


def outcomes(node: Node) -> Outcomes:
    """Gives copies up for people and for time, as the deliverer does for servers."""
    notifier = Notifier(submission(node), hostname=node.configuration.hostname)
    return Outcomes(node.database, node.clock, standings=Standings(), notifier=notifier)


def submission(node: Node) -> Submission:
    """Puts mails of our own into the queue."""
    return Submission(node.database, node.bodies, node.clock, key_of=node.key)


def _securing(node: Node, resolver: Dns, door: Door, sessions: TlsSessions) -> Securing:
    """What servers must show that mail is brought to, and who is told what they did show."""
    asking = resolver.for_feature("tls_peers")
    sts = StsPolicies(node.database, node.clock, resolver=asking, https=https(node, resolver, door))
    security = OutboundSecurity(sts, asking, validating=node.configuration.dns_validates)
    return Securing(node.policies, security, tell=counted(node.policies, sessions))


def https(node: Node, resolver: Dns, door: Door) -> Https:
    """HTTPS through the door, to public addresses and to those networks that the operator named."""
    inside = node.configuration.mx_inside
    return Https(
        door, resolver.for_feature, permits=lambda address: is_public(address) or is_within(address, inside),
        port=node.configuration.https_port,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def beside(*lives: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Background work for the length of a block; what it does at its end is waited for."""
    tasks = [asyncio.create_task(life) for life in lives]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _terminated() -> None:
    """Until the supervisor asks this process to end."""
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asked.set)
    await asked.wait()
