# SPDX-License-Identifier: Apache-2.0
"""What `mailward queue` does, on the database of a node whether or not it runs."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from mailward.disposition.delivery.queue import MAX_SELECTED, Queue, TooMany
from mailward.disposition.delivery.service import open_queue
from mailward.disposition.delivery.shapes import (
    DestinationOrderKind,
    DestinationOutcome,
    QueueOrderKind,
    QueueOutcome,
    QueueOverview,
    QueuePage,
    QueueSelection,
)
from mailward.kit.database.embedded import DatabaseWillNotStart, EmbeddedServer
from mailward.main import run
from mailward.main.configuration import BadAddress, Configuration, from_environment
from mailward.main.node import Node, open_node
from mailward.records.mail_tracking.service import QueryError

EXIT_OK, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 2, 69
ACTOR = "command line"
MOST_SHOWN = 200
T = TypeVar("T")


class Wrong(Exception):  # noqa: N818 - one line for people
    """What was asked for cannot be. The text says what to do."""


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """The node and the organization that a command is about."""

    data: Path | None
    organization: str = ""
    as_json: bool = False


def show_destinations(where: Where) -> int:
    """Print the queue by destination."""

    def show(state: QueueOverview) -> None:
        if state.everything_paused_at is not None:
            print(f"everything is paused by {state.everything_paused_by}: mailward queue resume --all")  # noqa: T201
        if not state.destinations:
            print("the queue is empty: everything that was accepted has been delivered")  # noqa: T201
            return
        table = Table("destination", "waiting", "oldest", "stands", "next try", "last reply", box=None, pad_edge=False)
        for one in state.destinations:
            table.add_row(
                one.name, str(one.waiting), _age(one.oldest_at), one.condition.replace("_", " "),
                _when(one.next_try_at), one.last_reply.replace("\n", " "),
            )  # fmt: skip
        Console(highlight=False, soft_wrap=True).print(table)

    return _do(where, lambda queue, organization: queue.state(organization), show)


def show_copies(where: Where, destination: str | None, search: str) -> int:
    """Print the waiting copies of a destination, or those that a search finds, the oldest first."""

    def show(page: QueuePage) -> None:
        if not page.items:
            print("nothing waits there")  # noqa: T201 - the command's output
            return
        table = Table("id", "from", "to", "came", "tries", "next try", "last reply", box=None, pad_edge=False)
        for row in page.items:
            table.add_row(
                str(row.id), row.sender or "<>", row.recipient, _age(row.received_at), str(row.attempts),
                "under way" if row.under_way else _when(row.due_at), row.last_reply.replace("\n", " "),
            )  # fmt: skip
        Console(highlight=False, soft_wrap=True).print(table)
        if page.next_cursor is not None:
            print(f"only the first {len(page.items)} are shown; narrow it with --search")  # noqa: T201

    async def look(queue: Queue, organization: UUID) -> QueuePage:
        return await queue.search(organization, search, destination=destination, cursor=None, limit=MOST_SHOWN)

    return _do(where, look, show)


def steer(where: Where, order: DestinationOrderKind, names: Sequence[str]) -> int:
    """Pause or resume."""

    def show(outcome: DestinationOutcome) -> None:
        verb = "paused" if order is DestinationOrderKind.PAUSE else "resumed"
        print(f"{verb} {outcome.changed}; {outcome.waiting} mails wait there")  # noqa: T201 - the command's output

    async def change(queue: Queue, organization: UUID) -> DestinationOutcome:
        return await queue.steer(organization, order, names, actor=ACTOR)

    return _do(where, change, show)


def act(where: Where, order: QueueOrderKind, selection: QueueSelection, *, dry_run: bool) -> int:
    """Try now, give back or delete; or only say how many it would be."""

    def show(outcome: QueueOutcome) -> None:
        verb = {"retry": "tried now", "bounce": "given back", "delete": "deleted"}[order]
        words = [f"{outcome.done} of {outcome.matched} {'would be ' if dry_run else ''}{verb}"]
        words += [f"{outcome.told} senders told, {outcome.held} held in quarantine"] if order == "bounce" else []
        words += [f"{outcome.under_way} are being delivered just now"] if outcome.under_way else []
        words += [f"{outcome.paused} wait on, since their destination is paused"] if outcome.paused else []
        print("; ".join(words))  # noqa: T201 - the command's output

    async def change(queue: Queue, organization: UUID) -> QueueOutcome:
        chosen = await queue.select(organization, selection)
        if dry_run:
            return await queue.plan(organization, order, chosen)
        return await queue.act(organization, order, chosen, actor=ACTOR)

    return _do(where, change, show)


def _do(where: Where, work: Callable[[Queue, UUID], Awaitable[T]], show: Callable[[T], None]) -> int:
    async def on(node: Node) -> T:
        queue = open_queue(node.database, node.bodies, node.clock, node.key, node.configuration.hostname)
        return await work(queue, _chosen(node, where.organization))

    try:
        answer = _on_node(from_environment(data=where.data, smtp=None, http=None), on)
    except TooMany:
        return _say(f"more than {MAX_SELECTED} copies are selected; narrow it with --search", EXIT_USAGE)
    except QueryError as exc:
        return _say(f"the search is not understood: {exc.detail}", EXIT_USAGE)
    except (Wrong, BadAddress) as exc:
        return _say(str(exc), EXIT_USAGE)
    except (OSError, asyncpg.PostgresError, DatabaseWillNotStart) as exc:
        return _say(f"the database cannot be reached: {exc or type(exc).__name__}", EXIT_UNAVAILABLE)
    if where.as_json:
        print(msgspec.json.encode(answer).decode())  # noqa: T201 - the command's output
    else:
        show(answer)
    return EXIT_OK


def _on_node(configuration: Configuration, work: Callable[[Node], Awaitable[T]]) -> T:
    """Work on the node's database: beside the node if it runs, else with the database started for it."""

    async def opened(url: str) -> T:
        async with open_node(configuration, url) as node:
            return await work(node)

    if configuration.database_url:
        return asyncio.run(opened(configuration.database_url))
    server = EmbeddedServer(configuration.database_directory)
    if server.pid is not None:
        return asyncio.run(opened(server.url))
    if not server.data.exists():
        raise Wrong(f"there is no node in {configuration.data}; name its folder with --data")
    answers: list[T] = []
    status = run.in_house(configuration, lambda house: answers.append(asyncio.run(opened(house.url))), as_json=True)
    if status != EXIT_OK:
        raise SystemExit(status)
    return answers[0]


def _chosen(node: Node, wanted: str) -> UUID:
    every = node.organizations()
    found = [one.id for one in every if not wanted or wanted in (one.name, str(one.id))]
    if len(found) == 1:
        return found[0]
    if not every:
        raise Wrong("there is no organization here yet; make one with mailward init")
    raise Wrong(f"name one organization with --organization: {', '.join(sorted(one.name for one in every))}")


def _age(at: datetime | None) -> str:
    if at is None:
        return ""
    minutes = int((datetime.now(UTC) - at).total_seconds() // 60)
    if minutes < 60:  # noqa: PLR2004 - of an hour
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _when(at: datetime | None) -> str:
    if at is None:
        return "not while paused"
    seconds = (at - datetime.now(UTC)).total_seconds()
    return "now" if seconds <= 0 else f"in {seconds:.0f} s" if seconds < 120 else f"in {seconds / 60:.0f} min"  # noqa: PLR2004 - where minutes read better


def _say(sentence: str, status: int) -> int:
    print(f"mailward: {sentence}", file=sys.stderr)  # noqa: T201 - for people
    return status
