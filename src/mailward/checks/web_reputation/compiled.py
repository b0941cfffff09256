# SPDX-License-Identifier: Apache-2.0
"""An organization's exceptions in memory: which addresses are never judged, and which not by their shape."""

import re
from collections.abc import Iterable
from typing import Any

import re2

from mailward.checks.web_reputation.shapes import WebExceptionList
from mailward.engines.web_reputation import places

MAX_EXCEPTIONS = 20_000
"""Of one organization, both kinds together."""

_KEYWORD = re.compile(r"[A-Za-z0-9_]{3,256}")


class Exceptions:
    """Asked for each address of a mail."""

    def __init__(self, entries: Iterable[tuple[str, str]] = ()) -> None:
        approved: list[str] = []
        keywords: list[str] = []
        for which, pattern in entries:
            (approved if which == WebExceptionList.APPROVED else keywords).append(pattern)
        self._approved = frozenset(approved)
        self._keywords: Any = re2.compile("(?i)" + "|".join(sorted(keywords))) if keywords else None

    def approving(self, url: str, host: str) -> str:
        """The entry that approves a normalised address, the narrowest; or ""."""
        if not self._approved:
            return ""
        folders = places.folders(places.rest_of(url))
        candidates = (*(host + folder for folder in folders), host, *(f"*.{name}" for name in places.hosts(host)))
        return next((name for name in candidates if name in self._approved), "")

    def keyword(self, url: str) -> str:
        """The word in the path or query of an address that keeps its shape from counting, in lower case; or ""."""
        found = self._keywords.search(places.rest_of(url)) if self._keywords is not None else None
        return found[0].lower() if found else ""


def read_pattern(which: WebExceptionList, text: str) -> str:
    """A pattern in plain form. Raises ValueError with a sentence."""
    plain = text.strip()
    if which is WebExceptionList.KEYWORD:
        if not _KEYWORD.fullmatch(plain):
            raise ValueError(f"{text[:60]!r} is no keyword: 3 to 256 letters, digits and underscores")
        return plain.lower()
    name = places.entry(plain)
    if not plain.startswith("*."):
        return name
    if "/" in name or places.is_address(name):
        raise ValueError(f"{text[:60]!r}: *. stands before a domain, without a path")
    return f"*.{name}"
