# SPDX-License-Identifier: Apache-2.0
"""What a sealer wrote down of its own DMARC check (ARC-Authentication-Results, RFC 8617, 4.1.1).

A sealer's server puts strangers' words into that field, so it is read as strictly as RFC 8601 writes
it: what is not plain, or is said twice, was not said.
"""

import re

from mailward.checks.authentication.names import domain_name
from mailward.contract.authentication import Sealed

MAX_VALUE = 8000
"""Characters; a longer field says nothing."""

_PIECES = re.compile(r'"(?:[^"\\\r\n]|\\.)*"|[();\\"]|[^();\\"]+')
_WORD = re.compile(r'([a-z0-9./-]+) *= *("(?:[^"\\]|\\.)*"|[^\s"]+)', re.IGNORECASE)
_METHOD = re.compile(r"dmarc(?: */ *1)? *= *([a-z]+)\b", re.IGNORECASE)


def read_sealed(value: bytes) -> Sealed:
    """The DMARC result and its author domain. Never raises."""
    if len(value) > MAX_VALUE:
        return Sealed()
    statements = _statements(value.decode("latin-1"))
    found = [statement for statement in statements[2:] if _METHOD.match(statement)]
    if len(found) != 1:
        return Sealed()
    result = _METHOD.match(found[0])
    assert result is not None
    authors = [text.strip('"') for name, text in _WORD.findall(found[0]) if name.lower() == "header.from"]
    if len(authors) != 1 or not domain_name(authors[0]):
        return Sealed()
    return Sealed(dmarc=result[1].lower(), author=domain_name(authors[0]))


def _statements(text: str) -> list[str]:
    """The field cut at its semicolons, comments left out; nothing if a comment or quote is open."""
    statements, depth = [""], 0
    for piece in _PIECES.findall(re.sub(r"\r\n(?=[ \t])|\t", " ", text)):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth -= 1
            if depth < 0:
                return []
            statements[-1] += " "
        elif piece in ("\\", '"') or (depth and piece[0] == '"' and re.search(r"[()]", piece)):
            return []
        elif depth:
            continue
        elif piece == ";":
            statements.append("")
        else:
            statements[-1] += piece
    return [statement.strip() for statement in statements] if depth == 0 else []
