# SPDX-License-Identifier: Apache-2.0
"""Domain names in the one form in which they are stored and compared: A-labels, lower case, no final dot."""

import re

import idna

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def plain_domain(text: str) -> str:
    """The A-label form of a domain, or "" if it is none."""
    text = in_ascii(text)
    if not 0 < len(text) <= 253 or not all(_LABEL.fullmatch(label) for label in text.split(".")):  # noqa: PLR2004 - RFC 1035
        return ""
    return text


def in_ascii(text: str) -> str:
    """A name in A-labels and lower case, without a final dot; "" if IDNA knows no such name."""
    text = text.strip().removesuffix(".").lower()
    if text.isascii():
        return text
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""


def domain_of(address: str) -> str:
    """What stands behind the last @ of a mail address, in lower case; all of it where there is no @."""
    return address.rpartition("@")[2].lower()


def parents(name: str, *, most: int = 30) -> list[str]:
    """The domains above a name, the longest first, never the name itself; at most so many."""
    labels = name.split(".")
    first = max(1, len(labels) - most)
    return [".".join(labels[start:]) for start in range(first, len(labels))]
