# SPDX-License-Identifier: Apache-2.0
"""Cutting a body at its boundary lines, and noticing the lines that only some readers would cut at."""

import re
from collections.abc import Iterator

from mailward.message.limits import MAX_AMBIGUITIES, MAX_DELIMITERS, MAX_PARTS
from mailward.message.parameters import Value

PART_HEADER = re.compile(rb"^content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE | re.MULTILINE)
GUESS = re.compile(
    rb"^--([^\r\n]{1,200})\r?\n(?:[\w-]{1,80}:[^\n]*\n)?[ \t]*content-[a-z-]{1,40}[ \t]*:", re.IGNORECASE | re.MULTILINE
)
_NEAR = 300
_LINE_ENDS = b"\r\n"


class Cut:
    """The outcome: part ranges, whether and after how many parts the closing line came, where the
    epilogue begins, the lines that almost were delimiters, and the limit that was hit, if any."""

    __slots__ = ("begin", "closed", "closed_after", "end", "epilogue", "limit", "near", "ranges")

    def __init__(self, begin: int, end: int) -> None:
        self.begin = begin
        self.end = end
        self.ranges: list[tuple[int, int]] = []
        self.near: list[bytes] = []
        self.closed = False
        self.closed_after = 0
        self.epilogue = end
        self.limit = ""

    def outside(self) -> tuple[tuple[str, int, int], ...]:
        """What lies before and behind the parts."""
        return ("before", self.begin, self.ranges[0][0]), ("behind", self.epilogue, self.end)


def candidates(value: Value) -> list[bytes]:
    """Every boundary that a reader might take from one Content-Type, likeliest first."""
    found: list[bytes] = []
    for text in value.boundaries or value.parameters.get("boundary", "\0").split("\0")[:1]:
        exact = text.encode("utf-8", "replace")
        found += [exact.rstrip(), exact, exact.strip(), exact.split(b";")[0].rstrip()]
    return [boundary for boundary in dict.fromkeys(found) if boundary or value.parameters.get("boundary") is not None]


def is_delimiter(line: bytes, boundary: bytes) -> bool:
    """Whether `line` is "--boundary" or "--boundary--"."""
    return line.startswith(b"--" + boundary) and line[2 + len(boundary) :].strip() in (b"", b"--")


def cut(source: bytes, start: int, end: int, boundary: bytes) -> Cut:
    """Cut `source[start:end]` at the lines that are `boundary` (RFC 2046, 5.1.1). Linear."""
    done = Cut(start, end)
    opened = -1
    for kind, position, behind in _delimiters(source, done, boundary):
        if opened >= 0:
            done.ranges.append((opened, _before_line_end(source, opened, position)))
        opened = behind
        if kind == "close":
            if not done.closed:
                done.closed, done.closed_after = True, len(done.ranges)
            done.epilogue = behind
            opened = -1
    if opened >= 0:
        done.ranges.append((opened, end))
        done.epilogue = end
    if not done.closed:
        done.closed_after = len(done.ranges)
    return done


def _delimiters(source: bytes, done: Cut, boundary: bytes) -> Iterator[tuple[str, int, int]]:
    """The delimiter lines as (kind, where, where the next line begins); near misses are noted in `done`."""
    needle = b"--" + boundary
    position, end = done.begin, done.end
    compared = 0
    while (position := source.find(needle, position, end)) >= 0:
        compared += 1
        if compared > MAX_DELIMITERS or len(done.ranges) > MAX_PARTS:
            done.limit = "delimiters"
            return
        if position > done.begin and source[position - 1] not in _LINE_ENDS:
            position += 1
            continue
        kind, behind = _kind(source, position + len(needle), end)
        if kind != "near":
            yield kind, position, behind
            position = behind
            continue
        if len(done.near) < MAX_AMBIGUITIES:
            done.near.append(source[position : min(_line_end(source, position, end), position + _NEAR)])
        position += 1


def _kind(source: bytes, at: int, end: int) -> tuple[str, int]:
    """What the rest of a delimiter line says: "open", "close" or "near"; and where the next line begins."""
    two = source[at : at + 2]
    if two == _LINE_ENDS:
        return "open", at + 2
    if two[:1] == b"\n":
        return "open", at + 1
    closing = two == b"--"
    behind = at + 2 if closing else at
    stop = _line_end(source, behind, end)
    if source[behind:stop].strip():
        return "near", stop
    return ("close" if closing else "open"), _next_line(source, stop, end)


def _line_end(source: bytes, at: int, end: int) -> int:
    """Offset of the line end at or behind `at`."""
    lf = source.find(b"\n", at, min(end, at + _NEAR))
    cr = source.find(b"\r", at, lf if lf >= 0 else min(end, at + _NEAR))
    found = cr if cr >= 0 else lf
    return found if found >= 0 else min(end, at + _NEAR)


def _next_line(source: bytes, at: int, end: int) -> int:
    if source[at : at + 2] == _LINE_ENDS:
        return min(at + 2, end)
    return min(at + 1, end)


def _before_line_end(source: bytes, start: int, at: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    if at - 2 >= start and source[at - 2 : at] == _LINE_ENDS:
        return at - 2
    return at - 1 if at - 1 >= start else max(at, start)
