# SPDX-License-Identifier: Apache-2.0
"""What a command of a group needs: this node, opened on the database that runs here or on one started for the
length of the command; and the organization that is meant."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import msgspec
import typer

from mailward.control.provisioning import service as provisioning
from mailward.kit import log as logging
from mailward.kit.database.embedded import EmbeddedServer
from mailward.main import configuration as configuring
from mailward.main.configuration import Configuration
from mailward.main.node import Node, open_node
from mailward.main.run import CannotRun, House, in_child, in_house

Data = Annotated[Path | None, typer.Option("--data", help="Where everything is kept  [default: ./.mailward]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs")]
Organization = Annotated[str | None, typer.Option("--organization", help="Whose, where there are several")]

EXIT_NO, EXIT_USAGE, EXIT_UNAVAILABLE = 1, 2, 69

Work = Callable[[Node, UUID], Awaitable[Any]]
"""What a command does for an organization; its answer is built-in types or structs."""


class CannotDo(Exception):  # noqa: N818 - one line for people
    """The command cannot be done. The text says why and what to do."""


def on_node(data: Path | None, organization: str | None, work: Work) -> Any:
    """The answer of `work`, or an exit with one line that says why there is none."""
    configuration = configuring.from_environment(data=data, smtp=None, http=None)
    logging.configure(level="ERROR", human=sys.stderr.isatty())
    try:
        return _on_database(configuration, organization, work)
    except (CannotDo, CannotRun) as exc:
        fail(str(exc), EXIT_NO)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as exc:
        fail(f"the database does not answer ({type(exc).__name__}: {exc})", EXIT_UNAVAILABLE)


def fail(sentence: str, status: int) -> Any:
    """End with one line on standard error."""
    typer.echo(f"mailward: {sentence}", err=True)
    raise typer.Exit(status)


def print_json(answer: Any) -> None:
    """For programs."""
    typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())


def _on_database(configuration: Configuration, organization: str | None, work: Work) -> Any:
    url = configuration.database_url
    if url is None:
        server = EmbeddedServer(configuration.database_directory)
        if not (server.data / "PG_VERSION").exists():
            raise CannotDo(f"there is no Mailward in {configuration.data}; make one with mailward init, or name --data")
        url = server.url if server.pid is not None else None
    if url is not None:
        return msgspec.to_builtins(asyncio.run(_open(configuration, url, organization, work)))
    answers: list[Any] = []

    def inside(house: House) -> None:
        answers.append(in_child(lambda: _told(configuration, house.url, organization, work)))

    if status := in_house(configuration, inside, as_json=False):
        raise typer.Exit(status)
    return answers[0]


def _told(configuration: Configuration, url: str, organization: str | None, work: Work) -> Any:
    try:
        return msgspec.to_builtins(asyncio.run(_open(configuration, url, organization, work)))
    except CannotDo as exc:
        raise CannotRun(str(exc)) from exc


async def _open(configuration: Configuration, url: str, organization: str | None, work: Work) -> Any:
    async with open_node(configuration, url) as node:
        return await work(node, await _meant(node, organization))


async def _meant(node: Node, name: str | None) -> UUID:
    """The organization of this name; without a name, the only one there is."""
    names: dict[UUID, str] = {}
    for identifier in await provisioning.every(node.database):
        async with node.database.scoped(identifier) as connection:
            names[identifier] = (await provisioning.read(connection)).name
    found = [identifier for identifier, own in names.items() if name is None or own.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if not names:
        raise CannotDo("there is no organization yet; make one with mailward init")
    known = ", ".join(sorted(names.values()))
    if name is None:
        raise CannotDo(f"there are several organizations; name one with --organization: {known}")
    raise CannotDo(f"there is no organization {name!r}, or more than one; there are: {known}")
