# SPDX-License-Identifier: Apache-2.0
"""What `mailward dmarc-report` does, on the database of a node whether or not it runs."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from mailward.contract.dmarc_report import Reading
from mailward.contract.organization import Organization
from mailward.egress.dns.service import Dns
from mailward.engines.scanning.service import BlockingScanClient, CannotStart, open_pool
from mailward.kit.database.embedded import DatabaseWillNotStart, EmbeddedServer
from mailward.main import run
from mailward.main.configuration import BadAddress, Configuration, from_environment
from mailward.main.node import Node, open_node
from mailward.main.wiring import outside, system_dns
from mailward.records.dmarc_reports.service import (
    MAX_UPLOAD,
    DmarcReports,
    DmarcReportsSettings,
    DmarcSourceList,
    ImportOutcome,
    SendingPlan,
    keep_all,
    plan_day,
)

EXIT_OK, EXIT_FOUND, EXIT_USAGE, EXIT_UNAVAILABLE = 0, 1, 2, 69
T = TypeVar("T")


class Wrong(Exception):  # noqa: N818 - one line for people
    """What was asked for cannot be. The text says what to do."""


def bring(data: Path | None, paths: Sequence[Path], *, organization: str, as_json: bool) -> int:
    """Keep the reports in files; each is read in a confined process."""

    def work() -> int:
        readings = list(_read(paths))

        async def keep(node: Node) -> list[tuple[str, ImportOutcome]]:
            own = _chosen(node, organization)
            kept = []
            for name, reading in readings:
                outcome = await keep_all(node.database, own.id, reading.reports, by="command line", clock=node.clock)
                problems = [*outcome.problems, *reading.problems]
                kept.append((name, ImportOutcome(new=outcome.new, problems=problems)))
            return kept

        kept = _on_node(_configuration(data), keep)
        if as_json:
            _print_json([{"file": name, **msgspec.to_builtins(outcome)} for name, outcome in kept])
        for name, outcome in [] if as_json else kept:
            print(f"{name}: {'; '.join([f'{outcome.new} new', *outcome.problems])}")  # noqa: T201 - the command's output
        return EXIT_FOUND if any(outcome.problems for _, outcome in kept) else EXIT_OK

    return _safely(work)


def show(data: Path | None, *, organization: str, domain: str, days: int, as_json: bool) -> int:
    """Print the sources."""

    def work() -> int:
        async def look(node: Node) -> DmarcSourceList:
            desk = DmarcReports(node.database, node.clock, _nobody)
            return await desk.sources(_chosen(node, organization).id, days=days, domain=domain.lower(), kind=None)

        found = _on_node(_configuration(data), look)
        if as_json:
            _print_json(found)
        elif not found.items:
            print("no reports yet: import some, or set the address that they come to")  # noqa: T201
        else:
            table = Table("source", "looks", "mails", "passed", "addresses", "seen", box=None, pad_edge=False)
            for source in found.items:
                share = f"{source.passed / source.mails:.0%}" if source.mails else ""
                numbers = (str(source.mails), share, str(source.addresses), str(source.last_day))
                table.add_row(source.source, source.kind, *numbers)
            Console(highlight=False).print(table)
            if found.left_out:
                print(f"... and {found.left_out} more")  # noqa: T201
        return EXIT_OK

    return _safely(work)


def plan(data: Path | None, *, organization: str, day: str, dry_run: bool, as_json: bool) -> int:
    """Print what would be sent."""

    def work() -> int:
        if not dry_run:
            raise Wrong("the worker sends reports by itself once that is switched on; add --dry-run to see which")
        about = _day(day)
        configuration = _configuration(data)

        async def look(node: Node) -> SendingPlan:
            own = _chosen(node, organization)
            settings = own.settings["dmarc_reports"]
            assert isinstance(settings, DmarcReportsSettings)
            door, ledger = outside(node)
            source = system_dns(configuration)
            try:
                return await plan_day(
                    node.database, own.id, about, domains=own.domains, settings=settings, at=node.clock.now(),
                    resolver=Dns(source, on_question=door.dns).for_feature("dmarc_reports"),
                )  # fmt: skip
            finally:
                await source.close()
                await ledger.flush()

        found = _on_node(configuration, look)
        if as_json:
            _print_json(found)
            return EXIT_OK
        if found.problem:
            print(f"nothing would be sent: {found.problem}")  # noqa: T201
        for item in found.items:
            to = ", ".join(item.destinations) or "nobody"
            why = f" ({item.why})" if item.why else ""
            print(f"{item.policy_domain}: {item.mails} mails, to {to}{why}")  # noqa: T201
        if not found.items:
            print(f"there is nothing to report about {found.day}")  # noqa: T201
        return EXIT_OK

    return _safely(work)


def _read(paths: Sequence[Path]) -> Iterator[tuple[str, Reading]]:
    """Every file, read by a scan worker of our own."""
    contents = [(str(path), _content(path)) for path in paths]
    with _workers() as client:
        for name, content in contents:
            yield name, client.reports(content)


def _content(path: Path) -> bytes:
    content = sys.stdin.buffer.read(MAX_UPLOAD + 1) if str(path) == "-" else path.read_bytes()
    if len(content) > MAX_UPLOAD:
        raise Wrong(f"{path} is larger than {MAX_UPLOAD // 1024 // 1024} MB")
    return content


@contextmanager
def _workers() -> Iterator[BlockingScanClient]:
    pool = open_pool(workers=1, died=lambda _pid, _cause: None)
    try:
        pool.fill()
        yield BlockingScanClient(pool.address)
    finally:
        pool.close()


def _on_node(configuration: Configuration, work: Callable[[Node], Awaitable[T]]) -> T:
    """Work on the node's database: beside the node if it runs, else with the database started for it."""

    async def opened(url: str) -> T:
        async with open_node(configuration, url) as node:
            return await work(node)

    server = None if configuration.database_url else EmbeddedServer(configuration.database_directory)
    if server is None or server.pid is not None:
        return asyncio.run(opened(configuration.database_url or server.url))  # type: ignore[union-attr]
    answers: list[T] = []
    status = run.in_house(configuration, lambda house: answers.append(asyncio.run(opened(house.url))), as_json=True)
    if status != EXIT_OK:
        raise SystemExit(status)
    return answers[0]


def _chosen(node: Node, wanted: str) -> Organization:
    every = node.organizations()
    found = [one for one in every if not wanted or wanted in (one.name, str(one.id))]
    if len(found) == 1:
        return found[0]
    if not every:
        raise Wrong("there is no organization here yet; make one with mailward init")
    names = ", ".join(sorted(one.name for one in every))
    raise Wrong(f"name one organization with --organization: {names}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date() - timedelta(days=1)
    except ValueError as exc:
        raise Wrong(f"{text!r} is no day; write it like 2026-11-27") from exc


def _configuration(data: Path | None) -> Configuration:
    return from_environment(data=data, smtp=None, http=None)


async def _nobody(_: bytes) -> Reading:
    return Reading()


def _print_json(value: object) -> None:
    print(msgspec.json.encode(value).decode())  # noqa: T201 - the command's output


def _safely(work: Callable[[], int]) -> int:
    try:
        return work()
    except (Wrong, BadAddress) as exc:
        return _say(str(exc), EXIT_USAGE)
    except FileNotFoundError as exc:
        return _say(f"there is no file {exc.filename}", EXIT_USAGE)
    except (OSError, asyncpg.PostgresError, DatabaseWillNotStart, CannotStart) as exc:
        return _say(f"{exc or type(exc).__name__}", EXIT_UNAVAILABLE)


def _say(sentence: str, status: int) -> int:
    print(f"mailward: {sentence}", file=sys.stderr)  # noqa: T201 - for people
    return status
