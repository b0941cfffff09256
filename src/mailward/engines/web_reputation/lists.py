# SPDX-License-Identifier: Apache-2.0
"""The lists of this node: files that all processes share, asked without a copy and replaced while mail flows.

A list is brought by `mailward web-reputation import`. Every process looks at the folder every few
seconds; a list that was replaced is opened anew, one that cannot be read is named and asked no more: what
it might have said is then untested, not clean.
"""

import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec
import structlog

from mailward.contract.finding import Threat
from mailward.engines.web_reputation import places
from mailward.kit.hashed_set import hash64
from mailward.kit.mapped_set import BadSet, MappedSet

log = structlog.get_logger()

LOOK_EVERY = 5.0
"""Seconds between two looks at the folder."""
MAX_LISTS = 32
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SUFFIX = ".webset"


class Category(StrEnum):
    """What a list says of its entries. `good` are never judged by their shape."""

    PHISHING = "phishing"
    MALWARE = "malware"
    SPAM = "spam"
    GOOD = "good"

    @property
    def threat(self) -> Threat:
        """The class that a mail with such a link is caught for."""
        return Threat(self.value)


class ListAbout(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a list's file. `brought` lines were read, of which `passed_over` could not be used."""

    name: str
    category: Category
    source: str
    made_at: datetime
    entries: int
    paths: bool
    passed_over: int = 0


class ListState(msgspec.Struct, frozen=True, kw_only=True):
    """One list as people see it. `trouble` is "" if it can be asked; the rest is then unknown (0, None)."""

    name: str
    category: Category | None = None
    source: str = ""
    made_at: datetime | None = None
    entries: int = 0
    bytes: int = 0
    trouble: str = ""


class Listed(msgspec.Struct, frozen=True):
    """An address is on a list, under this entry."""

    list: str
    category: Category
    entry: str


Stamp = tuple[int, int, int]


class LocalLists:
    """The lists of a folder, opened as they are asked. One object serves a process."""

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._monotonic = monotonic
        self._looked = float("-inf")
        self._stamps: dict[str, Stamp] = {}
        self._open: dict[str, MappedSet[ListAbout]] = {}
        self.troubles: dict[str, str] = {}

    def __bool__(self) -> bool:
        self._look()
        return bool(self._open)

    @property
    def troubled(self) -> str:
        """Which lists cannot be asked, "" if all can."""
        self._look()
        return ", ".join(sorted(self.troubles))

    def find(self, url: str, host: str) -> tuple[Listed, ...]:
        """Every list that names a normalised address, each with its narrowest entry; in the order of their names."""
        self._look()
        if not self._open:
            return ()
        names = places.hosts(host)
        by_host = [(name, hash64(name)) for name in names]
        by_path: list[tuple[str, int]] | None = None
        found: list[Listed] = []
        for name, entries in self._open.items():
            known = entries.about
            if known.paths:
                if by_path is None:
                    by_path = [(whole, hash64(whole)) for whole in _paths(url, names)]
                hit = _first(entries, by_path) or _first(entries, by_host)
            else:
                hit = _first(entries, by_host)
            if hit:
                found.append(Listed(name, known.category, hit))
        return tuple(found)

    def states(self) -> list[ListState]:
        """Every list of the folder, looked at just now."""
        self._look(now=True)
        well = [
            ListState(name=name, category=entries.about.category, source=entries.about.source,
                      made_at=entries.about.made_at, entries=len(entries), bytes=self._stamps[name][2])
            for name, entries in self._open.items()
        ]  # fmt: skip
        sick = [ListState(name=name, trouble=why) for name, why in self.troubles.items()]
        return sorted([*well, *sick], key=lambda state: state.name)

    def _look(self, *, now: bool = False) -> None:
        at = self._monotonic()
        if not now and at - self._looked < LOOK_EVERY:
            return
        self._looked = at
        seen = _stamps(self._folder)
        for name in [name for name in self._stamps if name not in seen]:
            self._forget(name)
        for name, stamp in seen.items():
            if self._stamps.get(name) != stamp:
                self._take(name, stamp)

    def _take(self, name: str, stamp: Stamp) -> None:
        self._forget(name)
        self._stamps[name] = stamp
        try:
            self._open[name] = MappedSet(self._folder / f"{name}{SUFFIX}", ListAbout)
        except (BadSet, OSError, ValueError) as exc:
            self.troubles[name] = (
                str(exc) if isinstance(exc, BadSet) else f"{name} cannot be read ({type(exc).__name__})"
            )
            log.error("web_reputation.list_unreadable", list=name, why=self.troubles[name])  # noqa: TRY400 - the sentence says it
            return
        self._open = dict(sorted(self._open.items()))
        log.info("web_reputation.list_opened", list=name, entries=len(self._open[name]))

    def _forget(self, name: str) -> None:
        self._stamps.pop(name, None)
        self.troubles.pop(name, None)
        if old := self._open.pop(name, None):
            old.close()


def _paths(url: str, names: Iterable[str]) -> list[str]:
    """The candidates with a path: of the exact host first."""
    folders = places.folders(places.rest_of(url))
    return [f"{name}{folder}" for name in names for folder in folders]


def _first(entries: MappedSet[ListAbout], candidates: Iterable[tuple[str, int]]) -> str:
    return next((name for name, hashed in candidates if entries.has(hashed)), "")


def _stamps(folder: Path) -> dict[str, Stamp]:
    """The lists of a folder, each with what changes when it is replaced."""
    found: dict[str, Stamp] = {}
    try:
        files = sorted(folder.glob(f"*{SUFFIX}"))[:MAX_LISTS]
    except OSError:
        return found
    for file in files:
        name = file.name.removesuffix(SUFFIX)
        if NAME.fullmatch(name):
            try:
                status = file.stat()
            except OSError:
                continue
            found[name] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return found
