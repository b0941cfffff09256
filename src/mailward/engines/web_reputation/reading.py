# SPDX-License-Identifier: Apache-2.0
"""Files of bad (or good) addresses as the world hands them out: one per line, hosts files, CSV, and STIX 2.

Whole files are often larger than memory should be, so text is read line by line and leaves eight bytes an
entry; only STIX, which is one JSON document, is read at once. What cannot be used is counted, and the first of
it is shown: one bad line of a stranger's file must not keep out a million good ones.
"""

import csv
from array import array
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import re2

from mailward.engines.web_reputation import places
from mailward.kit.hashed_set import hash64
from mailward.kit.mapped_set import MAX_MEMBERS

MAX_LINE = 8_192
"""Characters of a line; a longer one is passed over."""
MAX_STIX_BYTES = 512 * 1024 * 1024
MAX_OBJECTS = 5_000_000
MAX_SHOWN = 20
"""Lines that cannot be used and are told."""
MAX_PATTERN = 4_096
"""Characters of a STIX pattern that are read."""

_COLUMNS = ("url", "indicator", "domain", "host", "hostname", "ioc", "value", "ioc_value")
"""Heads of the column that holds the address, the best first."""
_SINKS = frozenset({"0.0.0.0", "127.0.0.1", "::", "::1"})  # noqa: S104 - first words of hosts files
_LOCAL = frozenset({"localhost", "localhost.localdomain", "local", "broadcasthost"})
_ONE_OF = re2.compile(r"\[?\s*(?:url|domain-name|ipv4-addr|ipv6-addr):value\s*=\s*'((?:[^'\\]|\\.)*)'\s*\]?")
_UNSUPPORTED = re2.compile(r"(?i)\b(?:AND|FOLLOWEDBY|NOT|LIKE|MATCHES|ISSUBSET|ISSUPERSET|EXISTS)\b|!=|[<>]")


class Format(StrEnum):
    """How a file is written."""

    PLAIN = "plain"
    CSV = "csv"
    STIX = "stix"


class Unusable(msgspec.Struct, frozen=True):
    """One line, or one object of STIX, that could not be used."""

    line: int
    why: str


class Brought(msgspec.Struct, kw_only=True):
    """What a file holds. `hashes` may have repetitions."""

    format: Format
    hashes: "array[int]"
    paths: bool = False
    passed_over: int = 0
    expired: int = 0
    shown: list[Unusable] = msgspec.field(default_factory=list)

    def take(self, line: int, text: str) -> None:
        """One entry, in whatever form."""
        try:
            name = places.entry(text)
        except ValueError as exc:
            self.refuse(line, str(exc))
            return
        if len(self.hashes) >= MAX_MEMBERS:
            raise BadFile(f"there are more than {MAX_MEMBERS} entries")
        self.paths = self.paths or "/" in name
        self.hashes.append(hash64(name))

    def refuse(self, line: int, why: str) -> None:
        """One that cannot be used."""
        self.passed_over += 1
        if len(self.shown) < MAX_SHOWN:
            self.shown.append(Unusable(line, why))


class BadFile(Exception):  # noqa: N818 - the operator's word
    """The file as a whole cannot be used. The text says why."""


def format_of(path: Path, first: str) -> Format:
    """What a file is by its name and its first line."""
    if first.lstrip("\ufeff \t").startswith(("{", "[")) or path.suffix.lower() in {".json", ".stix"}:
        return Format.STIX
    return Format.CSV if path.suffix.lower() == ".csv" or _column(_cells(first.lstrip("#\ufeff "))) else Format.PLAIN


def read(path: Path, *, now: datetime, as_format: Format | None = None) -> Brought:
    """Everything in a file.

    Raises:
        BadFile
        OSError
    """
    with path.open(encoding="utf-8", errors="replace", newline=None) as lines:
        chosen = as_format or format_of(path, lines.readline(MAX_LINE))
        if chosen is not Format.STIX:
            lines.seek(0)
            found = Brought(format=chosen, hashes=array("Q"))
            (_read_csv if chosen is Format.CSV else _read_plain)(_short(lines, found), found)
            return found
    if path.stat().st_size > MAX_STIX_BYTES:
        raise BadFile(f"a STIX file may have {MAX_STIX_BYTES >> 20} MB; this one has {path.stat().st_size >> 20}")
    return read_stix(path.read_bytes(), now=now)


def _short(lines: Iterable[str], found: Brought) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            found.refuse(number, f"the line has more than {MAX_LINE} characters")
        else:
            yield number, line


def _read_plain(lines: Iterable[tuple[int, str]], found: Brought) -> None:
    """One address per line; `#` begins a comment; hosts files are understood."""
    for number, line in lines:
        text = line.strip().lstrip("\ufeff")
        if not text or text.startswith(("#", "!", "//", ";")):
            continue
        words = text.partition(" #")[0].split()
        if len(words) > 1 and words[0] in _SINKS:
            for word in words[1:]:
                if word.lower() not in _LOCAL:
                    found.take(number, word)
        else:
            found.take(number, words[0] if len(words) == 1 else text)


def _read_csv(lines: Iterable[tuple[int, str]], found: Brought) -> None:
    """A column that is called url, domain, host or indicator; else the first one."""
    column: int | None = None
    for number, line in lines:
        text = line.strip().lstrip("\ufeff")
        if not text:
            continue
        if column is None or text.startswith("#"):
            named = _column(_cells(text.lstrip("# ")))
            if named is not None and (column is None or text.startswith("#")):
                column = named
                continue
        if text.startswith("#"):
            continue
        cells = _cells(text)
        column = 0 if column is None else column
        if column < len(cells) and cells[column].strip():
            found.take(number, cells[column])
        else:
            found.refuse(number, f"there is no column {column + 1}")


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:
        return []


def _column(cells: list[str]) -> int | None:
    names = [cell.strip().lower() for cell in cells]
    return next((names.index(name) for name in _COLUMNS if name in names), None)


def read_stix(data: bytes, *, now: datetime) -> Brought:
    """The indicators of a STIX 2.0 or 2.1 bundle (or of a TAXII envelope): their patterns that name a URL, a domain
    or an address, one or several joined by OR. Revoked and expired ones are passed over.

    Raises:
        BadFile
    """
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise BadFile(f"this is no JSON: {exc}") from exc
    objects = document.get("objects") if isinstance(document, dict) else document
    if not isinstance(objects, list):
        raise BadFile("this is no STIX bundle: it has no list of objects")
    if len(objects) > MAX_OBJECTS:
        raise BadFile(f"a bundle may have {MAX_OBJECTS} objects")
    found = Brought(format=Format.STIX, hashes=array("Q"))
    for number, item in enumerate(objects, 1):
        if isinstance(item, dict) and item.get("type") == "indicator":
            _indicator(item, number, found, now)
    return found


def _indicator(item: dict[str, Any], number: int, found: Brought, now: datetime) -> None:
    if item.get("revoked") is True or _is_over(item.get("valid_until"), now):
        found.expired += 1
        return
    pattern = item.get("pattern")
    if not isinstance(pattern, str) or item.get("pattern_type", "stix") != "stix":
        found.refuse(number, "its pattern is not one of STIX")
        return
    for value in _values(pattern[:MAX_PATTERN], lambda why: found.refuse(number, why)):
        found.take(number, value)


def _values(pattern: str, refuse: Callable[[str], None]) -> list[str]:
    """What a pattern names, if it names nothing but addresses, any of which is enough."""
    values = [found[1].replace("\\'", "'").replace("\\\\", "\\") for found in _ONE_OF.finditer(pattern)]
    rest = _ONE_OF.sub("", pattern)
    if not values or _UNSUPPORTED.search(rest) or rest.upper().replace("OR", "").strip(" \t\r\n()[]"):
        refuse("its pattern asks for more than one address, or for something else")
        return []
    return values


def _is_over(moment: object, now: datetime) -> bool:
    if not isinstance(moment, str):
        return False
    try:
        return datetime.fromisoformat(moment) <= now
    except (ValueError, TypeError):
        return False
