# SPDX-License-Identifier: Apache-2.0
"""What `mailward web-reputation` does: lists are files of this node, exceptions are the organization's."""

from pathlib import Path
from typing import Any

import msgspec

from mailward.checks.web_reputation.service import WebQuestion
from mailward.checks.web_reputation.shapes import WebExplanation
from mailward.contract.principal import Principal
from mailward.engines.web_reputation.importing import ListPlan, bring, remove
from mailward.engines.web_reputation.lists import Category, ListState, LocalLists
from mailward.engines.web_reputation.reading import BadFile, Format
from mailward.kit import log as logging
from mailward.kit.clock import Clock
from mailward.kit.mapped_set import BadSet
from mailward.main.commands.options import Place
from mailward.main.configuration import BadAddress, from_environment
from mailward.main.node import Node
from mailward.main.on_node import EXIT_FOUND, EXIT_OK, EXIT_UNAVAILABLE, EXIT_USAGE, asking, fail, work
from mailward.main.printing import print_json, print_line, print_table


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A file to bring."""

    path: Path
    name: str
    category: str
    as_format: str
    merge: bool
    force: bool
    write: bool


def bring_list(data: Path | None, order: Order, *, as_json: bool) -> int:
    """Compare a file with a list, and change the list if it is to be."""
    logging.configure(level="ERROR")
    try:
        plan = bring(
            _folder(data), order.name, order.path, category=_word(Category, order.category, "--category"),
            now=Clock().now(), merge=order.merge, write=order.write, force=order.force,
            as_format=_word(Format, order.as_format, "--format") if order.as_format else None,
        )  # fmt: skip
    except (BadFile, BadSet, BadAddress, ValueError) as exc:
        return fail(str(exc), EXIT_USAGE)
    except FileNotFoundError as exc:
        return fail(f"there is no file {exc.filename}", EXIT_USAGE)
    except OSError as exc:
        return fail(f"the list could not be written: {exc}", EXIT_UNAVAILABLE)
    (print_json if as_json else _show_plan)(plan)
    return EXIT_OK


def show_lists(data: Path | None, *, as_json: bool) -> int:
    """The lists of this node."""
    logging.configure(level="CRITICAL")
    states = LocalLists(_folder(data)).states()
    if as_json:
        print_json(states)
    elif not states:
        print_line("there is no list yet; bring one with mailward web-reputation import")
    else:
        rows = [_row(state) for state in states]
        print_table(["name", "category", "entries", "brought", "from"], rows)
    return EXIT_FOUND if any(state.trouble for state in states) else EXIT_OK


def remove_list(data: Path | None, name: str, *, as_json: bool) -> int:
    """Take a list away."""
    try:
        gone = remove(_folder(data), name)
    except OSError as exc:
        return fail(f"the list could not be removed: {exc}", EXIT_UNAVAILABLE)
    if not gone:
        return fail(f"there is no list {name}", EXIT_USAGE)
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        print_line(f"{name} is gone")
    return EXIT_OK


def explain(place: Place, url: str) -> int:
    """What is known of an address. Exit status 1 if a mail with it would be caught."""

    async def ask(node: Node, who: Principal) -> WebExplanation:
        async with asking(node, who.organization_id) as dns:
            question = WebQuestion(
                node.database, local=LocalLists(node.configuration.web_lists), fresh_dns=lambda: dns.for_feature
            )
            return await question.explain(who.organization_id, url)

    return work(place, ask, _show, found=lambda found: found.caught)


def _row(state: ListState) -> tuple[str, ...]:
    brought = f"{state.made_at:%Y-%m-%d %H:%M}" if state.made_at else ""
    return state.name, state.category or "", str(state.entries), brought, state.trouble or state.source


def _folder(data: Path | None) -> Path:
    return from_environment(data=data, smtp=None, http=None).web_lists


def _word(kind: Any, text: str, option: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{option} is one of {', '.join(kind)}; not {text!r}") from None


def _show_plan(plan: ListPlan) -> None:
    for one in plan.unusable:
        print_line(f"line {one.line}: {one.why}")
    left = f"; {plan.passed_over} lines could not be used" if plan.passed_over else ""
    over = f"; {plan.expired} are expired or revoked" if plan.expired else ""
    change = f"{plan.before} entries before, {plan.after} after; {plan.added} added, {plan.removed} removed"
    print_line(f"{plan.name} ({plan.category}, read as {plan.format}): {change}{left}{over}")
    if not plan.written:
        print_line("nothing was changed; add --write to do it")


def _show(found: WebExplanation) -> None:
    rows = [(mark.text, f"-{mark.points:.1f}") for mark in found.marks]
    if rows:
        print_table(["what it looks like", "points"], rows)
    if found.dns:
        print_table(["DNS list", "says"], [(one.zone, one.trouble or one.code or "not listed") for one in found.dns])
    if found.listed:
        print_line(
            f"{found.source.replace('_', ' ')}: {found.listed}" + (f" ({found.category})" if found.category else "")
        )
    if found.untested:
        print_line(f"untested: {found.untested}")
    score = "untested" if found.score is None else f"{found.score} of 100, {found.band.replace('_', ' ')}"
    verb = "would be caught" if found.caught else "would not be caught"
    print_line(f"{found.url}: {score}; {verb} at level {found.level.replace('_', ' ')} (below {found.bar})")
