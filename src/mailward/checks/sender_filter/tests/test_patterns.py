# SPDX-License-Identifier: Apache-2.0
"""Every form of an entry, whom it names and whom not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.checks.sender_filter.patterns import naming, read_pattern


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ann@Sender.Test", "ann@sender.test"),
        ("ann@*.sender.test", "ann@*.sender.test"),
        ("ann@*", "ann@*"),
        ("*@sender.test.", "*@sender.test"),
        ("*@*.sender.test", "*@*.sender.test"),
        ("sender.test", "*@sender.test"),
        ("ann@bücher.test", "ann@xn--bcher-kva.test"),
    ],
)
def test_entries_are_brought_into_one_form(text, plain):
    assert read_pattern(text) == plain


@pytest.mark.parametrize(
    "text", ["", "*@*", "@", "ann@", "*@*.*", "a*@x.test", "ann@x..test", "*@*.", "a b@x.test", "x" * 400]
)
def test_what_is_no_entry_is_explained(text):
    with pytest.raises(ValueError, match=r"\w{3}"):
        read_pattern(text)


@pytest.mark.parametrize(
    ("pattern", "named", "not_named"),
    [
        ("ann@sender.test", ["ANN@SENDER.TEST"], ["bob@sender.test", "ann@mail.sender.test"]),
        ("ann@*.sender.test", ["ann@a.b.sender.test"], ["ann@sender.test", "ann@xsender.test"]),
        ("ann@*", ["ann@anywhere.test"], ["bob@anywhere.test"]),
        ("*@sender.test", ["bob@sender.test"], ["bob@mail.sender.test"]),
        ("*@*.sender.test", ["bob@mail.sender.test"], ["bob@sender.test"]),
        ("*@xn--bcher-kva.test", ["ann@bücher.test"], []),
    ],
)
def test_an_entry_names_whom_it_should(pattern, named, not_named):
    assert all(pattern in naming(address) for address in named)
    assert not any(pattern in naming(address) for address in not_named)


@pytest.mark.parametrize("address", ["", "postmaster", "@sender.test", "ann@", "a@" + "x." * 300 + "test", "a" * 400])
def test_the_null_sender_and_what_is_no_address_have_no_entries(address):
    assert naming(address) == ()


@given(st.text(max_size=330))
def test_no_address_breaks_it_or_grows_without_bound(text):
    assert len(naming(text)) <= 63
