# SPDX-License-Identifier: Apache-2.0
"""The search language, from text to tree. One language for the console, the API and the command line.

    query = term *( SP term )        a space means AND; OR, parentheses, "-" and NOT are understood
    term  = key ":" values | key (":>" | ":<" | ":>=" | ":<=") value | word | "quoted words"

The scanner walks the text once, from left to right, and never goes back, so that its cost grows with
the length of the query alone. What a key means is the business of `search`.
"""

from typing import NoReturn

import msgspec

MAX_QUERY = 2000
"""Characters of a query."""
MAX_TERMS = 64
"""Terms and words of a query."""
MAX_DEPTH = 16
"""Parentheses inside parentheses."""
MAX_VALUES = 50
"""Values of one term ("a,b,c")."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz_")
_KEY_CHARACTERS = _LETTERS | frozenset("0123456789")
_ENDS = frozenset(' \t\r\n()"')
_SPACES = frozenset(" \t\r\n")
_OPERATORS = (">=", "<=", ">", "<")


class QueryError(ValueError):
    """A query that cannot be understood. `position` is the 0-based column of the trouble."""

    def __init__(self, detail: str, position: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.position = position


class Value(msgspec.Struct, frozen=True):
    """One value. In quotes, "*" is a star; without them it is a wildcard."""

    text: str
    position: int
    quoted: bool = False


class Word(msgspec.Struct, frozen=True):
    """Free text."""

    value: Value


class Term(msgspec.Struct, frozen=True):
    """`key:a,b` (any of the values), or a comparison with one value (`operator` is not empty then)."""

    key: str
    values: tuple[Value, ...]
    position: int
    operator: str = ""


class Not(msgspec.Struct, frozen=True):
    """What does not match `node`."""

    node: "Node"


class Every(msgspec.Struct, frozen=True):
    """What matches every one of `nodes`; without nodes, everything."""

    nodes: tuple["Node", ...]


class Either(msgspec.Struct, frozen=True):
    """What matches at least one of `nodes`."""

    nodes: tuple["Node", ...]


Node = Word | Term | Not | Every | Either


def parse(query: str) -> Node:
    """The tree of a query; the empty query matches everything.

    Raises:
        QueryError: it is too long, or it is not in the language.
    """
    if len(query) > MAX_QUERY:
        raise QueryError(f"a search may have at most {MAX_QUERY} characters", MAX_QUERY)
    for position, character in enumerate(query):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise QueryError("this character cannot be searched for", position)
    return _Parser(query).whole()


class _Parser:
    """Recursive descent over the text; `at` only ever grows."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._terms = 0

    def whole(self) -> Node:
        self._skip()
        if self._at == len(self._text):
            return Every(())
        node = self._either(depth=0)
        if self._at < len(self._text):
            self._fail("this closing parenthesis was never opened")
        return node

    def _either(self, *, depth: int) -> Node:
        nodes = [self._every(depth)]
        while self._keyword("OR"):
            nodes.append(self._every(depth))
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _every(self, depth: int) -> Node:
        nodes: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] != ")" and not self._peek("OR"):
            if nodes and self._keyword("AND"):
                continue
            nodes.append(self._signed(depth))
        if not nodes:
            self._fail("a term is missing here")
        return nodes[0] if len(nodes) == 1 else Every(tuple(nodes))

    def _signed(self, depth: int) -> Node:
        negative = False
        while self._minus() or self._keyword("NOT"):
            negative = not negative
        node = self._one(depth)
        return Not(node) if negative else node

    def _one(self, depth: int) -> Node:
        if self._at == len(self._text) or self._text[self._at] == ")":
            self._fail("a term is missing here")
        if self._text[self._at] != "(":
            return self._term()
        if depth == MAX_DEPTH:
            self._fail(f"parentheses may be nested {MAX_DEPTH} deep")
        opened = self._at
        self._at += 1
        self._skip()
        node = self._either(depth=depth + 1)
        if self._at == len(self._text):
            raise QueryError("this parenthesis is never closed", opened)
        self._at += 1
        self._skip()
        return node

    def _term(self) -> Node:
        self._terms += 1
        if self._terms > MAX_TERMS:
            self._fail(f"a search may have at most {MAX_TERMS} terms")
        start = self._at
        key = self._key()
        if key is None:
            word = self._value(until=_ENDS)
            self._skip()
            return Word(word)
        operator = next((sign for sign in _OPERATORS if self._text.startswith(sign, self._at)), "")
        self._at += len(operator)
        values = [self._value(until=_ENDS | {","})]
        while self._at < len(self._text) and self._text[self._at] == ",":
            if len(values) == MAX_VALUES:
                self._fail(f"a term may have at most {MAX_VALUES} values")
            self._at += 1
            values.append(self._value(until=_ENDS | {","}))
        if operator and len(values) > 1:
            raise QueryError("a comparison takes one value", values[1].position)
        self._skip()
        return Term(key, tuple(values), start, operator)

    def _key(self) -> str | None:
        """The key before a colon, taken; None (and nothing taken) where a word stands."""
        at = self._at
        if self._text[at].lower() not in _LETTERS:
            return None
        while at < len(self._text) and self._text[at].lower() in _KEY_CHARACTERS:
            at += 1
        if at == len(self._text) or self._text[at] != ":":
            return None
        key = self._text[self._at : at].lower()
        self._at = at + 1
        return key

    def _value(self, *, until: frozenset[str]) -> Value:
        start = self._at
        if start < len(self._text) and self._text[start] == '"':
            return self._quoted()
        while self._at < len(self._text) and self._text[self._at] not in until:
            self._at += 1
        if self._at == start:
            self._fail("a value is missing here")
        return Value(self._text[start : self._at], start)

    def _quoted(self) -> Value:
        start = self._at
        self._at += 1
        pieces: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            self._at += 1
            if character == '"':
                if not pieces:
                    raise QueryError("there is nothing between these quotes", start)
                return Value("".join(pieces), start, quoted=True)
            if character == "\\" and self._at < len(self._text) and self._text[self._at] in '"\\':
                character = self._text[self._at]
                self._at += 1
            pieces.append(character)
        raise QueryError("this quote is never closed", start)

    def _minus(self) -> bool:
        """Take a "-" that stands directly before a term."""
        after = self._at + 1
        if not self._text.startswith("-", self._at) or after >= len(self._text) or self._text[after] in _SPACES | {")"}:
            return False
        self._at = after
        return True

    def _peek(self, word: str) -> bool:
        end = self._at + len(word)
        return self._text.startswith(word, self._at) and (end == len(self._text) or self._text[end] in _SPACES | {"("})

    def _keyword(self, word: str) -> bool:
        if not self._peek(word):
            return False
        self._at += len(word)
        self._skip()
        return True

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in _SPACES:
            self._at += 1

    def _fail(self, detail: str) -> NoReturn:
        raise QueryError(detail, self._at)
