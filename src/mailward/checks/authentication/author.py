# SPDX-License-Identifier: Apache-2.0
"""The one domain that a mail shows as its author's, or the reason why there is no such thing.

Stricter than any reader: where two readers could show two authors, there is none, and DMARC never
passes. Every trick of mixed header and address syntax ends here.
"""

import re

import msgspec

from mailward.checks.authentication.fields import Field, Parts
from mailward.checks.authentication.names import domain_name

MAX_VALUE = 10_000
MAX_ADDRESSES = 100

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s()<>@,;:\\"\[\].]+|[ \t]+|.', re.DOTALL)
_COMMENT_MARK = re.compile(r"[()\\]")
_INVISIBLE = bytes(range(0x21)) + bytes(range(0x7F, 0x100))


class Author(msgspec.Struct, frozen=True):
    """`domain` in A-label form, or empty, and then `why`."""

    domain: str
    why: str = ""


class _Unreadable(Exception):  # noqa: N818
    """The text is no plain list of mailboxes; the message says what is odd."""


def author(parts: Parts) -> Author:
    """The author domain of RFC 9989: that of the only From field, if all its addresses share one."""
    if parts.limit:
        return Author("", f"the header has too many {parts.limit}")
    try:
        return Author(_domain_of_from([field for field in parts.fields if _looks_like_from(field)]))
    except _Unreadable as unreadable:
        return Author("", str(unreadable))


def _domain_of_from(fields: list[Field]) -> str:
    if len(fields) != 1:
        raise _Unreadable("there are several From fields" if fields else "there is no From")
    if fields[0].label.lower() != b"from":
        raise _Unreadable("the From field is malformed")
    domains = set(addresses_domains(fields[0].value))
    if len(domains) != 1:
        raise _Unreadable("From names several domains" if domains else "From names nobody")
    return domains.pop()


def addresses_domains(value: bytes) -> list[str]:
    """The domain of each address in a From value. Raises `_Unreadable`."""
    text = value.replace(b"\r\n", b"").decode("utf-8", "replace")
    if len(text) > MAX_VALUE:
        raise _Unreadable("From is too long")
    if any(letter < " " and letter != "\t" for letter in text) or "\x7f" in text:
        raise _Unreadable("From holds control characters")
    mailboxes: list[list[str]] = [[]]
    angle = False
    for piece in _tokens(text):
        if piece == "," and not angle:
            mailboxes.append([])
            continue
        angle = piece == "<" or (angle and piece != ">")
        mailboxes[-1].append(piece)
    found = [mailbox for mailbox in mailboxes if any(not piece.isspace() for piece in mailbox)]
    if len(found) > MAX_ADDRESSES:
        raise _Unreadable("From names too many")
    return [_domain(mailbox) for mailbox in found]


def _tokens(text: str) -> list[str]:
    """Words, quoted strings, white space and single specials; comments become one space."""
    tokens: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "(":
            at = _behind_comment(text, at)
            tokens.append(" ")
            continue
        match = _TOKEN.match(text, at)
        token = match[0] if match else text[at]
        if token in ('"', "\\", "[", "]", ";", ":", ")"):
            raise _Unreadable(f"From has an odd {token}")
        tokens.append(token)
        at += len(token)
    return tokens


def _behind_comment(text: str, at: int) -> int:
    depth = 0
    while mark := _COMMENT_MARK.search(text, at):
        at = mark.end()
        if mark[0] == "\\":
            at += 1
        else:
            depth += 1 if mark[0] == "(" else -1
        if depth == 0:
            return at
    raise _Unreadable("From has an open comment")


def _domain(mailbox: list[str]) -> str:
    """The domain of `[name] <address>` or of a bare address."""
    angles = mailbox.count("<"), mailbox.count(">")
    if angles == (0, 0):
        return _address_domain(mailbox)
    if angles != (1, 1) or mailbox.index("<") > mailbox.index(">"):
        raise _Unreadable("From has odd angle brackets")
    opened, closed = mailbox.index("<"), mailbox.index(">")
    if any(not token.isspace() for token in mailbox[closed + 1 :]):
        raise _Unreadable("From has words behind the address")
    domain = _address_domain(mailbox[opened + 1 : closed])
    if "@" in mailbox[:opened] and _address_domain(mailbox[:opened]) != domain:
        raise _Unreadable("From has two addresses in one")
    return domain


def _address_domain(tokens: list[str]) -> str:
    start, end = 0, len(tokens)
    while start < end and tokens[start].isspace():
        start += 1
    while end > start and tokens[end - 1].isspace():
        end -= 1
    tokens = tokens[start:end]
    if tokens.count("@") != 1 or "," in tokens or any(token.isspace() for token in tokens):
        raise _Unreadable("From has no plain address")
    at = tokens.index("@")
    domain = "".join(tokens[at + 1 :])
    if at == 0 or '"' in domain:
        raise _Unreadable("From has no plain address")
    name = domain_name(domain)
    if not name or domain.endswith("."):
        raise _Unreadable("From names no domain")
    return name


def _looks_like_from(field: Field) -> bool:
    """Whether some reader may take this line for From: spaces and invisible octets left out."""
    return field.name == b"from" or (not field.name and field.label.translate(None, _INVISIBLE).lower() == b"from")
