# SPDX-License-Identifier: Apache-2.0
"""Transfer encodings undone the way mail readers undo them, with a note of where readers would differ.

Strict decoders lose a whole attachment to one stray letter, and that is how attachments are hidden
from gateways. Here damaged data is decoded anyway; `junk` names the damage and `others` holds what
the same bytes become for a reader of another opinion, so that every version can be looked at.
"""

import binascii
import re

import msgspec
import pybase64

from mailward.message.limits import MAX_ENCLOSED, MAX_NAME

_SPACE = b" \t\r\n"
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_ALPHABET + b"="))
_FIRST_JUNK = re.compile(rb"[^A-Za-z0-9+/=\s]")
_PAYLOAD_LINE = re.compile(rb"^[A-Za-z0-9+/]{24,}={0,2}[ \t\r]*$", re.MULTILINE)
_MAX_SEGMENTS = 2_000
_MAX_LINES = 20_000
"""Base64 lines decoded one by one for the readers who do so; a megabyte has 13,500 of the usual length."""

_QP_JUNK = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
_QP_LOOSE_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")

_QP_LOWER = re.compile(rb"=(?:[a-f][0-9a-f]|[0-9][a-f])")
_QP_UPPER = re.compile(rb"=(?:[A-F][0-9A-F]|[0-9][A-F])")

_UU_BEGIN = re.compile(rb"^begin(?:-base64)?[ \t]+[0-7]{3,4}[ \t]+([^\r\n]{1,255})\r?$", re.MULTILINE)
_YENC_BEGIN = re.compile(rb"^=ybegin [^\r\n]{0,200}name=([^\r\n]{1,255})\r?$", re.MULTILINE)
_YENC_TABLE = bytes((byte - 42) & 255 for byte in range(256))
_UU_ZERO = 32


class Decoded(msgspec.Struct, frozen=True):
    """What the bytes become, the damage met on the way (empty if none), and other readers' versions."""

    data: bytes
    junk: str = ""
    others: tuple[bytes, ...] = ()


def base64(raw: bytes) -> Decoded:
    """RFC 2045, 6.8. Whitespace and a missing final padding are no damage; neither is a footer that a
    mailing list wrote below the data, as long as it holds nothing that could be data."""
    compact = raw.translate(None, _SPACE)
    try:
        data = pybase64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        return _damaged(raw, compact)
    if _even(raw, len(compact)):
        return Decoded(data)
    lines = b"".join([_segment(line) for line in raw.split(None, _MAX_LINES)])
    return Decoded(data, "lines of odd length", (lines,) if lines != data else ())


def _even(raw: bytes, size: int) -> bool:
    """Whether every line holds whole groups of four letters, so that decoding by line changes nothing."""
    first = raw.lstrip().partition(b"\n")[0].strip()
    if len(first) == size:
        return b" " not in first
    if first and len(first) % 4 == 0 and raw.strip().count(b"\n") + 1 == -(-size // len(first)):
        return True
    lines = raw.split()
    return not any(len(line) % 4 for line in lines[:-1])


def _damaged(raw: bytes, compact: bytes) -> Decoded:
    found = _FIRST_JUNK.search(raw)
    if found is not None:
        line = raw.rfind(b"\n", 0, found.start()) + 1
        head = raw[:line].translate(None, _SPACE)
        if head and head.count(b"=", 0, -2) == 0 and not _PAYLOAD_LINE.search(raw, line):
            return Decoded(_segment(head.rstrip(b"=")))
    clean = compact.translate(None, _NOT_BASE64)
    body = clean.rstrip(b"=")
    if found is None and b"=" not in body and _even(raw, len(compact)):
        return Decoded(_segment(body))
    cause = "foreign characters" if found is not None else "padding before the end, or lines of odd length"
    pieces = re.split(rb"=+", body, maxsplit=_MAX_SEGMENTS)
    lines = raw.split(b"\n", _MAX_LINES)
    versions: tuple[bytes, ...] = (
        b"".join([_segment(piece) for piece in pieces]),
        _segment(body),
        _segment(pieces[0]),
        b"".join([_segment(line.translate(None, _NOT_BASE64)) for line in lines]),
        _segment(b"".join([_FIRST_JUNK.split(line, maxsplit=1)[0].translate(None, _SPACE) for line in lines])),
        _segment(b"".join([text for line in lines if not _FIRST_JUNK.search(text := line.translate(None, _SPACE))])),
        _segment(raw.rstrip().rpartition(b"\n\n")[2].translate(None, _NOT_BASE64)),
    )
    if len(clean) < len(compact) // 2:
        versions += (raw,)
    distinct = tuple(dict.fromkeys(version for version in versions if version))
    return Decoded(distinct[0] if distinct else b"", cause, distinct[1:])


def _segment(piece: bytes) -> bytes:
    """Decode letters of the alphabet alone, of any number."""
    piece = piece.replace(b"=", b"")
    over = len(piece) % 4
    if over == 1:
        piece = piece[:-1]
    elif over:
        piece += b"=" * (4 - over)
    try:
        return pybase64.b64decode(piece, validate=True)
    except (binascii.Error, ValueError):
        return b""


def quoted_printable(raw: bytes) -> Decoded:
    """RFC 2045, 6.7. What is no escape stands for itself, and is noted."""
    if b"=" not in raw:
        return Decoded(raw)
    if b"= " in raw or b"=\t" in raw:
        raw = _QP_LOOSE_BREAK.sub(b"=", raw)
    data = binascii.a2b_qp(raw)
    found = _QP_JUNK.search(raw)
    if found is None:
        if _QP_LOWER.search(raw) and _QP_UPPER.search(raw):
            return Decoded(data, "escapes in both cases", (binascii.a2b_qp(_QP_LOWER.sub(b"", raw)),))
        return Decoded(data)
    dropped = binascii.a2b_qp(_QP_JUNK.sub(b"", raw))
    cause = "an escape that is none: " + raw[found.start() : found.start() + 3].decode("latin-1")
    return Decoded(data, cause, (dropped,) if dropped != data else ())


def q_word(text: bytes) -> bytes:
    """The Q encoding of RFC 2047, 4.2."""
    return binascii.a2b_qp(text, header=True)


def enclosed(raw: bytes) -> list[tuple[str, bytes]]:
    """Files that stand inside a text between uuencode or yEnc frames, as (name, bytes)."""
    found: list[tuple[str, bytes]] = []
    at = 0
    while b"begin" in raw and len(found) < MAX_ENCLOSED and (begin := _UU_BEGIN.search(raw, at)):
        end = raw.find(b"\nend", begin.end())
        at = len(raw) if end < 0 else end
        data = base64(raw[begin.end() : at]).data if begin[0].startswith(b"begin-") else _uu(raw[begin.end() : at])
        if data:
            found.append((_name(begin[1]), data))
    at = 0
    while b"=ybegin " in raw and len(found) < MAX_ENCLOSED and (begin := _YENC_BEGIN.search(raw, at)):
        end = raw.find(b"\n=yend", begin.end())
        at = len(raw) if end < 0 else end
        found.append((_name(begin[1]), _yenc(raw[begin.end() : at])))
    return found


def uuencoded(raw: bytes) -> Decoded:
    """The first framed file of a part that is declared as uuencoded; without a frame, its bare lines."""
    files = enclosed(raw)
    return Decoded(files[0][1], "", tuple(data for _, data in files[1:])) if files else Decoded(_uu(raw))


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").strip().strip('"')[:MAX_NAME]


def _uu(raw: bytes) -> bytes:
    out = bytearray()
    for line in raw.split(b"\n"):
        text = line.rstrip(b"\r")
        if not text:
            continue
        try:
            out += binascii.a2b_uu(text)
        except binascii.Error:
            size = (text[0] - _UU_ZERO) & 63
            try:
                out += binascii.a2b_uu(text[: 1 + (size * 4 + 2) // 3])
            except binascii.Error:
                continue
    return bytes(out)


def _yenc(raw: bytes) -> bytes:
    lines = [line for line in raw.split(b"\n") if not line.startswith(b"=ypart ")]
    pieces = b"".join(lines).replace(b"\r", b"").split(b"=")
    out = [pieces[0].translate(_YENC_TABLE)]
    for piece in pieces[1:]:
        if piece:
            out.append(bytes(((piece[0] - 106) & 255,)))
            out.append(piece[1:].translate(_YENC_TABLE))
    return b"".join(out)
