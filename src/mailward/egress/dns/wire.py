# SPDX-License-Identifier: Apache-2.0
"""The wire form of DNS (RFC 1035, 6891): only what a stub that asks for seven kinds of record needs.

An own codec because it is ten times cheaper than building general message objects, and because
every offset that a stranger's server sends is checked here, in one place.
"""

import ipaddress
import struct

import msgspec

from mailward.contract.dns import DnsTrouble, MailExchange, Tlsa
from mailward.egress.dns.answer import Answer, Value

KINDS = {"A": 1, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52}
MAX_RECORDS = 400
"""Records read of one answer; one that holds more is trouble, not an answer."""
MAX_ALIASES = 10
MAX_LABELS = 128
UDP_SIZE = 1232
"""Octets of an answer over UDP that pass everywhere without fragments (DNS flag day 2020)."""

NO_ERROR, FORMAT_ERROR, NAME_ERROR = 0, 1, 3
_TRUNCATED = 0x0200
_AUTHENTIC = 0x0020
_QUERY_FLAGS = 0x0120
"""Recursion desired; AD, by which a query asks to be told what was validated (RFC 6840, 5.7)."""
_RESPONSE = 0x8000
_PLAIN = frozenset(range(0x21, 0x7F)) - frozenset(b'.\\"')
_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_PAIR = struct.Struct("!HH")


class Malformed(DnsTrouble):
    """The bytes are no DNS message."""


class Response(msgspec.Struct, frozen=True):
    """One decoded message. `rcode` is RFC 1035's; `answer` says what it means for the question. Its `secure`
    is the AD bit, which means something only where the server and the way to it are trusted."""

    rcode: int
    truncated: bool
    answer: Answer


def question(name: str, kind: str) -> bytes:
    """The question section; `name` keeps its case (it may be mixed, to be recognised again)."""
    labels = b"".join(bytes((len(label),)) + label.encode("ascii") for label in name.split("."))
    return labels + b"\0" + _PAIR.pack(KINDS[kind], 1)


def query(number: int, asked: bytes, *, extended: bool = True) -> bytes:
    """A recursive query for the question section `asked`, with an OPT record if `extended`."""
    header = _HEADER.pack(number, _QUERY_FLAGS, 1, 0, 0, 1 if extended else 0)
    return header + asked + (b"\0" + struct.pack("!HHIH", 41, UDP_SIZE, 0, 0) if extended else b"")


def answers(message: bytes, number: int, asked: bytes) -> bool | None:
    """Whether `message` answers this question: True, False, or None if it only differs in case."""
    if len(message) < _HEADER.size:
        return False
    got, flags, questions, *_ = _HEADER.unpack_from(message)
    if got != number or not flags & _RESPONSE:
        return False
    if questions == 0:  # a server that refuses may leave the question out; nothing else may
        return (flags & 15) not in (NO_ERROR, NAME_ERROR)
    echoed = message[_HEADER.size : _HEADER.size + len(asked)]
    if echoed == asked:
        return bool(questions == 1)
    return None if echoed[:-4].lower() == asked[:-4].lower() and echoed[-4:] == asked[-4:] else False


def read(message: bytes, name: str, kind: str) -> Response:
    """Decode the answer to the question for `name` (plain) and `kind`. Raises `Malformed`."""
    try:
        return _read(message, name, KINDS[kind])
    except (struct.error, IndexError, ValueError) as error:
        raise Malformed(f"malformed answer about {name}") from error


def _read(message: bytes, name: str, kind: int) -> Response:
    _, flags, questions, answered, authority, _ = _HEADER.unpack_from(message)
    rcode, truncated, secure = flags & 15, bool(flags & _TRUNCATED), bool(flags & _AUTHENTIC)
    if truncated or rcode not in (NO_ERROR, NAME_ERROR):
        return Response(rcode, truncated, Answer())
    if answered > MAX_RECORDS or authority > MAX_RECORDS:
        raise Malformed(f"too many records in an answer about {name}")
    offset = _HEADER.size
    for _ in range(questions):
        offset = _name(message, offset)[1] + 4
    records: dict[str, list[tuple[int, int, Value]]] = {}
    for _ in range(answered):
        owner, got, ttl, start, offset = _record(message, offset)
        if got in (kind, KINDS["CNAME"]):
            records.setdefault(owner, []).append((got, ttl, _value(message, got, start, offset)))
    aliased = name
    ttl = 0x7FFFFFFF
    for _ in range(MAX_ALIASES + 1):
        found = records.get(aliased, ())
        values = tuple(value for got, _, value in found if got == kind)
        if values:
            ttl = min(ttl, *(seconds for got, seconds, _ in found if got == kind))
            return Response(rcode, truncated=False, answer=Answer(values, True, "", ttl, secure))
        onward = [(value, seconds) for got, seconds, value in found if got == KINDS["CNAME"]]
        if not onward:
            break
        aliased, ttl = str(onward[0][0]), min(ttl, onward[0][1])
    else:
        raise Malformed(f"too many aliases at {name}")
    ttl = min(ttl, _negative_ttl(message, offset, authority))
    alias = aliased if aliased != name and rcode == NO_ERROR else ""
    return Response(rcode, truncated=False, answer=Answer((), rcode == NO_ERROR, alias, ttl, secure))


def _negative_ttl(message: bytes, offset: int, authority: int) -> int:
    """Seconds for which "nothing" holds: the lesser of the SOA's own TTL and its last field (RFC 2308)."""
    for _ in range(authority):
        _, got, ttl, start, offset = _record(message, offset)
        if got == KINDS["SOA"] and offset - start >= 20:  # noqa: PLR2004 - five 32-bit fields
            return int(min(ttl, struct.unpack_from("!I", message, offset - 4)[0]))
    return 0


def _record(message: bytes, offset: int) -> tuple[str, int, int, int, int]:
    """Owner, type, TTL, start and end of the data of the record at `offset`."""
    owner, offset = _name(message, offset)
    got, _, ttl, length = _RECORD.unpack_from(message, offset)
    start = offset + _RECORD.size
    if start + length > len(message):
        raise IndexError
    return owner, got, 0 if ttl > 0x7FFFFFFF else ttl, start, start + length  # noqa: PLR2004 - RFC 2181, 8


def _value(message: bytes, kind: int, start: int, end: int) -> Value:
    if kind == KINDS["TXT"]:
        strings, at = [], start
        while at < end:
            size = message[at]
            if at + 1 + size > end:
                raise IndexError
            strings.append(message[at + 1 : at + 1 + size])
            at += 1 + size
        return b"".join(strings)
    if kind in (KINDS["A"], KINDS["AAAA"]):
        return str(ipaddress.ip_address(message[start:end]))
    if kind == KINDS["MX"]:
        return MailExchange(struct.unpack_from("!H", message, start)[0], _name(message, start + 2)[0])
    if kind == KINDS["TLSA"]:
        usage, selector, matching = message[start : min(start + 3, end)]
        return Tlsa(usage, selector, matching, message[start + 3 : end])
    return _name(message, start)[0]


def _name(message: bytes, offset: int) -> tuple[str, int]:
    """The name at `offset` in lower case, and the offset behind it. Pointers only lead backwards."""
    labels: list[str] = []
    behind, limit = 0, offset
    for _ in range(MAX_LABELS):
        size = message[offset]
        if size == 0:
            return ".".join(labels), behind or offset + 1
        if size >= 0xC0:  # noqa: PLR2004 - a pointer, RFC 1035, 4.1.4
            behind = behind or offset + 2
            offset = (size & 0x3F) << 8 | message[offset + 1]
            if offset >= limit:
                raise ValueError
            limit = offset
        elif size > 63 or offset + 1 + size > len(message):  # noqa: PLR2004
            raise ValueError
        else:
            labels.append(_label(message[offset + 1 : offset + 1 + size]))
            offset += 1 + size
    raise ValueError


def _label(octets: bytes) -> str:
    """One label in lower case; octets that could be taken for something else escaped (RFC 1035, 5.1)."""
    if octets.replace(b"-", b"").replace(b"_", b"").isalnum():
        return octets.decode("ascii").lower()
    return "".join(chr(octet).lower() if octet in _PLAIN else f"\\{octet:03d}" for octet in octets)
