# SPDX-License-Identifier: Apache-2.0
"""Bringing a long list as CSV: first a plan of what would change and which lines cannot be read, then the change.

A file with a line that cannot be read changes nothing, so that half a list is never mistaken for a whole one.
"""

import csv
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from io import StringIO
from itertools import islice
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec

Key = TypeVar("Key")
Value = TypeVar("Value")

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_PROBLEMS = 100
"""Problems told; the reading ends there."""
CHUNK = 64 * 1024
MAX_EXAMPLES = 20
"""Entries that a plan names, of each kind."""
END = "# end: {count} entries"
"""The last line of a file that we wrote: without it, something is missing."""


MAX_NOTE = 500
MAX_REMOVED = 1000

Note = Annotated[str, msgspec.Meta(max_length=MAX_NOTE, description="Why it stands here, for colleagues")]


class Mode(StrEnum):
    """Merge adds and changes; overwrite also removes what the file does not name."""

    MERGE = "merge"
    OVERWRITE = "overwrite"


class LineProblem(msgspec.Struct, frozen=True):
    """One line that cannot be read."""

    line: int
    why: str


class Examples(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the entries that a plan is about."""

    added: list[str]
    changed: list[str]
    removed: list[str]


class ImportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a file changes, with up to 20 entries of each kind by name. `written` is False for a plan, and where there
    are problems."""

    added: int
    changed: int
    removed: int
    unchanged: int
    problems: list[LineProblem]
    written: bool
    examples: Examples


class ImportOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A file to bring. Without `dry_run: false` it is only compared."""

    csv: Annotated[str, msgspec.Meta(max_length=MAX_BYTES, description="The file's text")]
    mode: Mode = Mode.MERGE
    dry_run: bool = True


class EntryRemoval(msgspec.Struct, frozen=True, kw_only=True):
    """Several entries to remove in one go."""

    ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MAX_REMOVED)]


class EntriesRemoved(msgspec.Struct, frozen=True):
    """How many of them were there."""

    removed: int


class Difference(msgspec.Struct, Generic[Key, Value], frozen=True):
    """What must be written, and what must go."""

    added: dict[Key, Value]
    changed: dict[Key, Value]
    removed: list[Key]
    unchanged: int

    def plan(self, problems: list[LineProblem], *, written: bool, name: Callable[[Key], str] = str) -> ImportPlan:
        """The same in numbers; `name` says how an entry is called."""
        some = Examples(
            added=[name(key) for key in islice(self.added, MAX_EXAMPLES)],
            changed=[name(key) for key in islice(self.changed, MAX_EXAMPLES)],
            removed=[name(key) for key in self.removed[:MAX_EXAMPLES]],
        )
        return ImportPlan(
            added=len(self.added), changed=len(self.changed), removed=len(self.removed), unchanged=self.unchanged,
            problems=problems, written=written, examples=some,
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


def read_note(text: str) -> str:
    """A cell that is a note. Raises ValueError with a sentence."""
    if len(text) > MAX_NOTE:
        raise ValueError(f"a note may have {MAX_NOTE} characters")
    return text


def read_moment(text: str) -> datetime | None:
    """A cell that says when an entry ends; empty for never. Raises ValueError with a sentence."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no moment such as 2027-01-31T00:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def written(header: Iterable[str], rows: AsyncIterator[Iterable[str]]) -> AsyncIterator[bytes]:
    """A list as a file that `read` reads: the header, the rows, and a last line that says how many there are."""
    buffer, count = StringIO(), 0
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    async for row in rows:
        writer.writerow(row)
        count += 1
        if buffer.tell() > CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    buffer.write(END.format(count=count) + "\r\n")
    yield buffer.getvalue().encode()
