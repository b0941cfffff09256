# SPDX-License-Identifier: Apache-2.0
"""The web process: the application on a socket that the supervisor has bound already."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import uvicorn

from mailward.catalog import FEATURES
from mailward.checks.outbound.service import Clouds
from mailward.checks.web_reputation.service import LocalLists
from mailward.edge.certificates import look
from mailward.egress.dns.service import Dns
from mailward.engines.scanning.service import ScanClient
from mailward.main.certificates import sources
from mailward.main.configuration import Address, Configuration
from mailward.main.health import checks
from mailward.main.node import open_node
from mailward.main.send import letter
from mailward.main.wiring import WebContext, beside, countries, outside
from mailward.web.app import create_app
from mailward.web.services import LOOPBACK, Services, SmtpAnswer, TryAnswer

STOP_SECONDS = 5


async def serve(
    configuration: Configuration, url: str, listener: socket.socket, context: WebContext, ready: Callable[[], None]
) -> None:
    """Until SIGTERM."""
    async with open_node(configuration, url) as node:
        door, ledger = outside(node)
        source = context.dns(configuration)
        app = create_app(
            Services(
                database=node.database,
                bodies=node.bodies,
                keys=node.key,
                render=ScanClient(str(configuration.scan_socket)).preview,
                features=FEATURES,
                clock=node.clock,
                health=checks(node),
                certificates=lambda: asyncio.to_thread(look, sources(configuration)),
                fresh_dns=lambda: Dns(source, on_question=door.dns).for_feature,
                gateway=configuration.gateway,
                clouds=Clouds(configuration.clouds),
                countries=countries(configuration),
                web_lists=LocalLists(configuration.web_lists),
                read_reports=ScanClient(str(configuration.scan_socket)).reports,
                try_message=_try_message(context) if context.demo else None,
                demo=context.demo,
                hosts=LOOPBACK if context.demo else frozenset(),
            )
        )
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", access_log=False, server_header=False, date_header=True, lifespan="on",
                timeout_graceful_shutdown=STOP_SECONDS, proxy_headers=False,
            )
        )  # fmt: skip
        async with beside(ledger.run()):
            await _serve(server, listener, ready)
        await source.close()


async def _serve(server: uvicorn.Server, listener: socket.socket, ready: Callable[[], None]) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    if server.started:
        ready()
    await serving


def _try_message(context: WebContext) -> Callable[[bytes], Awaitable[TryAnswer]]:
    """Send what was pasted to our own SMTP port, as a stranger would."""

    async def try_message(raw: bytes) -> TryAnswer:
        assert context.smtp is not None
        answer = await letter(raw, Address.parse(context.smtp), fallback="lee@example.test")
        return TryAnswer(smtp=SmtpAnswer(answer.code, answer.text))

    return try_message
