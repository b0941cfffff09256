# SPDX-License-Identifier: Apache-2.0
"""Which schema this program was written for, told from the history's file names: no process loads an ORM to know."""

import re
from pathlib import Path

VERSIONS = Path(__file__).parent / "migrations" / "versions"
_DOWN = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def newest() -> str:
    """The newest revision, such as "0003": the one that no other builds on."""
    texts = {path.name[:4]: path.read_text("utf-8") for path in VERSIONS.glob("[0-9]*.py")}
    before = {match[1] for text in texts.values() if (match := _DOWN.search(text))}
    return max(set(texts) - before)
