# SPDX-License-Identifier: Apache-2.0
"""Read an SPF record (RFC 7208, 4.6, 5, 6, 12) into terms, strictly: one error spoils the whole record."""

import ipaddress
import re
from functools import lru_cache

import msgspec

RECORDS_REMEMBERED = 4000
MAX_RECORD = 16_384

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_MACRO = re.compile(r"%(?:%|_|-|\{([slodiphcrtvSLODIPHCRTV])([0-9]*)([rR]?)([-.+,/_=]*)\})")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)\Z", re.DOTALL)
_MECHANISM = re.compile(r"([-+~?]?)([A-Za-z][A-Za-z0-9_-]*|[A-Za-z])(.*)\Z", re.DOTALL)
_TOP_LABEL = re.compile(r"(?=[A-Za-z0-9-]*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?\Z")
_IP4_LENGTH = re.compile(r"/(0|[1-9][0-9]?)\Z")
_IP6_LENGTH = re.compile(r"/(0|[1-9][0-9]{0,2})\Z")
_LENGTHS = re.compile(r"(/(?:0|[1-9][0-9]?))?(?:/(/(?:0|[1-9][0-9]{0,2})))?\Z")
_CUT = re.compile(r"/[0-9/]*\Z")


class BadRecord(ValueError):  # noqa: N818 - the field's word
    """The record is in error ("permerror"); the text says where."""


class Macro(msgspec.Struct, frozen=True):
    """One "%{...}". `letter` is in lower case; `escaped` if it was a capital; `keep` is how many
    right-most parts stay, 0 for all."""

    letter: str
    escaped: bool
    keep: int
    turned: bool
    delimiters: str


Text = tuple[str | Macro, ...]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One mechanism. `text` is the record's own words; `target` is empty for the current domain;
    `network` is set for ip4 and ip6; `lengths` are the prefix lengths for IPv4 and IPv6."""

    qualifier: str
    name: str
    text: str
    target: Text = ()
    network: IPNetwork | None = None
    lengths: tuple[int, int] = (32, 128)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record. `redirect` and `explanation` are None where the modifier is absent."""

    terms: tuple[Term, ...]
    redirect: Text | None = None
    explanation: Text | None = None


def is_spf(record: bytes) -> bool:
    """Whether a TXT record is an SPF record of version 1 (4.5)."""
    return record[:6].lower() == b"v=spf1" and record[6:7] in (b"", b" ")


@lru_cache(maxsize=RECORDS_REMEMBERED)
def read_record(record: bytes) -> Record:
    """Read a record that `is_spf`. Raises `BadRecord`."""
    if len(record) > MAX_RECORD:
        raise BadRecord("the record is too long")
    try:
        text = record.decode("ascii")
    except UnicodeDecodeError as error:
        raise BadRecord("the record is not ASCII") from error
    terms: list[Term] = []
    modifiers: dict[str, Text] = {}
    for word in filter(None, text[6:].split(" ")):
        modifier = _MODIFIER.match(word)
        if modifier is None:
            terms.append(_mechanism(word))
            continue
        name, value = modifier[1].lower(), modifier[2]
        if name in ("redirect", "exp"):
            if name in modifiers:
                raise BadRecord(f"{name}= stands there twice")
            modifiers[name] = read_domain(value, word)
        else:
            read_macros(value, word)
    return Record(terms=tuple(terms), redirect=modifiers.get("redirect"), explanation=modifiers.get("exp"))


def _mechanism(word: str) -> Term:
    match = _MECHANISM.match(word)
    if match is None:
        raise BadRecord(f"{word[:60]!r} is no mechanism")
    qualifier, name, rest = match[1] or "+", match[2].lower(), match[3]
    if name == "all" and not rest:
        return Term(qualifier=qualifier, name=name, text=word)
    if name in ("ip4", "ip6") and rest.startswith(":"):
        return Term(qualifier=qualifier, name=name, text=word, network=_network(name, rest[1:], word))
    if name in ("include", "exists") and rest.startswith(":"):
        return Term(qualifier=qualifier, name=name, text=word, target=read_domain(rest[1:], word))
    if name == "ptr" and (not rest or rest.startswith(":")):
        return Term(qualifier=qualifier, name=name, text=word, target=read_domain(rest[1:], word) if rest else ())
    if name in ("a", "mx") and (not rest or rest[0] in ":/"):
        target, lengths = _target_and_lengths(rest, word)
        return Term(qualifier=qualifier, name=name, text=word, target=target, lengths=lengths)
    raise BadRecord(f"{word[:60]!r} is in error")


def _network(name: str, text: str, word: str) -> IPNetwork:
    address, slash, _ = text.partition("/")
    length = (_IP4_LENGTH if name == "ip4" else _IP6_LENGTH).match(text[len(address) :])
    if (slash and length is None) or "%" in address:
        raise BadRecord(f"{word[:60]!r} is no network")
    try:
        if name == "ip4":
            return ipaddress.IPv4Network((ipaddress.IPv4Address(address), int(length[1]) if length else 32), False)
        return ipaddress.IPv6Network((ipaddress.IPv6Address(address), int(length[1]) if length else 128), False)
    except ValueError as error:
        raise BadRecord(f"{word[:60]!r} is no network") from error


def _target_and_lengths(rest: str, word: str) -> tuple[Text, tuple[int, int]]:
    cut = _CUT.search(rest)
    tail = cut[0] if cut else ""
    head = rest[: len(rest) - len(tail)]
    lengths = _LENGTHS.match(tail)
    if lengths is None:
        raise BadRecord(f"{word[:60]!r} has no such prefix length")
    four = int(lengths[1][1:]) if lengths[1] else 32
    six = int(lengths[2][1:]) if lengths[2] else 128
    if four > 32 or six > 128:  # noqa: PLR2004 - bits of an address
        raise BadRecord(f"{word[:60]!r} has no such prefix length")
    return (read_domain(head[1:], word) if head else ()), (four, six)


def read_domain(text: str, word: str) -> Text:
    """A domain-spec (7.1): it ends in a macro or in a top label. Raises `BadRecord`."""
    pieces = read_macros(text, word)
    if not pieces:
        raise BadRecord(f"{word[:60]!r} names no domain")
    last = pieces[-1]
    if isinstance(last, str):
        if text.endswith(("%%", "%_", "%-")):
            raise BadRecord(f"{word[:60]!r} does not end in a domain")
        head, dot, top = last.removesuffix(".").rpartition(".")
        if not (dot or len(pieces) > 1) or not _TOP_LABEL.match(top):
            raise BadRecord(f"{word[:60]!r} does not end in a domain")
        if not dot and not head:
            raise BadRecord(f"{word[:60]!r} does not end in a domain")
    return pieces


def read_macros(text: str, word: str, *, explaining: bool = False) -> Text:
    """A macro-string (7.1) as literal pieces and macros; "%{c}", "%{r}" and "%{t}" only when
    `explaining` (7.2). Raises `BadRecord`."""
    pieces: list[str | Macro] = []
    literal, at = "", 0
    while at < len(text):
        percent = text.find("%", at)
        literal += text[at : percent if percent >= 0 else len(text)]
        if percent < 0:
            break
        match = _MACRO.match(text, percent)
        if match is None:
            raise BadRecord(f"{word[:60]!r} has a broken macro")
        at = match.end()
        if match[1] is None:
            literal += {"%%": "%", "%_": " ", "%-": "%20"}[match[0]]
            continue
        if match[1] in "crtCRT" and not explaining:
            raise BadRecord(f"{word[:60]!r} has a macro that is for explanations")
        if match[2] and (not int(match[2][:9]) or len(match[2]) > 9):  # noqa: PLR2004
            raise BadRecord(f"{word[:60]!r} has a broken macro")
        if literal:
            pieces.append(literal)
            literal = ""
        pieces.append(Macro(match[1].lower(), match[1].isupper(), int(match[2] or 0), bool(match[3]), match[4] or "."))
    if literal:
        pieces.append(literal)
    if any(isinstance(piece, str) and not all(0x20 <= ord(c) < 0x7F for c in piece) for piece in pieces):  # noqa: PLR2004
        raise BadRecord(f"{word[:60]!r} has characters that do not belong there")
    return tuple(pieces)
