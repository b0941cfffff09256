# SPDX-License-Identifier: Apache-2.0
r"""The small language in which lures are written, and what it means.

`(a|b)` is a choice, `?` after a letter or group makes it optional, `*` is the rest of a word, `~` a gap
of up to 40 bytes, `#` a number, `[ab]` one of some letters, `$` the end of the text, `\` takes a sign
for itself. A phrase becomes a pattern over UTF-8 bytes with ASCII word boundaries, and *anchors*: a few
plain strings of which one must stand in any text that the pattern matches. Anchors are what a fast
search looks for; the pattern then only confirms.
"""

import re

import msgspec

from mailward.engines.antispam.fold import fold

GAP = 40
"""Bytes that `~` may skip."""

MAX_EXACT = 48
"""Strings that a piece of a phrase may stand for before it counts as open."""

_ENOUGH = 9
"""An anchor of this many bytes is as good as a longer one."""


class Phrase(msgspec.Struct, frozen=True):
    """One phrase of a lure in a language: its pattern, and its anchors (never empty). `exact` if the
    anchors are all that the pattern stands for, so that only the edges are left to be confirmed."""

    lure: str
    language: str
    pattern: bytes
    anchors: tuple[bytes, ...]
    exact: bool = False


class _Piece(msgspec.Struct, frozen=True):
    """A piece of a phrase: its pattern; all strings it stands for, if they are few; and otherwise the
    best set of strings of which one must occur, empty if there is none."""

    pattern: str
    exact: frozenset[str] | None
    needed: frozenset[str] = frozenset()

    @property
    def best(self) -> frozenset[str]:
        """What must occur: the strings themselves where they are known."""
        return self.needed if self.exact is None else self.exact


def read(lure: str, language: str, text: str) -> Phrase:
    """Read one phrase. Raises ValueError if it is malformed or too vague to be searched for."""
    escaped = re.sub(r"\\(.)", lambda sign: chr(_PRIVATE + ord(sign[1])), text)
    lead, tail = " " * escaped.startswith(" "), " " * escaped.endswith(" ")
    reader = _Reader(lead + fold(escaped) + tail)
    piece = reader.choice()
    if reader.rest:
        raise ValueError(f"{lure}.{language}: {text!r} cannot be read from {reader.rest!r}")
    anchors = tuple(sorted(anchor.encode() for anchor in piece.best))
    if not anchors or min(map(len, anchors)) < _SHORTEST:
        raise ValueError(f"{lure}.{language}: {text!r} is too vague to be searched for: {anchors}")
    before = r"\b" if all(_is_word(anchor[:1]) for anchor in _edges(piece.pattern, "start")) else ""
    after = r"\b" if all(_is_word(anchor[-1:]) for anchor in _edges(piece.pattern, "end")) else ""
    return Phrase(lure, language, f"{before}(?:{piece.pattern}){after}".encode(), anchors, piece.exact is not None)


_PRIVATE = 0xF0000
_SHORTEST = 2


def _is_word(sign: str) -> bool:
    return bool(re.match(r"[a-z0-9]", sign))


def _edges(pattern: str, side: str) -> tuple[str, ...]:
    """The outermost sign of a pattern, looked for inside the groups it may be wrapped in."""
    plain = pattern.replace("(?:", "(")
    plain = plain.lstrip("(") if side == "start" else plain.rstrip(")")
    return (plain,) if plain else ("",)


class _Reader:
    """Reads a folded phrase from left to right."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def choice(self) -> _Piece:
        """`a|b|c`."""
        branches = [self.sequence()]
        while self.rest.startswith("|"):
            self.rest = self.rest[1:]
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]
        pattern = "|".join(branch.pattern for branch in branches)
        exact: frozenset[str] | None = None
        if all(branch.exact is not None for branch in branches):
            exact = frozenset().union(*(branch.exact or () for branch in branches))
        if exact is not None and len(exact) <= MAX_EXACT:
            return _Piece(pattern, exact)
        needed = [branch.best for branch in branches]
        return _Piece(pattern, None, frozenset().union(*needed) if all(map(_usable, needed)) else frozenset())

    def sequence(self) -> _Piece:
        """Pieces one after the other."""
        pattern, exact, needed = "", frozenset({""}), frozenset[str]()
        while self.rest and self.rest[0] not in "|)":
            piece = self.repeated()
            pattern += piece.pattern
            if piece.exact is not None and len(exact) * len(piece.exact) <= MAX_EXACT:
                exact = frozenset(head + tail for head in exact for tail in piece.exact)
                continue
            needed = _better(needed, _better(exact, piece.best))
            exact = frozenset({""}) if piece.exact is None else piece.exact
        if not needed and _open_start(pattern) is None:
            return _Piece(pattern, exact)
        return _Piece(pattern, None, _better(needed, exact))

    def repeated(self) -> _Piece:
        """One piece with what follows it: `?`, `+`, `{2,5}`."""
        piece = self.single()
        found = _QUANTIFIER.match(self.rest)
        if not found or (found[0] == "*" and not piece.pattern.endswith("]")):
            return piece
        self.rest = self.rest[found.end() :]
        pattern = f"(?:{piece.pattern}){found[0]}"
        if found[0] == "?" and piece.exact is not None:
            return _Piece(pattern, piece.exact | {""})
        keeps = found[0] == "+" or re.match(r"\{[1-9]", found[0])
        return _Piece(pattern, None, piece.best if keeps else frozenset())

    def single(self) -> _Piece:
        """A letter, a group, a class or a sign."""
        sign, self.rest = self.rest[0], self.rest[1:]
        if sign == "(":
            inside = self.choice()
            if not self.rest.startswith(")"):
                raise ValueError("a group is not closed")
            self.rest = self.rest[1:]
            return _Piece(f"(?:{inside.pattern})", inside.exact, inside.needed)
        if sign == "[":
            return self.letters()
        if ord(sign) >= _PRIVATE:
            plain = chr(ord(sign) - _PRIVATE)
            return _Piece(f"\\{plain}", None) if plain in "wbds" else _Piece(re.escape(plain), frozenset({plain}))
        if sign in _SIGNS:
            return _Piece(_SIGNS[sign], None)
        return _Piece(re.escape(sign) if len(sign.encode()) == 1 else f"(?:{sign})", frozenset({sign}))

    def letters(self) -> _Piece:
        """`[ab]`, `[a-z]`, and `[а-я]` for any letter of the Cyrillic block."""
        inside, _, self.rest = self.rest.partition("]")
        if inside.isascii():
            exact = None if "-" in inside[1:-1] or "\\" in inside else frozenset(inside)
            return _Piece(f"[{inside}]", exact)
        if "-" in inside[1:-1]:
            return _Piece(r"(?:[\xd0-\xd3][\x80-\xbf])", None)
        return _Piece("(?:" + "|".join(inside) + ")", frozenset(inside))


_SIGNS = {"*": r"\w*", "~": f".{{0,{GAP}}}", "#": "[0-9][0-9.,]*", ".": ".", "$": "$"}
_QUANTIFIER = re.compile(r"[?+*]|\{\d+(?:,\d*)?\}")
_OPEN = re.compile(r"\\w\*|\.\{|\[0-9\]|\$|\\[wbds]|\)[+{*]|\][*+{]|\.")


def _open_start(pattern: str) -> re.Match[str] | None:
    """Whether a pattern holds anything that is not plain strings and choices of them."""
    return _OPEN.search(pattern)


def _usable(strings: frozenset[str]) -> bool:
    return bool(strings) and "" not in strings


def _worth(strings: frozenset[str]) -> tuple[int, int]:
    if not _usable(strings):
        return (0, 0)
    return (min(_ENOUGH, *(len(text.encode()) for text in strings)), -len(strings))


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The set that is rarer in ordinary text: longer strings, then fewer."""
    best = max(one, other, key=_worth)
    return best if _usable(best) else frozenset()
