# SPDX-License-Identifier: Apache-2.0
"""Tables for spreadsheets, in which no cell of a stranger is a formula (CWE-1236; OWASP ASVS 1.2.10)."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe(cell: object) -> str:
    """The text of a cell; one that a spreadsheet might execute begins with an apostrophe. Numbers stay numbers.

    >>> safe("=1+1")
    "'=1+1"
    """
    text = "" if cell is None else str(cell)
    if isinstance(cell, int | float):
        return text
    return f"'{text}" if text.startswith(_FORMULA) else text


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV with CRLF (RFC 4180), every text quoted."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        writer.writerow([cell if isinstance(cell, int | float) else safe(cell) for cell in row])
    return text.getvalue()
