# SPDX-License-Identifier: Apache-2.0
"""One web application out of the rooms' routes."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from typing import Any

import asyncpg
import msgspec
from litestar import Litestar, Request, Response, get
from litestar.di import Provide

from mailward.checks.authentication.service import AuthenticationRulebook
from mailward.checks.ip_reputation.service import AddressEntries, AddressQuestion
from mailward.checks.outbound.service import Connectors
from mailward.checks.reverse_dns.service import NamesQuestion
from mailward.checks.sender_filter.service import SenderEntries, SenderQuestion
from mailward.checks.tls_peers.service import TlsPeers
from mailward.checks.web_reputation.service import WebExceptions, WebQuestion
from mailward.contract.feature import Feature
from mailward.contract.principal import Principal
from mailward.contract.wording import Sentence
from mailward.control.directory_import.service import Recipients
from mailward.control.domains.service import ConnectionTests, Domains, Surveys
from mailward.control.domains.service import names as domain_names
from mailward.control.mta_sts.service import HostedPolicies
from mailward.control.profile.service import SESSION_COOKIE, Profiles
from mailward.disposition.delivery.service import expiry, open_queue, probe
from mailward.disposition.dkim_signing.service import KeyRing
from mailward.disposition.quarantine.service import Quarantine
from mailward.kit.http import PUBLIC
from mailward.records.dmarc_reports.service import DmarcReports
from mailward.records.mail_tracking.service import Live, Originals, Reading
from mailward.records.reports.service import Reports
from mailward.records.tls_reports.service import TlsReports
from mailward.web import attempt, certificates, health, ledger, notice, schema, settings
from mailward.web import console as console_files
from mailward.web.access import guard_with
from mailward.web.errors import HANDLERS
from mailward.web.gate import Gate
from mailward.web.health import Condition, Diagnosis, Doctor, HealthCheck
from mailward.web.services import Services

MAX_REQUEST = 1024 * 1024
"""Bytes of a request's body, where a route does not say otherwise."""

OWN_ROUTES = (*health.ROUTES, *notice.ROUTES, *ledger.ROUTES, *attempt.ROUTES, *settings.ROUTES, *certificates.ROUTES)

_ANSWERS = Sentence("health.database.answers", "answers")
_BUILT = Sentence("health.console.built", "built")
_NOT_BUILT = Sentence("health.console.not_built", "the console is not built")
_BUILD = Sentence("health.console.build", "run `make console` and start again")


def routes_of(features: Iterable[Feature]) -> list[Any]:
    """Every route of the API: the rooms' and our own."""
    return [route for feature in features if feature.routes is not None for route in feature.routes()] + [*OWN_ROUTES]


def create_app(services: Services) -> Litestar:
    """The application; its lifespan starts and stops what runs beside the requests."""
    routes = routes_of(services.features)
    profiles = Profiles(services.database, services.clock, services.passwords)
    reading = Reading(services.database, services.clock)
    live = Live(services.database, reading)
    console = console_files.Console(services.static)
    constants: dict[str, Any] = {
        "services": services,
        "database": services.database,
        "clock": services.clock,
        "demo": services.demo,
        "profiles": profiles,
        "reading": reading,
        "live": live,
        "console": console,
        "originals": Originals(reading, services.bodies, services.clock, key=services.keys, render=services.render),
        "address_entries": AddressEntries(services.database, services.clock),
        "sender_entries": SenderEntries(services.database, services.clock),
        "connectors": Connectors(services.database, services.clock, services.clouds, spf=services.gateway.spf_term),
        "fresh_dns": services.fresh_dns,
        "address_question": AddressQuestion(
            services.database, services.clock, countries=services.countries, fresh_dns=services.fresh_dns
        ),
        "names_question": NamesQuestion(services.database, fresh_dns=services.fresh_dns),
        "web_exceptions": WebExceptions(services.database, services.clock),
        "web_question": WebQuestion(services.database, local=services.web_lists, fresh_dns=services.fresh_dns),
        "sender_question": SenderQuestion(services.database),
        "domains": _domains(services),
        "recipients": Recipients(services.database, services.clock, domain_names),
        "surveys": _surveys(services),
        "connection_tests": ConnectionTests(services.database, services.clock, services.gateway, probe),
        "dmarc_reports": DmarcReports(services.database, services.clock, services.read_reports),
        "authentication_rulebook": AuthenticationRulebook(services.database, services.clock),
        "key_ring": KeyRing(services.database, services.clock, key_of=services.keys),
        "tls_peers": TlsPeers(services.database, services.clock),
        "tls_reports": TlsReports(services.database, services.clock),
        "hosted_policies": HostedPolicies(services.database, services.clock, gateway=services.gateway),
        "queue": open_queue(
            services.database, services.bodies, services.clock, services.keys, services.gateway.hostname
        ),
        "quarantine": Quarantine(services.database, services.clock),
        "reports": Reports(services.database, services.clock, waiting=_waiting),
        "certificates": services.certificates,
        "notice": notice.entries(services.features),
        "doctor": Doctor([HealthCheck("database", _database(services)), _console(console), *services.health]),
    }

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        live.start()
        try:
            yield
        finally:
            await live.stop()

    app = Litestar(
        route_handlers=[*routes, *console_files.ROUTES, _openapi_route(routes)],
        dependencies={
            **{name: _constant(value) for name, value in constants.items()},
            "resolvers": Provide(services.fresh_dns, sync_to_thread=False, use_cache=False),
            "principal": Provide(_principal, sync_to_thread=False),
            "still_allowed": Provide(_watch_with(profiles), sync_to_thread=False),
        },
        guards=[guard_with(profiles)],
        exception_handlers=HANDLERS,
        lifespan=[lifespan],
        request_max_body_size=MAX_REQUEST,
        openapi_config=None,
        logging_config=None,
    )
    app.asgi_handler = Gate(app.asgi_handler, hosts=services.hosts)
    return app


def _domains(services: Services) -> Domains:
    belongings = [belonging for feature in services.features for belonging in feature.belongings]
    return Domains(services.database, services.clock, services.gateway, belongings)


def _surveys(services: Services) -> Surveys:
    rooms = {feature.name: feature.dns_checks for feature in services.features if feature.dns_checks is not None}
    return Surveys(services.database, services.clock, services.gateway, rooms)


def _constant(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def _principal(request: Request[Any, Any, Any]) -> Principal:
    principal: Principal = request.user
    return principal


def _watch_with(profiles: Profiles) -> Any:
    def still_allowed(request: Request[Any, Any, Any]) -> Any:
        return profiles.watch(request.cookies.get(SESSION_COOKIE, ""))

    return still_allowed


def _openapi_route(routes: Sequence[Any]) -> Any:
    encoded = cache(lambda: msgspec.json.encode(schema.document(routes)))

    @get("/api/v1/openapi.json", opt={PUBLIC: True}, include_in_schema=False, sync_to_thread=True)
    def openapi() -> Response[bytes]:
        """The description of this API."""
        return Response(encoded(), media_type="application/json")

    return openapi


async def _waiting(connection: asyncpg.Connection) -> tuple[int, datetime | None]:
    """The organization's copies on their way out, and since when the oldest is in the queue."""
    row = await connection.fetchrow("SELECT count(*) AS waiting, min(expires_at) AS expires FROM deliveries")
    expires = row["expires"]
    return row["waiting"], expires and expires - (expiry(expires) - expires)


def _database(services: Services) -> Any:
    async def examine() -> Diagnosis:
        async with services.database.unscoped() as connection:
            await connection.fetchval("SELECT 1")
        return Diagnosis(Condition.OK, _ANSWERS())

    return examine


def _console(console: console_files.Console) -> HealthCheck:
    async def examine() -> Diagnosis:
        if console.built:
            return Diagnosis(Condition.OK, _BUILT())
        return Diagnosis(Condition.DEGRADED, _NOT_BUILT(), _BUILD())

    return HealthCheck("console", examine)
