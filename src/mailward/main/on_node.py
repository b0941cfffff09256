# SPDX-License-Identifier: Apache-2.0
"""What every group of commands does: work on a node's database, whether or not the node runs, and end with one line
where that cannot be."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from mailward.contract.principal import Principal
from mailward.kit import log as logging
from mailward.kit.database.embedded import DatabaseWillNotStart, EmbeddedServer
from mailward.main import run
from mailward.main.configuration import BadAddress, Configuration, from_environment
from mailward.main.node import Node, open_node

EXIT_OK, EXIT_FOUND, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 1, 2, 69
T = TypeVar("T")


class Wrong(Exception):  # noqa: N818 - one line for people
    """What was asked for cannot be. The text says what to do."""


def work(
    data: Path | None, do: Callable[[Node, Principal], Awaitable[T]], tell: Callable[[T], int | None], *,
    organization: str = "",
) -> int:  # fmt: skip
    """Do something for one organization of the node, and tell of it; the exit status."""
    logging.configure(level="WARNING")
    try:
        configuration = from_environment(data=data, smtp=None, http=None)

        async def chosen(url: str) -> T:
            async with open_node(configuration, url) as node:
                return await do(node, _principal(node, organization))

        return tell(_on_database(configuration, chosen)) or EXIT_OK
    except (Wrong, BadAddress, ValueError) as exc:
        return _say(str(exc), EXIT_USAGE)
    except FileNotFoundError as exc:
        return _say(f"there is no file {exc.filename}", EXIT_USAGE)
    except (OSError, asyncpg.PostgresError, DatabaseWillNotStart) as exc:
        return _say(f"{exc or type(exc).__name__}", EXIT_UNAVAILABLE)


def print_json(value: Any) -> None:
    """For programs."""
    print(msgspec.json.encode(value).decode())  # noqa: T201 - the command's output


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """For people."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    Console(highlight=False, markup=False).print(table)


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
    if server.pid is not None:
        return asyncio.run(task(server.url))
    answers: list[T] = []
    status = run.in_house(configuration, lambda house: answers.append(asyncio.run(task(house.url))), as_json=True)
    if status != EXIT_OK:
        raise SystemExit(status)
    return answers[0]


def _principal(node: Node, wanted: str) -> Principal:
    """Whoever sits at the machine acts for one organization."""
    every = node.organizations()
    found = [one for one in every if not wanted or wanted in (one.name, str(one.id))]
    if not every:
        raise Wrong("there is no organization here yet; make one with mailward init")
    if len(found) != 1:
        names = ", ".join(sorted(one.name for one in every))
        raise Wrong(f"name one organization with --organization: {names}")
    return Principal(
        account_id=UUID(int=0), organization_id=found[0].id, organization_name=found[0].name, email="command line",
        name="", role="administrator",
    )  # fmt: skip


def _plain(text: str) -> str:
    """Without what would move a terminal's cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _say(sentence: str, status: int) -> int:
    print(f"mailward: {sentence}", file=sys.stderr)  # noqa: T201 - for people
    return status
