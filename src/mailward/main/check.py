# SPDX-License-Identifier: Apache-2.0
"""`mailward check`: the health page in the terminal, with what to do about each red line."""

import asyncio

import asyncpg
import msgspec
from rich.console import Console

from mailward.kit.database.embedded import EmbeddedServer
from mailward.main.configuration import Configuration
from mailward.main.health import checks
from mailward.main.node import open_node
from mailward.web.health import Condition, Doctor, Health

EXIT = {Condition.OK: 0, Condition.DEGRADED: 1, Condition.FAILED: 69}
_COLOURS = {Condition.OK: "green", Condition.DEGRADED: "yellow", Condition.FAILED: "red"}


def check(configuration: Configuration, *, as_json: bool) -> int:
    """Examine the node that runs on this data directory; exit status 0, 1 (degraded) or 69 (failed)."""
    url = configuration.database_url
    if url is None:
        server = EmbeddedServer(configuration.database_directory)
        if server.pid is None:
            return _not_running(configuration, as_json=as_json)
        url = server.url
    try:
        health = asyncio.run(_examine(configuration, url))
    except (OSError, asyncpg.PostgresError, TimeoutError) as exc:
        return _not_running(configuration, as_json=as_json, why=f"the database does not answer ({type(exc).__name__})")
    if as_json:
        print(msgspec.json.encode(health).decode())  # noqa: T201 - the command's output
    else:
        _show(health)
    return EXIT[health.status]


async def _examine(configuration: Configuration, url: str) -> Health:
    async with open_node(configuration, url) as node:
        return await Doctor(checks(node)).examine()


def _show(health: Health) -> None:
    out = Console(highlight=False)
    for entry in health.checks:
        colour = _COLOURS[entry.status]
        out.print(f"[{colour}]{entry.status:9}[/{colour}] {entry.name:15} {entry.detail}")
        if entry.status is not Condition.OK and entry.cure:
            out.print(f"{'':26}[dim]{entry.cure}[/dim]")


def _not_running(configuration: Configuration, *, as_json: bool, why: str = "") -> int:
    sentence = why or f"no Mailward runs on {configuration.data}; start it with mailward run, or name another --data"
    if as_json:
        print(msgspec.json.encode({"status": "failed", "checks": [], "detail": sentence}).decode())  # noqa: T201
    else:
        Console(stderr=True, highlight=False).print(f"mailward: {sentence}")
    return EXIT[Condition.FAILED]
