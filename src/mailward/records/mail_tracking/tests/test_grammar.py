# SPDX-License-Identifier: Apache-2.0
"""Whatever people type: a tree or a `QueryError`, in time that grows with the text, and parameters only."""

import contextlib
import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.records.mail_tracking.grammar import (
    MAX_QUERY,
    Either,
    Every,
    Not,
    QueryError,
    Term,
    Value,
    Word,
    parse,
)
from mailward.records.mail_tracking.keys import KEYS, NOT_YET
from mailward.records.mail_tracking.search import compile_query

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

pieces = st.one_of(
    st.sampled_from([
        " ", "(", ")", "-", "OR", "NOT", "AND", '"', "\\", ",", ":", ":>=", "<", "*", "%", "_", "'", ";", "--", "$1",
        "last:7d", "on:today", "24h", "5k", "1e9", "0x1", "::1", "10.0.0.0/8", "{}", "\0", "\ud800", "\uff46", "İ",
    ]),
    st.sampled_from([f"{key}:" for key in [*KEYS, *NOT_YET, "nokey"]]),
    st.text(max_size=8),
)  # fmt: skip
queries = st.one_of(st.text(max_size=200), st.lists(pieces, max_size=30).map("".join))


def compiled(query):
    try:
        return compile_query(query, now=NOW)
    except QueryError as exc:
        return exc


@given(queries)
def test_nothing_but_the_typed_error(query):
    where = compiled(query)
    if isinstance(where, QueryError):
        assert 0 <= where.position <= max(len(query), 1)
        assert where.detail
        return
    numbers = {int(number) for number in re.findall(r"\$(\d+)", where.condition)}
    assert numbers == set(range(1, len(where.parameters) + 1))
    assert where.since.tzinfo is not None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters='\0"\\'), min_size=1, max_size=50))
def test_what_was_typed_never_gets_into_the_sql(text):
    marker = f"zq{text}qz"
    for query in (f'"{marker}"', f'subject:"{marker}"', f'reason:"{marker}"', f'domain:"{marker}"', f'ext:"{marker}"'):
        where = compile_query(query, now=NOW)
        assert marker not in where.condition
        assert "zq" not in where.condition
        assert any("zq" in parameter for parameter in where.parameters)


@pytest.mark.parametrize(
    "query",
    ["(" * MAX_QUERY, "-" * MAX_QUERY, "a" * MAX_QUERY, "a:" * 1000, '"' * MAX_QUERY, "NOT " * 500, "a," * 1000,
     "x:" + "a," * 990, "\\" * MAX_QUERY, "(a)" * 600, ")" * MAX_QUERY, "subject:" + "*a" * 900],
)  # fmt: skip
def test_hostile_queries_are_cheap(query):
    started = time.process_time()
    for _ in range(20):
        with contextlib.suppress(QueryError):
            compile_query(query, now=NOW)
    assert time.process_time() - started < 1


def word(text, position, **options):
    return Word(Value(text, position, **options))


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", Every(())),
        ("  a  b ", Every((word("a", 2), word("b", 5)))),
        ("a OR b c", Either((word("a", 0), Every((word("b", 5), word("c", 7)))))),
        ("a AND b", Every((word("a", 0), word("b", 6)))),
        ("or and not", Every((word("or", 0), word("and", 3), word("not", 7)))),
        ("-a", Not(word("a", 1))),
        ("NOT (a)", Not(word("a", 5))),
        ("a - b", Every((word("a", 0), word("-", 2), word("b", 4)))),
        ("12:30", word("12:30", 0)),
        (r'"a \"b\" \\ \c"', word(r'a "b" \ \c', 0, quoted=True)),
        ('From:a,"b c"', Term("from", (Value("a", 5), Value("b c", 7, True)), 0)),
        ("size:>=5k", Term("size", (Value("5k", 7),), 0, ">=")),
        ("(a)b", Every((word("a", 1), word("b", 3)))),
    ],
)
def test_trees(query, tree):
    assert parse(query) == tree
