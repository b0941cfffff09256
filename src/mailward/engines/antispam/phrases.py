# SPDX-License-Identifier: Apache-2.0
"""Find all lures of the lexicon in a text at once.

The lexicon (`lexicon/*.toml`) is written for people, in the language of `phrase.py`. All its anchors are
looked for in one pass (Hyperscan, or google-re2, or plain Python: they only look for strings, so they
always agree); a phrase whose anchor occurs is then confirmed around that place by its own pattern.
"""

import functools
import platform
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path

import msgspec

from mailward.engines.antispam.phrase import Phrase, read
from mailward.kit.kept import kept

MAX_PLACES = 12
"""Places of one anchor in one text at which a phrase is tried."""

REACH = 150
"""Bytes before and after an anchor that a phrase may span."""

Finder = Callable[[bytes], Iterable[int]]
"""Answers the numbers of the strings that occur in a text."""

_ROOM = Path(__file__).parent


class Hits(msgspec.Struct, frozen=True):
    """The lures found in one text: for each, where its phrases stand, one (start, end) per phrase."""

    text: bytes
    by_lure: dict[str, tuple[tuple[int, int], ...]]

    def count(self, lure: str) -> int:
        """How many different phrases of `lure` stand in the text."""
        return len(self.by_lure.get(lure, ()))

    def quote(self, lure: str) -> tuple[str, int]:
        """The words that spoke first for `lure`, with a little around them, and their offset."""
        start, end = min(self.by_lure[lure])
        return _around(self.text, start, end), start


def search(text: str) -> Hits:
    """All lures of the lexicon in a folded text."""
    data = text.encode("utf-8", "replace")
    anchors, phrases, tried = index(), lexicon(), set[int]()
    by_lure: dict[str, list[tuple[int, int]]] = {}
    for anchor in sorted(_finder()(data)):
        for number in anchors.phrases[anchor]:
            if number in tried:
                continue
            span = _confirm(data, number, anchors.strings[anchor])
            if span:
                tried.add(number)
                by_lure.setdefault(phrases[number].lure, []).append(span)
    return Hits(data, {lure: tuple(spans) for lure, spans in by_lure.items()})


@functools.cache
def lexicon() -> tuple[Phrase, ...]:
    """Every phrase of every file, in the order of files, lures and languages."""
    files = {file.name: file.read_text("utf-8") for file in sorted((_ROOM / "lexicon").glob("*.toml"))}
    reader = [(_ROOM / name).read_text("utf-8") for name in ("phrase.py", "fold.py")]
    made_of = (*files.items(), *reader, unicodedata.unidata_version)
    packed = kept("lexicon", made_of=made_of, beside=_ROOM, make=lambda: msgspec.msgpack.encode(_read(files)))
    return msgspec.msgpack.decode(packed, type=tuple[Phrase, ...])


def _read(files: dict[str, str]) -> list[Phrase]:
    found: list[Phrase] = []
    for text in files.values():
        for lure, languages in tomllib.loads(text).items():
            found += [read(lure, language, phrase) for language, phrases in languages.items() for phrase in phrases]
    return found


class Index(msgspec.Struct, frozen=True):
    """The anchors of the lexicon, and for each the numbers of the phrases that it may announce."""

    strings: tuple[bytes, ...]
    phrases: tuple[tuple[int, ...], ...]


@functools.cache
def index() -> Index:
    """The anchors of all phrases, each string once."""
    announced: dict[bytes, list[int]] = {}
    for number, phrase in enumerate(lexicon()):
        for anchor in phrase.anchors:
            announced.setdefault(anchor, []).append(number)
    return Index(tuple(announced), tuple(map(tuple, announced.values())))


def _confirm(text: bytes, number: int, anchor: bytes) -> tuple[int, int] | None:
    """Where the phrase stands around one of the anchor's places, if it does."""
    phrase, place = lexicon()[number], -1
    pattern = None if phrase.exact else _compiled(number)
    for _ in range(MAX_PLACES):
        place = text.find(anchor, place + 1)
        if place < 0:
            return None
        if pattern is None:
            end = place + len(anchor)
            if _at_edges(text, place, end, phrase.pattern):
                return place, end
            continue
        found = pattern.search(text, max(0, place - REACH), place + len(anchor) + REACH)
        if found:
            return found.span()
    return None


def _at_edges(text: bytes, start: int, end: int, pattern: bytes) -> bool:
    """Whether the word boundaries that the pattern asks for are there."""
    before = not pattern.startswith(rb"\b") or _is_word(text[start - 1 : start]) != _is_word(text[start : start + 1])
    return before and (not pattern.endswith(rb"\b") or _is_word(text[end - 1 : end]) != _is_word(text[end : end + 1]))


def _is_word(sign: bytes) -> bool:
    return sign.isalnum() or sign == b"_"


@functools.cache
def _compiled(number: int) -> re.Pattern[bytes]:
    return re.compile(lexicon()[number].pattern, re.DOTALL)


def _around(text: bytes, start: int, end: int) -> str:
    """The match and up to 30 bytes on each side, cut at spaces where there are any."""
    left, right = max(0, start - _MARGIN), min(len(text), end + _MARGIN)
    if left and (space := text.find(b" ", left, start)) >= 0:
        left = space + 1
    if right < len(text) and (space := text.rfind(b" ", end, right)) >= 0:
        right = space
    return text[left:right].decode("utf-8", "ignore")


_MARGIN = 30


@functools.cache
def _finder() -> Finder:
    """The fastest engine that is installed."""
    for engine in ENGINES.values():
        try:
            return engine(index().strings)
        except ImportError:
            continue
    raise AssertionError  # plain Python is always there


def with_hyperscan(strings: tuple[bytes, ...]) -> Finder:
    """One pass over the text, whatever the number of strings (Vectorscan inside)."""
    import hyperscan  # noqa: PLC0415 - optional

    def compiled() -> hyperscan.Database:
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        count = len(strings)
        database.compile(
            expressions=[re.escape(string) for string in strings],
            ids=list(range(count)),
            elements=count,
            flags=[hyperscan.HS_FLAG_SINGLEMATCH] * count,
        )
        return database

    made_of = (*strings, metadata.version("hyperscan"), platform.machine())
    packed = kept("anchors", made_of=made_of, beside=_ROOM, make=lambda: hyperscan.dumpb(compiled()))
    try:
        database = hyperscan.loadb(packed, mode=hyperscan.HS_MODE_BLOCK)
    except hyperscan.error:  # kept on a processor of another make
        database = compiled()
    scratch = hyperscan.Scratch(database)

    def find(text: bytes) -> set[int]:
        found: set[int] = set()
        database.scan(text, match_event_handler=lambda number, *_: found.add(number), scratch=scratch)
        return found

    return find


def with_re2(strings: tuple[bytes, ...]) -> Finder:
    """RE2's set, byte by byte (Latin-1 mode)."""
    import re2  # noqa: PLC0415 - optional

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 256 << 20
    options.log_errors = False
    together = re2.Set.SearchSet(options)
    for string in strings:
        together.Add(re.escape(string))
    together.Compile()
    return lambda text: together.Match(text) or ()


def with_python(strings: tuple[bytes, ...]) -> Finder:
    """One search per string: slow, and always there."""
    return lambda text: [number for number, string in enumerate(strings) if string in text]


ENGINES: dict[str, Callable[[tuple[bytes, ...]], Finder]] = {
    "hyperscan": with_hyperscan,
    "re2": with_re2,
    "python": with_python,
}
"""Best first."""
