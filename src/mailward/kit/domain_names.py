# SPDX-License-Identifier: Apache-2.0
"""Domain names in the one form in which they are stored and compared: A-labels, lower case, no final dot."""

import re
import unicodedata

import idna

MAX_NAME = 253
_OTHER_DOTS = frozenset("\N{IDEOGRAPHIC FULL STOP}\N{FULLWIDTH FULL STOP}\N{HALFWIDTH IDEOGRAPHIC FULL STOP}")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def plain_domain(text: str) -> str:
    """The A-label form of a domain, or "" if it is none."""
    text = in_ascii(text)
    if not 0 < len(text) <= MAX_NAME or not all(_LABEL.fullmatch(label) for label in text.split(".")):
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
    """What stands behind the last @ of a mail address, in its plain form where it has one, else in lower case; all of
    the text where there is no @."""
    name = address.rpartition("@")[2].lower()
    return name if name.isascii() else plain_domain(name) or name


def envelope_domain(text: str) -> str:
    """The A-label form of a domain with letters outside ASCII that stands in an envelope, or "" if it is none.

    What people type is read kindly by `plain_domain`. A program that speaks SMTP must send U-labels (RFC 6531, 3.3;
    RFC 5890, 2.3.2.1), so signs that a reader might map to others, or to nothing, make it no domain: dots that are
    none, wide letters, soft hyphens, a Kelvin sign for a k.
    """
    if len(text) > MAX_NAME or not _OTHER_DOTS.isdisjoint(text):
        return ""
    if any(not sign.isascii() and any(map(str.isascii, sign.lower())) for sign in text):
        return ""
    try:
        return idna.encode(unicodedata.normalize("NFC", text.lower())).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return ""


def parents(name: str, *, most: int = 30) -> list[str]:
    """The domains above a name, the longest first, never the name itself; at most so many."""
    labels = name.split(".")
    first = max(1, len(labels) - most)
    return [".".join(labels[start:]) for start in range(first, len(labels))]
