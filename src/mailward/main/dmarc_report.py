# SPDX-License-Identifier: Apache-2.0
"""What `mailward dmarc-report` does, on the database of a node whether or not it runs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from mailward.contract.dmarc_report import Reading
from mailward.contract.principal import Principal
from mailward.engines.scanning.service import BlockingScanClient, CannotStart, open_pool
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import EXIT_UNAVAILABLE, EXIT_USAGE, Wrong, asking, fail, work
from mailward.main.printing import print_line, print_table
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


def bring(place: Place, paths: Sequence[Path]) -> int:
    """Keep the reports in files; each is read in a confined process. Exit status 1 if something was not kept."""
    try:
        readings = list(_read(paths))
    except Wrong as exc:
        return fail(str(exc), EXIT_USAGE)
    except FileNotFoundError as exc:
        return fail(f"there is no file {exc.filename}", EXIT_USAGE)
    except (OSError, CannotStart) as exc:
        return fail(str(exc), EXIT_UNAVAILABLE)

    async def keep(node: Node, who: Principal) -> list[dict[str, Any]]:
        kept = []
        for name, reading in readings:
            outcome = await keep_all(
                node.database, who.organization_id, reading.reports, by=who.email, clock=node.clock
            )
            whole = ImportOutcome(new=outcome.new, problems=[*outcome.problems, *reading.problems])
            kept.append({"file": name, **msgspec.to_builtins(whole)})
        return kept

    def show(kept: list[dict[str, Any]]) -> None:
        for file in kept:
            print_line(f"{file['file']}: " + "; ".join([f"{file['new']} new", *file["problems"]]))

    return work(place, keep, show, found=lambda kept: any(file["problems"] for file in kept))


def show_sources(place: Place, *, domain: str, days: int) -> int:
    """Print the sources."""

    async def look(node: Node, who: Principal) -> DmarcSourceList:
        desk = DmarcReports(node.database, node.clock, _nobody)
        return await desk.sources(who.organization_id, days=days, domain=domain.lower(), kind=None)

    def show(found: DmarcSourceList) -> None:
        if not found.items:
            print_line("no reports yet: import some, or set the address that they come to")
            return
        rows = []
        for source in found.items:
            share = f"{source.passed / source.mails:.0%}" if source.mails else ""
            numbers = (str(source.mails), share, str(source.addresses), str(source.last_day))
            rows.append((source.source, source.kind, *numbers))
        print_table(("source", "looks", "mails", "passed", "addresses", "seen"), rows)
        if found.left_out:
            print_line(f"... and {found.left_out} more")

    return work(place, look, show)


def plan(place: Place, *, day: str, dry_run: bool) -> int:
    """Print what would be sent."""

    async def look(node: Node, who: Principal) -> SendingPlan:
        if not dry_run:
            raise Wrong("the worker sends reports by itself once that is switched on; add --dry-run to see which")
        own = node.policies.current.organizations[who.organization_id]
        settings = own.settings["dmarc_reports"]
        assert isinstance(settings, DmarcReportsSettings)
        async with asking(node, own.id) as dns:
            return await plan_day(
                node.database, own.id, _day(day), domains=own.domains, settings=settings, at=node.clock.now(),
                resolver=dns.for_feature("dmarc_reports"),
            )  # fmt: skip

    def show(found: SendingPlan) -> None:
        if found.problem:
            print_line(f"nothing would be sent: {found.problem}")
        for item in found.items:
            to = ", ".join(item.destinations) or "nobody"
            why = f" ({item.why})" if item.why else ""
            print_line(f"{item.policy_domain}: {item.mails} mails, to {to}{why}")
        if not found.items:
            print_line(f"there is nothing to report about {found.day}")

    return work(place, look, show)


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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else datetime.now(UTC).date() - timedelta(days=1)
    except ValueError as exc:
        raise Wrong(f"{text!r} is no day; write it like 2026-11-27") from exc


async def _nobody(_: bytes) -> Reading:
    return Reading()
