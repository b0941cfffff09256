# SPDX-License-Identifier: Apache-2.0
"""A cell of a stranger is never a formula, and the file reads back."""

import csv
import io

import pytest

from mailward.kit.csv_export import lines, safe


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"])
def test_what_a_spreadsheet_might_execute_is_text(cell):
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["a", "1", "", "a=b", "'x"])
def test_other_text_stays(cell):
    assert safe(cell) == cell


def test_numbers_stay_numbers_and_quotes_are_doubled():
    text = lines([["name", "n"], ['say "hi", then\nleave', -5], [None, 2]])
    assert text.startswith('"name","n"\r\n')
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["name", "n"], ['say "hi", then\nleave', "-5"], ["", "2"],
    ]  # fmt: skip
