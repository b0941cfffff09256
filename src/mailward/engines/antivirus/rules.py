# SPDX-License-Identifier: Apache-2.0
"""Our YARA rules, compiled once before the workers are forked.

A rule's metadata is its explanation: `text` is the sentence people read, `weight` its points, `where`
the kinds of file it may speak about (a comma-separated list; absent: everywhere), and `quote = false`
keeps what it matched out of the evidence.
"""

import io
import os
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

import msgspec
import yara_x

from mailward.contract.finding import Reason
from mailward.engines.antivirus import limits
from mailward.kit.kept import kept

_MAX_MATCHES = 1000
"""Matches of one pattern that are counted in one file."""

_PRINTABLE = frozenset(range(32, 127))


class RuleError(ValueError):
    """A rule that does not say what it must."""


class Rule(msgspec.Struct, frozen=True):
    """What one rule's metadata says."""

    id: str
    text: str
    weight: float
    where: frozenset[str]
    quote: bool


class Ruleset:
    """The compiled rules, one scanner for each source in this process: a file is searched only for what some
    rule of the source may say about its kind."""

    def __init__(self, sources: dict[str, str], *, beside: Path | None = None) -> None:
        self.rules: dict[str, Rule] = {}
        self._books = [self._book(compiled) for compiled in (_kept(sources, beside) if beside else _compiled(sources))]

    def matches(self, data: bytes, *, kinds: frozenset[str], place: str) -> Iterator[Reason]:
        """A reason for each rule that matches and may speak about a file of one of these `kinds`.

        `TimeoutError` after `limits.SCAN_SECONDS` for one source.
        """
        for where, scanner in self._books:
            if where and not where & kinds:
                continue
            try:
                found = scanner.scan(data).matching_rules
            except yara_x.TimeoutError as error:
                raise TimeoutError(f"the rules took more than {limits.SCAN_SECONDS} seconds over {place}") from error
            for match in found:
                rule = self.rules[match.identifier]
                if not rule.where or rule.where & kinds:
                    evidence = _quoted(match, data) if rule.quote else place
                    yield Reason(id=rule.id, text=rule.text, weight=rule.weight, evidence=evidence, place=place)

    def _book(self, compiled: yara_x.Rules) -> tuple[frozenset[str], yara_x.Scanner]:
        """A source's scanner, and the kinds of file that its rules speak about: none means every kind."""
        rules = [_described(rule) for rule in compiled]
        for rule in rules:
            if self.rules.setdefault(rule.id, rule) is not rule:
                raise RuleError(f"there are two rules {rule.id}")
        scanner = yara_x.Scanner(compiled)
        scanner.set_timeout(limits.SCAN_SECONDS)
        scanner.max_matches_per_pattern(_MAX_MATCHES)
        everywhere = not all(rule.where for rule in rules)
        return frozenset() if everywhere else frozenset().union(*(rule.where for rule in rules)), scanner


def load() -> Ruleset:
    """The rules that ship with the product, compiled once for each installation."""
    room = Path(__file__).parent
    return Ruleset({file.name: file.read_text() for file in (room / "rules").glob("*.yar")}, beside=room)


def _compiled(sources: dict[str, str]) -> list[yara_x.Rules]:
    return [_compile(origin, source) for origin, source in sorted(sources.items())]


def _compile(origin: str, source: str) -> yara_x.Rules:
    compiler = yara_x.Compiler(includes_enabled=False)
    try:
        compiler.add_source(source, origin=origin)
    except yara_x.CompileError as error:
        raise RuleError(f"{origin}: {error}") from error
    return compiler.build()


def _kept(sources: dict[str, str], beside: Path) -> list[yara_x.Rules]:
    """The compiled rules, from an earlier start of this installation or made now."""
    made_of = (*sorted(sources.items()), metadata.version("yara-x"), os.uname().machine)
    packed = kept("rule-books", made_of=made_of, beside=beside, make=lambda: _pack(_compiled(sources)))
    return [yara_x.Rules.deserialize_from(io.BytesIO(one)) for one in msgspec.msgpack.decode(packed, type=list[bytes])]


def _pack(compiled: Iterable[yara_x.Rules]) -> bytes:
    packed = []
    for rules in compiled:
        into = io.BytesIO()
        rules.serialize_into(into)
        packed.append(into.getvalue())
    return msgspec.msgpack.encode(packed)


def _described(rule: yara_x.Rule) -> Rule:
    said = dict(rule.metadata)
    text, weight = said.get("text"), said.get("weight")
    if not isinstance(text, str) or not isinstance(weight, float):
        raise RuleError(f"rule {rule.identifier} needs a text and a weight like 5.0")
    where = frozenset(word.strip() for word in str(said.get("where", "")).split(",") if word.strip())
    return Rule(id=rule.identifier, text=text, weight=weight, where=where, quote=said.get("quote") is not False)


def _quoted(match: yara_x.Rule, data: bytes) -> str:
    """What the first pattern that matched found, as far as it can be printed."""
    for pattern in match.patterns:
        for place in pattern.matches:
            size = min(place.length, limits.MAX_EVIDENCE_BYTES)
            found = data[place.offset : place.offset + size]
            words = bytes(byte for byte in found if byte in _PRINTABLE).decode("ascii")
            if words:
                return words
    return ""
