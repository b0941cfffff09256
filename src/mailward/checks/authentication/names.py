# SPDX-License-Identifier: Apache-2.0
"""Domain names as the authentication standards compare them: ASCII, lower case, no final dot."""

from functools import lru_cache

from mailward.kit.domain_names import in_ascii

MAX_NAME = 253
MAX_LABEL = 63
NAMES_REMEMBERED = 10_000
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def domain_name(text: str) -> str:
    """The A-label form of a domain of at least one label, or "" if it is none.

    >>> domain_name("Bücher.Example.")
    'xn--bcher-kva.example'
    """
    return _domain_name(text) if len(text) <= MAX_NAME + 1 else ""


@lru_cache(maxsize=NAMES_REMEMBERED)
def _domain_name(text: str) -> str:
    text = in_ascii(text)
    if not 0 < len(text) <= MAX_NAME:
        return ""
    for label in text.split("."):
        if not 0 < len(label) <= MAX_LABEL or not _LETTERS.issuperset(label):
            return ""
    return text


def is_below(name: str, parent: str) -> bool:
    """Whether `name` is `parent` or a name below it."""
    return name == parent or name.endswith("." + parent)


def domain_of(address: str) -> str:
    """The domain of an envelope address, "" if it has none."""
    return domain_name(address.rpartition("@")[2]) if "@" in address else ""
