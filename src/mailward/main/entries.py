# SPDX-License-Identifier: Apache-2.0
"""What `mailward address` and `mailward sender` do: the same doors as the console's."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from mailward.checks.ip_reputation.service import AddressEntries, AddressQuestion
from mailward.checks.ip_reputation.shapes import AddressEntry, AddressImport, AddressList, NewAddressEntry
from mailward.checks.sender_filter.service import SenderEntries, SenderQuestion
from mailward.checks.sender_filter.shapes import NewSenderEntry, SenderEntry, SenderImport, SenderList
from mailward.contract.principal import Principal
from mailward.egress.dns.service import Dns
from mailward.kit.list_import import ImportPlan, Mode, read_moment
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import EXIT_FOUND, EXIT_USAGE, Wrong, print_json, print_table, read_text, work
from mailward.main.wiring import countries, outside, system_dns

PAGE = 200
E = TypeVar("E", AddressEntry, SenderEntry)


def list_addresses(place: Place, *, which: str, search: str) -> int:
    """Print the entries."""

    async def read(node: Node, who: Principal) -> list[AddressEntry]:
        entries, found, cursor = AddressEntries(node.database, node.clock), [], None
        while True:
            page = await entries.page(
                who.organization_id, which=_which(AddressList, which), search=search, cursor=cursor, limit=PAGE
            )
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    return _run(place, read, lambda found: _show(place, found, "network", lambda entry: (entry.network,)))


def list_senders(place: Place, *, which: str, search: str) -> int:
    """Print the entries."""

    async def read(node: Node, who: Principal) -> list[SenderEntry]:
        entries, found, cursor = SenderEntries(node.database, node.clock), [], None
        while True:
            page = await entries.page(
                who.organization_id, which=_which(SenderList, which), target=None, search=search, cursor=cursor,
                limit=PAGE,
            )  # fmt: skip
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    def cells(entry: SenderEntry) -> tuple[str, ...]:
        return entry.pattern, entry.target or "everybody", "no" if entry.unauthenticated else "yes"

    return _run(place, read, lambda found: _show(place, found, "sender", cells, "for", "proof"))


def add_address(place: Place, network: str, *, which: str, note: str, expires: str) -> int:
    """Approve or block an address."""

    async def add(node: Node, who: Principal) -> AddressEntry:
        new = NewAddressEntry(
            list=_one(AddressList, which), network=network, note=note, expires_at=read_moment(expires)
        )
        return await AddressEntries(node.database, node.clock).add(who, new)

    return _run(place, add, lambda entry: _said(place, entry, f"{entry.network} is {entry.list}"))


def add_sender(place: Place, pattern: str, *, target: str, which: str, note: str, expires: str, unproved: bool) -> int:
    """Approve or block a sender."""

    async def add(node: Node, who: Principal) -> SenderEntry:
        new = NewSenderEntry(
            list=_one(SenderList, which), pattern=pattern, target=target, note=note, expires_at=read_moment(expires),
            unauthenticated=unproved,
        )  # fmt: skip
        return await SenderEntries(node.database, node.clock).add(who, new)

    return _run(place, add, lambda entry: _said(place, entry, f"{entry.pattern} is {entry.list}"))


def remove_address(place: Place, network: str, *, which: str) -> int:
    """Remove an address from its list, or from both."""

    async def remove(node: Node, who: Principal) -> list[AddressEntry]:
        entries = AddressEntries(node.database, node.clock)
        found = [entry for entry in await entries.named(who.organization_id, network) if which in ("", entry.list)]
        return await _remove(who, found, entries.delete_many)

    return _run(place, remove, lambda gone: _gone(place, gone, network))


def remove_sender(place: Place, pattern: str, *, which: str, target: str | None) -> int:
    """Remove a sender from its list, or from both; for one target, or for all that it is listed for."""

    async def remove(node: Node, who: Principal) -> list[SenderEntry]:
        entries = SenderEntries(node.database, node.clock)
        found = [
            entry
            for entry in await entries.named(who.organization_id, pattern)
            if which in ("", entry.list) and target in (None, entry.target)
        ]
        return await _remove(who, found, entries.delete_many)

    return _run(place, remove, lambda gone: _gone(place, gone, pattern))


def import_addresses(place: Place, path: str, *, which: str, overwrite: bool, write: bool) -> int:
    """Compare a file with a list, and change the list if it is to be."""

    async def bring(node: Node, who: Principal) -> ImportPlan:
        order = AddressImport(
            list=_one(AddressList, which), csv=read_text(path), mode=_mode(overwrite), dry_run=not write
        )
        return await AddressEntries(node.database, node.clock).bring(who, order)

    return _run(place, bring, lambda plan: _plan(place, plan, write=write))


def import_senders(place: Place, path: str, *, which: str, overwrite: bool, write: bool) -> int:
    """Compare a file with a list, and change the list if it is to be."""

    async def bring(node: Node, who: Principal) -> ImportPlan:
        order = SenderImport(
            list=_one(SenderList, which), csv=read_text(path), mode=_mode(overwrite), dry_run=not write
        )
        return await SenderEntries(node.database, node.clock).bring(who, order)

    return _run(place, bring, lambda plan: _plan(place, plan, write=write))


def explain_address(place: Place, address: str) -> int:
    """Walk the order of evaluation for one address. Exit status 1 if it would not be heard."""

    async def ask(node: Node, who: Principal) -> Any:
        source = system_dns(node.configuration)
        door, _ = outside(node)
        question = AddressQuestion(
            node.database, node.clock, countries=countries(node.configuration),
            fresh_dns=lambda: Dns(source, on_question=door.dns).for_feature,
        )  # fmt: skip
        try:
            return await question.explain(who.organization_id, address)
        finally:
            await source.close()

    def tell(found: Any) -> int | None:
        if place.json:
            print_json(found)
        else:
            print_table(["step", ""], [(step.step.replace("_", " "), step.outcome) for step in found.steps])
            lists = [(one.zone, one.trouble or one.code or "not listed") for one in found.lists]
            if lists:
                print_table(["list", "says"], lists)
            _line(f"{found.address} is {found.result}" + (f": {found.answer}" if found.answer else ""))
        return EXIT_FOUND if found.answer else None

    return _run(place, ask, tell)


def explain_sender(place: Place, sender: str, recipient: str) -> int:
    """Walk the four steps. Exit status 1 if the mail would be refused."""

    async def ask(node: Node, who: Principal) -> Any:
        question = SenderQuestion(node.database)
        return await question.explain(who.organization_id, sender=sender, recipient=recipient)

    def tell(found: Any) -> int | None:
        if place.json:
            print_json(found)
        else:
            steps = [(step.step.replace("_", " "), step.entry.pattern if step.entry else "") for step in found.steps]
            print_table(["step", "entry"], steps)
            proof = ", if SPF, DKIM or DMARC proves it" if found.needs_proof else ""
            _line(f"{found.sender} is {found.result} for {found.recipient}{proof}")
        return EXIT_FOUND if found.answer else None

    return _run(place, ask, tell)


def _run(place: Place, do: Callable[[Node, Principal], Awaitable[Any]], tell: Callable[[Any], int | None]) -> int:
    return work(place.data, do, tell, organization=place.organization)


async def _remove(who: Principal, found: list[E], delete: Callable[[UUID, Sequence[UUID]], Awaitable[int]]) -> list[E]:
    if found:
        await delete(who.organization_id, [entry.id for entry in found])
    return found


def _show(
    place: Place, found: Sequence[Any], name: str, cells: Callable[[Any], tuple[str, ...]], *more: str
) -> int | None:
    if place.json:
        print_json(found)
    elif not found:
        _line("nothing is listed here")
    else:
        rows: list[tuple[str, ...]] = []
        for entry in found:
            ends = f"{entry.expires_at:%Y-%m-%d %H:%M}" if entry.expires_at else ""
            rows.append((*cells(entry), entry.list, ends, entry.note))
        print_table([name, *more, "list", "ends", "note"], rows)
    return None


def _plan(place: Place, plan: ImportPlan, *, write: bool) -> int | None:
    if place.json:
        print_json(plan)
    else:
        for problem in plan.problems:
            _line(f"line {problem.line}: {problem.why}")
        _line(f"{plan.added} added, {plan.changed} changed, {plan.removed} removed, {plan.unchanged} as before")
        for sign, some in (("+", plan.examples.added), ("~", plan.examples.changed), ("-", plan.examples.removed)):
            for one in some:
                _line(f"{sign} {one}")
        if not plan.written:
            _line("nothing was changed" + ("" if write else "; add --write to do it"))
    return EXIT_USAGE if plan.problems else None


def _gone(place: Place, gone: Sequence[Any], what: str) -> int | None:
    if not gone:
        raise Wrong(f"{what} is not listed")
    _said(place, gone, f"{what} is not {' nor '.join(sorted({entry.list for entry in gone}))} any more")
    return None


def _said(place: Place, value: Any, sentence: str) -> None:
    if place.json:
        print_json(value)
    else:
        _line(sentence)


def _line(text: str) -> None:
    print("".join(sign if sign.isprintable() else "?" for sign in text))  # noqa: T201 - the command's output


def _which(kind: type[Any], text: str) -> Any:
    return _one(kind, text) if text else None


def _one(kind: type[Any], text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise Wrong("say --list approved or --list blocked") from None


def _mode(overwrite: bool) -> Mode:
    return Mode.OVERWRITE if overwrite else Mode.MERGE
