# SPDX-License-Identifier: Apache-2.0
"""From the tree of a search to a condition in SQL. What people typed goes into parameters, never into the text.

The condition speaks of two tables: `r` is `message_recipients`, `m` is `messages`. Every search is
bounded in time, so that only the day partitions it needs are opened.
"""

import difflib
import ipaddress
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from mailward.kit.domain_names import plain_domain
from mailward.records.mail_tracking import instants
from mailward.records.mail_tracking.grammar import Either, Every, Node, Not, QueryError, Term, Value, Word, parse
from mailward.records.mail_tracking.keys import KEYS, NOT_YET, Kind
from mailward.records.mail_tracking.settings import RETENTION_DAYS

MAX_WILDCARDS = 5
"""Stars in one value: each one multiplies the work of matching."""
MAX_NUMBER = 2**62
CLOCK_SKEW = timedelta(days=1)

_SIZES = {"k": 1000, "kb": 1000, "m": 1000**2, "mb": 1000**2, "g": 1000**3, "gb": 1000**3, "b": 1}
_SCORE_STEP = 0.05


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A condition with its parameters (`$1` is the first), and the span of time outside of which nothing matches."""

    condition: str
    parameters: tuple[Any, ...]
    since: datetime
    until: datetime


def compile_query(query: str, *, now: datetime) -> Where:
    """The condition that says what `query` says.

    Raises:
        QueryError: the query is not in the language, or asks for what is not recorded.
    """
    tree = parse(query)
    compiler = _Compiler(now)
    condition = compiler.of(tree)
    since, until = compiler.bounds(tree)
    return Where(condition=condition, parameters=tuple(compiler.parameters), since=since, until=until)


class _Compiler:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.parameters: list[Any] = []

    def of(self, node: Node) -> str:
        match node:
            case Every(nodes):
                return " AND ".join(self.of(one) for one in nodes) if nodes else "true"
            case Either(nodes):
                return f"({' OR '.join(self.of(one) for one in nodes)})"
            case Not(inner):
                return f"NOT coalesce(({self.of(inner)}), false)"
            case Word(value):
                columns = ("m.subject", "m.header_from", "m.sender", "r.recipient")
                return self.any_of(column_like(column, self.like(value)) for column in columns)
            case Term():
                return self.term(node)

    def term(self, term: Term) -> str:
        key = KEYS.get(term.key)
        if key is None:
            raise QueryError(_unknown(term), term.position)
        if key.kind is Kind.TIME:
            return self.time(term)
        if key.kind is Kind.NUMBER:
            return self.number(term)
        if key.kind in {Kind.ENUM, Kind.FLAG}:
            return self.choice(term, key.values)
        build = _TEXT[term.key]
        return self.any_of(build(self, value) for value in _texts(term))

    def choice(self, term: Term, allowed: tuple[str, ...]) -> str:
        chosen = []
        for value in _texts(term):
            word = value.text.lower()
            if word not in allowed:
                missing = NOT_YET.get(f"{term.key}:{word}")
                raise QueryError(missing or f"{term.key}: may be {', '.join(allowed)}", value.position)
            chosen.append(word)
        if term.key in _FLAGS:
            return self.any_of(_FLAGS[term.key][word] for word in chosen)
        return f"{_COLUMNS[term.key]} = ANY({self.bind(chosen)}::text[])"

    def number(self, term: Term) -> str:
        conditions = []
        for value in term.values:
            if term.key == "size":
                conditions.append(f"m.size {term.operator or '='} {self.bind(_size(value))}::bigint")
            elif term.operator:
                conditions.append(f"m.score {term.operator} {self.bind(_number(value))}::float8")
            else:
                conditions.append(f"abs(m.score - {self.bind(_number(value))}::float8) < {_SCORE_STEP}")
        return self.any_of(conditions)

    def time(self, term: Term) -> str:
        return self.any_of(
            f"(r.received_at >= {self.bind(since)}::timestamptz AND r.received_at < {self.bind(until)}::timestamptz)"
            for since, until in (self.window(term.key, value) for value in _texts(term))
        )

    def window(self, key: str, value: Value) -> tuple[datetime, datetime]:
        """The span of time that a term of time means."""
        since, until = self.widest()
        try:
            if key == "last":
                return self.now - instants.span(value), until
        except OverflowError as exc:
            raise QueryError("this is too long ago", value.position) from exc
        if key == "on":
            return instants.day(value, now=self.now)
        at = instants.instant(value, now=self.now)
        return (at, until) if key == "after" else (since, at)

    def widest(self) -> tuple[datetime, datetime]:
        """All that can be there: rows live for `RETENTION_DAYS`."""
        return self.now - timedelta(days=RETENTION_DAYS + 1), self.now + CLOCK_SKEW

    def bounds(self, tree: Node) -> tuple[datetime, datetime]:
        """The span of time that the tree as a whole is confined to."""
        since, until = self.widest()
        for node in tree.nodes if isinstance(tree, Every) else (tree,):
            if isinstance(node, Term) and KEYS[node.key].kind is Kind.TIME:
                windows = [self.window(node.key, value) for value in _texts(node)]
                since = max(since, min(start for start, _ in windows))
                until = min(until, max(end for _, end in windows))
        return since, until

    def bind(self, value: Any) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def any_of(self, conditions: Any) -> str:
        return f"({' OR '.join(conditions)})"

    def like(self, value: Value) -> str:
        """A pattern that finds the value anywhere."""
        return f"{self.bind(f'%{_pattern(value)}%')}::text"

    def whole(self, value: Value) -> str:
        """A pattern that the whole text must fit."""
        return f"{self.bind(_pattern(value))}::text"


def column_like(column: str, pattern: str) -> str:
    """Case does not matter in a search."""
    return f"{column} ILIKE {pattern}"


def _address(column: str, *, display: bool = False) -> Callable[[_Compiler, Value], str]:
    """An address with "@" or a wildcard is meant whole, anything else as a part of it.

    A column for `display` may also hold "Name <address>", or several addresses.
    """

    def build(compiler: _Compiler, value: Value) -> str:
        return compiler.any_of(as_spelled(compiler, one) for one in _spellings(value))

    def as_spelled(compiler: _Compiler, value: Value) -> str:
        if value.text == "<>":
            return f"{column} = ''"
        if "@" not in value.text and not ("*" in value.text and not value.quoted):
            return column_like(column, compiler.like(value))
        whole = column_like(column, compiler.whole(value))
        if not display:
            return whole
        bracketed = compiler.bind(f"%<{_pattern(value)}>")
        among = f"({column} LIKE '%, %' AND {column_like(column, compiler.like(value))})"
        return f"{whole} OR {column_like(column, f'{bracketed}::text')} OR {among}"

    return build


def _either(*builds: Callable[[_Compiler, Value], str]) -> Callable[[_Compiler, Value], str]:
    return lambda compiler, value: compiler.any_of(build(compiler, value) for build in builds)


def _contains(column: str) -> Callable[[_Compiler, Value], str]:
    return lambda compiler, value: column_like(column, compiler.like(value))


def _is(column: str) -> Callable[[_Compiler, Value], str]:
    return lambda compiler, value: column_like(column, compiler.whole(value))


def _some(values: str, build: Callable[[str], Callable[[_Compiler, Value], str]]) -> Callable[[_Compiler, Value], str]:
    """At least one of a list; `values` is a set-returning expression."""
    return lambda compiler, value: f"EXISTS (SELECT FROM {values} AS v(x) WHERE {build('v.x')(compiler, value)})"


def _listed(path: str) -> str:
    return f"(SELECT j #>> '{{}}' FROM jsonb_path_query(m.content, '{path}') AS p(j))"  # noqa: S608 - expressions of this file, with placeholders


def _spellings(value: Value) -> tuple[Value, ...]:
    """A domain in letters outside ASCII is kept in A-labels where it comes from an envelope."""
    local, at, domain = value.text.rpartition("@")
    plain = "" if value.text.isascii() else plain_domain(domain)
    return (value, msgspec.structs.replace(value, text=f"{local}{at}{plain}")) if plain else (value,)


def _domain(compiler: _Compiler, value: Value) -> str:
    return compiler.any_of(_as_spelled(compiler, one) for one in _spellings(value))


def _as_spelled(compiler: _Compiler, value: Value) -> str:
    sender = compiler.bind(f"%@{_pattern(value)}")
    shown = compiler.bind(f"%@{_pattern(value)}>")
    return f"(m.sender ILIKE {sender}::text OR m.header_from ILIKE {sender}::text OR m.header_from ILIKE {shown}::text)"


def _extension(compiler: _Compiler, value: Value) -> str:
    ending = compiler.bind(f"%.{_pattern(value).removeprefix('.')}")
    return f"EXISTS (SELECT FROM unnest(m.attachment_names) AS v(x) WHERE v.x ILIKE {ending}::text)"


def _tls(compiler: _Compiler, value: Value) -> str:
    word = value.text.lower()
    if word in {"yes", "no"}:
        return f"(m.tls <> '') = {'true' if word == 'yes' else 'false'}"
    return column_like("m.tls", compiler.like(value))


def _id(compiler: _Compiler, value: Value) -> str:
    try:
        identifier = compiler.bind(UUID(value.text))
    except ValueError as exc:
        raise QueryError("this is not an id", value.position) from exc
    return f"(r.id = {identifier}::uuid OR r.message_id = {identifier}::uuid)"


def _ip(compiler: _Compiler, value: Value) -> str:
    try:
        network = ipaddress.ip_network(value.text, strict=False)
    except ValueError as exc:
        raise QueryError("this is not an address or a network (192.0.2.0/24)", value.position) from exc
    return f"coalesce(m.peer_ip <<= {compiler.bind(network)}::inet, false)"


_REASON = _some("unnest(m.reason_ids)", _is)
_SENDER = _address("m.sender")

_TEXT: dict[str, Callable[[_Compiler, Value], str]] = {
    "from": _either(_SENDER, _address("m.header_from", display=True)),
    "to": _either(_address("r.recipient"), _some(_listed("$.to[*].address"), _address)),
    "rcpt": _address("r.recipient"),
    "sender": _SENDER,
    "reply_to": _some(_listed("$.reply_to[*].address"), _address),
    "subject": _contains("m.subject"),
    "msgid": _contains("m.internet_id"),
    "id": _id,
    "ip": _ip,
    "helo": _contains("m.helo"),
    "domain": _domain,
    "url": _some(_listed("$.links[*].target"), _contains),
    "host": _some("unnest(m.hosts)", _is),
    "reason": _REASON,
    "signal": _REASON,
    "rule": _contains("r.rule"),
    "tls": _tls,
    "filename": _some("unnest(m.attachment_names)", _contains),
    "ext": _extension,
    "sha256": _some("unnest(m.attachment_hashes)", _is),
    "lang": _is("m.language"),
}

_COLUMNS = {
    "verdict": "m.verdict", "action": "r.action", "status": "r.status", "direction": "m.direction",
    "spf": "m.spf", "dkim": "m.dkim", "dmarc": "m.dmarc", "arc": "m.arc",
}  # fmt: skip

_FLAGS = {
    "has": {"attachment": "cardinality(m.attachment_names) > 0", "url": "cardinality(m.hosts) > 0"},
    "is": {
        "released": "EXISTS (SELECT FROM message_events e WHERE e.received_at = time_of(r.message_id)"
        " AND e.message_id = r.message_id AND e.recipient_id = r.id AND e.kind = 'released')",
        "expired": "r.status = 'expired'",
    },
}


def _texts(term: Term) -> tuple[Value, ...]:
    """The values of a key that cannot be compared: "<" was a part of the text ("sender:<>")."""
    if not term.operator:
        return term.values
    if KEYS[term.key].kind is not Kind.TEXT:
        raise QueryError(f"{term.key}: cannot be compared", term.position)
    value = term.values[0]
    return (Value(term.operator + value.text, value.position - len(term.operator), value.quoted),)


def _pattern(value: Value) -> str:
    """A LIKE pattern: stars are wildcards, everything else is itself."""
    text = value.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if value.quoted:
        return text
    if text.count("*") > MAX_WILDCARDS:
        raise QueryError(f"a value may have at most {MAX_WILDCARDS} wildcards", value.position)
    return text.replace("*", "%")


def _number(value: Value) -> float:
    try:
        number = float(value.text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or abs(number) > MAX_NUMBER:
        raise QueryError("this is not a number", value.position)
    return number


def _size(value: Value) -> int:
    text = value.text.lower()
    digits = text.rstrip("bgkm")
    unit = text[len(digits) :]
    if unit and unit not in _SIZES:
        raise QueryError("a size is a number with k, m or g behind it", value.position)
    number = _number(Value(digits, value.position)) * _SIZES.get(unit, 1)
    if abs(number) > MAX_NUMBER:
        raise QueryError("this size is too large", value.position)
    return int(number)


def _unknown(term: Term) -> str:
    if term.key in NOT_YET:
        return NOT_YET[term.key]
    near = difflib.get_close_matches(term.key, KEYS, n=1)
    meant = f"did you mean {near[0]}:?" if near else f"there are {', '.join(KEYS)}"
    return f'there is no key "{term.key}"; {meant} To search for the text, put it in quotes'
