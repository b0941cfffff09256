# SPDX-License-Identifier: Apache-2.0
"""What every group of commands does: work on a node's database, whether or not the node runs, and end with one line
where that cannot be."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from mailward.contract.principal import Principal
from mailward.egress.dns.service import Dns
from mailward.egress.door import ON_BEHALF_OF
from mailward.kit import log as logging
from mailward.kit.database.embedded import DatabaseWillNotStart, EmbeddedServer
from mailward.main import run
from mailward.main.commands.options import Place
from mailward.main.configuration import BadAddress, Configuration, from_environment
from mailward.main.node import Node, open_node
from mailward.main.printing import print_json
from mailward.main.wiring import outside, system_dns

EXIT_OK, EXIT_FOUND, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 1, 2, 69
PAGE = 200
T = TypeVar("T")


class Wrong(Exception):  # noqa: N818 - one line for people
    """What was asked for cannot be. The text says what to do."""


def work(
    place: Place, do: Callable[[Node, Principal], Awaitable[T]], show: Callable[[T], None], *,
    found: Callable[[T], bool] = lambda _: False, exit_found: int = EXIT_FOUND,
) -> int:  # fmt: skip
    """Do something for one organization of the node. The answer is shown to people, or printed as JSON; the exit
    status is `exit_found` if it is what scripts look out for."""
    logging.configure(level="WARNING")
    try:
        configuration = from_environment(data=place.data, smtp=None, http=None)

        async def chosen(url: str) -> T:
            async with open_node(configuration, url) as node:
                return await do(node, _principal(node, place.organization))

        answer = _on_database(configuration, chosen)
        (print_json if place.json else show)(answer)
        return exit_found if found(answer) else EXIT_OK
    except (Wrong, BadAddress, ValueError) as exc:
        return fail(str(exc), EXIT_USAGE)
    except FileNotFoundError as exc:
        return fail(f"there is no file {exc.filename}", EXIT_USAGE)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DatabaseWillNotStart) as exc:
        return fail(f"{exc or type(exc).__name__}", EXIT_UNAVAILABLE)


async def every(page: Callable[[str | None], Awaitable[Any]]) -> list[Any]:
    """The rows of all pages; `page` takes the cursor where it begins."""
    rows: list[Any] = []
    cursor: str | None = None
    while True:
        one = await page(cursor)
        rows += one.items
        cursor = one.next_cursor
        if cursor is None:
            return rows


@asynccontextmanager
async def asking(node: Node, organization: UUID) -> AsyncIterator[Dns]:
    """DNS for as long as it is needed, on behalf of an organization; what is asked is counted in the ledger."""
    ON_BEHALF_OF.set((organization,))
    door, ledger = outside(node)
    dns = Dns(system_dns(node.configuration), on_question=door.dns)
    try:
        yield dns
    finally:
        await dns.close()
        await ledger.flush()


def fail(sentence: str, status: int) -> int:
    """Say in one line why it cannot be; the exit status."""
    print(f"mailward: {sentence}", file=sys.stderr)  # noqa: T201 - for people
    return status


def read_text(path: str) -> str:
    """A file, or standard input for "-". Raises Wrong for what is no text."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except UnicodeDecodeError as exc:
        raise Wrong(f"{path} is no text in UTF-8") from exc


def _on_database(configuration: Configuration, opened: Callable[[str], Awaitable[T]]) -> T:
    """Beside the node if it runs, else with the database started for it."""

    async def task(url: str) -> T:
        return await opened(url)

    if configuration.database_url:
        return asyncio.run(task(configuration.database_url))
    server = EmbeddedServer(configuration.database_directory)
    if not (server.data / "PG_VERSION").exists():
        raise Wrong(f"there is no Mailward in {configuration.data}; make one with mailward init, or name --data")
    if server.pid is not None:
        return asyncio.run(task(server.url))
    answers: list[T] = []
    status = run.in_house(configuration, lambda house: answers.append(asyncio.run(task(house.url))), as_json=True)
    if status != EXIT_OK:
        raise SystemExit(status)
    return answers[0]


def _principal(node: Node, wanted: str) -> Principal:
    """Whoever sits at the machine acts for one organization."""
    all_of_them = node.organizations()
    found = [one for one in all_of_them if not wanted or wanted.lower() in (one.name.lower(), str(one.id))]
    if not all_of_them:
        raise Wrong("there is no organization here yet; make one with mailward init")
    if len(found) != 1:
        names = ", ".join(sorted(one.name for one in all_of_them))
        missing = f"there is no organization {wanted!r}; " if wanted and not found else ""
        raise Wrong(f"{missing}name one organization with --organization: {names}")
    return Principal(
        account_id=UUID(int=0), organization_id=found[0].id, organization_name=found[0].name, email="command line",
        name="", role="administrator",
    )  # fmt: skip
