# SPDX-License-Identifier: Apache-2.0
"""How commands print: lines and tables for people, in which no sign of a stranger's moves the terminal's cursor, and
JSON for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from mailward.kit.list_import import ImportPlan


def print_line(text: str) -> None:
    """A sentence for people."""
    print(_plain(text))  # noqa: T201 - the command's output


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns for people."""
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    Console(highlight=False, markup=False).print(table)


def print_json(value: Any) -> None:
    """One line for programs."""
    print(msgspec.json.encode(value).decode())  # noqa: T201 - the command's output


def print_plan(plan: ImportPlan, *, write: bool) -> None:
    """What a file changes, or would change if it had been asked to `write`."""
    for problem in plan.problems:
        print_line(f"line {problem.line}: {problem.why}")
    print_line(f"{plan.added} added, {plan.changed} changed, {plan.removed} removed, {plan.unchanged} as before")
    for sign, some in (("+", plan.examples.added), ("~", plan.examples.changed), ("-", plan.examples.removed)):
        for one in some:
            print_line(f"{sign} {one}")
    if not plan.written:
        print_line("nothing was changed" + ("" if write else "; add --write to do it"))


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)
