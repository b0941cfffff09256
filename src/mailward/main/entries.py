# SPDX-License-Identifier: Apache-2.0
"""What `mailward address`, `mailward sender` and `mailward web-reputation` do with entries: the same doors as the
console's."""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from mailward.checks.ip_reputation.service import AddressEntries, AddressQuestion
from mailward.checks.ip_reputation.shapes import AddressEntry, AddressImport, AddressList, NewAddressEntry
from mailward.checks.sender_filter.service import SenderEntries, SenderQuestion
from mailward.checks.sender_filter.shapes import NewSenderEntry, SenderEntry, SenderImport, SenderList
from mailward.checks.web_reputation.service import WebExceptions
from mailward.checks.web_reputation.shapes import (
    NewWebException,
    WebException,
    WebExceptionImport,
    WebExceptionList,
)
from mailward.contract.principal import Principal
from mailward.kit.list_import import ImportPlan, Mode, read_moment
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import EXIT_USAGE, PAGE, Wrong, asking, every, read_text, work
from mailward.main.printing import print_line, print_plan, print_table
from mailward.main.wiring import countries


class Addresses:
    """How the address lists are worked on and shown."""

    entries, new, order, which = AddressEntries, NewAddressEntry, AddressImport, AddressList
    filters: ClassVar[dict[str, Any]] = {}
    columns = ("network",)

    @staticmethod
    def cells(entry: AddressEntry) -> tuple[str, ...]:
        """What a line says before list, end and note."""
        return (entry.network,)


class Senders:
    """How the sender lists are worked on and shown."""

    entries, new, order, which = SenderEntries, NewSenderEntry, SenderImport, SenderList
    filters: ClassVar[dict[str, Any]] = {"target": None}
    columns = ("sender", "for", "proof")

    @staticmethod
    def cells(entry: SenderEntry) -> tuple[str, ...]:
        """What a line says before list, end and note."""
        return entry.pattern, entry.target or "everybody", "no" if entry.unauthenticated else "yes"


class WebAddresses:
    """How the exceptions of the web reputation are worked on and shown."""

    entries, new, order, which = WebExceptions, NewWebException, WebExceptionImport, WebExceptionList
    filters: ClassVar[dict[str, Any]] = {}
    columns = ("address or word",)

    @staticmethod
    def cells(entry: WebException) -> tuple[str, ...]:
        """What a line says before list, end and note."""
        return (entry.pattern,)


Listed = type[Addresses] | type[Senders] | type[WebAddresses]


def list_entries(place: Place, listed: Listed, *, which: str, search: str) -> int:
    """Print the entries."""

    async def read(node: Node, who: Principal) -> list[Any]:
        entries: Any = listed.entries(node.database, node.clock)
        wanted = _which(listed, which) if which else None
        return await every(
            lambda cursor: entries.page(
                who.organization_id, which=wanted, search=search, cursor=cursor, limit=PAGE, **listed.filters
            )
        )

    def show(found: list[Any]) -> None:
        if not found:
            print_line("nothing is listed here")
            return
        cells: Any = listed.cells
        ends = [f"{entry.expires_at:%Y-%m-%d %H:%M}" if entry.expires_at else "" for entry in found]
        rows = [(*cells(entry), entry.list, end, entry.note) for entry, end in zip(found, ends, strict=True)]
        print_table([*listed.columns, "list", "ends", "note"], rows)

    return work(place, read, show)


def add_entry(place: Place, listed: Listed, *, which: str, expires: str, facts: dict[str, Any]) -> int:
    """Approve or block."""

    async def add(node: Node, who: Principal) -> Any:
        entries: Any = listed.entries(node.database, node.clock)
        wanted = {"list": _which(listed, which), "expires_at": read_moment(expires), **facts}
        return await entries.add(who, msgspec.convert(wanted, listed.new))

    return work(place, add, lambda entry: print_line(f"{listed.cells(entry)[0]} is {entry.list}"))


def remove_entry(place: Place, listed: Listed, name: str, *, which: str, target: str | None = None) -> int:
    """Remove from one list, or from both; for one target, or for all that it is listed for."""

    async def remove(node: Node, who: Principal) -> Sequence[Any]:
        entries = listed.entries(node.database, node.clock)
        found: list[Any] = [
            entry
            for entry in await entries.named(who.organization_id, name)
            if which in ("", entry.list) and target in (None, getattr(entry, "target", None))
        ]
        if not found:
            raise Wrong(f"{name} is not listed")
        await entries.delete_many(who.organization_id, [entry.id for entry in found])
        return found

    def show(gone: Sequence[Any]) -> None:
        print_line(f"{name} is not {' nor '.join(sorted({entry.list for entry in gone}))} any more")

    return work(place, remove, show)


def import_entries(place: Place, listed: Listed, path: str, *, which: str, overwrite: bool, write: bool) -> int:
    """Compare a file with a list, and change the list if it is to be."""

    async def bring(node: Node, who: Principal) -> ImportPlan:
        entries: Any = listed.entries(node.database, node.clock)
        kind: Any = listed.order
        mode = Mode.OVERWRITE if overwrite else Mode.MERGE
        order = kind(list=_which(listed, which), csv=read_text(path), mode=mode, dry_run=not write)
        plan: ImportPlan = await entries.bring(who, order)
        return plan

    return work(
        place, bring, lambda plan: print_plan(plan, write=write), found=lambda plan: bool(plan.problems),
        exit_found=EXIT_USAGE,
    )  # fmt: skip


def explain_address(place: Place, address: str) -> int:
    """Walk the order of evaluation for one address. Exit status 1 if it would not be heard."""

    async def ask(node: Node, who: Principal) -> Any:
        async with asking(node, who.organization_id) as dns:
            question = AddressQuestion(
                node.database, node.clock, countries=countries(node.configuration), fresh_dns=lambda: dns.for_feature
            )
            return await question.explain(who.organization_id, address)

    def show(found: Any) -> None:
        print_table(["step", ""], [(step.step.replace("_", " "), step.outcome) for step in found.steps])
        lists = [(one.zone, one.trouble or one.code or "not listed") for one in found.lists]
        if lists:
            print_table(["list", "says"], lists)
        print_line(f"{found.address} is {found.result}" + (f": {found.answer}" if found.answer else ""))

    return work(place, ask, show, found=lambda found: bool(found.answer))


def explain_sender(place: Place, sender: str, recipient: str) -> int:
    """Walk the four steps. Exit status 1 if the mail would be refused."""

    async def ask(node: Node, who: Principal) -> Any:
        question = SenderQuestion(node.database)
        return await question.explain(who.organization_id, sender=sender, recipient=recipient)

    def show(found: Any) -> None:
        steps = [(step.step.replace("_", " "), step.entry.pattern if step.entry else "") for step in found.steps]
        print_table(["step", "entry"], steps)
        proof = ", if SPF, DKIM or DMARC proves it" if found.needs_proof else ""
        print_line(f"{found.sender} is {found.result} for {found.recipient}{proof}")

    return work(place, ask, show, found=lambda found: bool(found.answer))


def _which(listed: Listed, text: str) -> Any:
    try:
        return listed.which(text)
    except ValueError:
        raise Wrong(f"say {' or '.join(f'--list {name}' for name in listed.which)}") from None
