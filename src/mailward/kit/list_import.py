# SPDX-License-Identifier: Apache-2.0
"""Bringing a long list as CSV: first a plan of what would change and which lines cannot be read, then the change.

A file with a line that cannot be read changes nothing, so that half a list is never mistaken for a whole one.
"""

import csv
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

import msgspec

Key = TypeVar("Key")
Value = TypeVar("Value")

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_PROBLEMS = 100
"""Problems told; the reading ends there."""


class Mode(StrEnum):
    """Merge adds and changes; overwrite also removes what the file does not name."""

    MERGE = "merge"
    OVERWRITE = "overwrite"


class LineProblem(msgspec.Struct, frozen=True):
    """One line that cannot be read."""

    line: int
    why: str


class ImportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file changes. `written` is False for a plan, and where there are problems."""

    added: int
    changed: int
    removed: int
    unchanged: int
    problems: list[LineProblem]
    written: bool


class ImportOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A file to bring. Without `dry_run: false` it is only compared."""

    csv: Annotated[str, msgspec.Meta(max_length=MAX_BYTES, description="The file's text")]
    mode: Mode = Mode.MERGE
    dry_run: bool = True


class Difference(msgspec.Struct, Generic[Key, Value], frozen=True):
    """What must be written, and what must go."""

    added: dict[Key, Value]
    changed: dict[Key, Value]
    removed: list[Key]
    unchanged: int

    def plan(self, problems: list[LineProblem], *, written: bool) -> ImportPlan:
        """The same in numbers."""
        return ImportPlan(
            added=len(self.added), changed=len(self.changed), removed=len(self.removed), unchanged=self.unchanged,
            problems=problems, written=written,
        )  # fmt: skip


def read(
    text: str, parse: Callable[[list[str]], tuple[Key, Value]], *, header: str
) -> tuple[dict[Key, Value], list[LineProblem]]:
    """The rows of a CSV text by their keys; the last of equal keys wins. `parse` raises ValueError with a
    sentence. Empty lines, lines that begin with "#", and a first line that begins with `header` are passed over."""
    found: dict[Key, Value] = {}
    problems: list[LineProblem] = []
    rows = csv.reader(text.removeprefix("\ufeff").splitlines())
    while len(problems) < MAX_PROBLEMS:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as exc:
            problems.append(LineProblem(rows.line_num, f"this is no CSV: {exc}"))
            continue
        row = [cell.strip() for cell in row]
        if not any(row) or row[0].startswith("#") or (rows.line_num == 1 and row[0].lower() == header):
            continue
        if len(found) >= MAX_ROWS:
            problems.append(LineProblem(rows.line_num, f"a file may have {MAX_ROWS} entries"))
            break
        try:
            key, value = parse(row)
        except ValueError as exc:
            problems.append(LineProblem(rows.line_num, str(exc)))
        else:
            found[key] = value
    return found, problems


def compare(existing: Mapping[Key, Value], wanted: Mapping[Key, Value], mode: Mode) -> Difference[Key, Value]:
    """From what is there to what the file says."""
    added = {key: value for key, value in wanted.items() if key not in existing}
    changed = {key: value for key, value in wanted.items() if key in existing and existing[key] != value}
    removed = [key for key in existing if key not in wanted] if mode is Mode.OVERWRITE else []
    return Difference(added, changed, removed, len(wanted) - len(added) - len(changed))
