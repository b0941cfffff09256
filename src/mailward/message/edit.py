# SPDX-License-Identifier: Apache-2.0
"""Edits of one recipient's copy, applied to the bytes that were received.

Only what an edit names is touched: fields are cut out by their offsets, lines are put in, and every
other byte stays, so that an unedited mail is identical and an edited one parses as before. A stamp
never goes into a signed or encrypted mail, nor where it is unclear what readers will see.
"""

import binascii
import html as escaping
import re

from mailward.contract.decision import Edits
from mailward.message import charsets
from mailward.message.message import Message, parse
from mailward.message.parts import Part
from mailward.message.words import encoded, folded

_PROTECTED = frozenset(
    """multipart/signed multipart/encrypted application/pkcs7-mime application/x-pkcs7-mime
    application/pkcs7-signature application/x-pkcs7-signature application/pgp-encrypted
    application/pgp-signature""".split()
)
_ARMOUR = b"-----BEGIN PGP "
_BODY_TAG = re.compile(r"<body(?:\s[^<>]{0,2000})?>", re.IGNORECASE)
_NAME = re.compile(r"[!-9;-~]{1,76}\Z")
_FIRST_FIELD = re.compile(rb"[!-9;-~]{1,76}:")
"""A mail that begins with a field, as nearly all do: what goes on top goes before it, and nothing need be parsed."""
_LINE = 76
_STYLE = (
    "margin:0 0 1em;padding:.5em .75em;border-left:4px solid #b45309;background:#fffbeb;color:#1c1917;"
    "font:14px sans-serif"
)

Splice = tuple[int, int, bytes]


def apply(raw: bytes, edits: Edits) -> bytes:
    """`raw` with the edits made; identical bytes if there are none. Never raises for any mail.

    Header names that are no header names are left out; line breaks in values become spaces.
    """
    if edits == Edits():
        return raw
    end = _line_end(raw)
    if not (edits.removed or edits.subject_tag or edits.stamp) and _FIRST_FIELD.match(raw):
        return _topped(edits, end).encode("ascii") + raw
    message = parse(raw)
    splices = _removals(message, edits.removed)
    if edits.subject_tag:
        splices += _tagged(message, edits, end)
    top = _topped(edits, end)
    start = _line_start(raw, message.headers[0].start) if message.headers else 0
    if top:
        block = top.encode("ascii")
        splices.append((start, start, block if message.headers or message.body_start else block + end.encode()))
    edited = _spliced(raw, splices)
    if edits.stamp and stampable(message):
        edited = _stamped(edited, edits.stamp) or edited
    return edited


def _topped(edits: Edits, end: str) -> str:
    """The fields that go on top."""
    return "".join(folded(name, value, end) for name, value in edits.headers if _NAME.match(name))


def stampable(message: Message) -> bool:
    """Whether a stamp can be put into the mail without breaking or hiding anything."""
    if any(part.content_type in _PROTECTED for part in message.tree) or message.structure.ambiguities:
        return False
    places = _places(message)
    return bool(places) and not any(_ARMOUR in part.decode() for part in places)


def _line_end(raw: bytes) -> str:
    first = raw.find(b"\n")
    return "\n" if first >= 0 and raw[first - 1 : first] != b"\r" else "\r\n"


def _line_start(raw: bytes, at: int) -> int:
    """`at` if a line begins there for every reader, else the top: a CR alone ends lines only where no LF does,
    and the lines that are put in bring one."""
    return at if raw.endswith(b"\n", 0, at) else 0


def _spliced(raw: bytes, splices: list[Splice]) -> bytes:
    out: list[bytes] = []
    at = 0
    for start, stop, new in sorted(splices, key=lambda splice: (splice[0], splice[1])):
        if start < at:
            continue
        out += (raw[at:start], new)
        at = stop
    out.append(raw[at:])
    return b"".join(out)


def _removals(message: Message, removed: tuple[int, ...]) -> list[Splice]:
    count = len(message.headers)
    chosen = [message.headers[index] for index in sorted(set(removed)) if 0 <= index < count]
    return [(header.start, header.end, b"") for header in chosen]


def _tagged(message: Message, edits: Edits, end: str) -> list[Splice]:
    """The tag in front of every Subject that stays; a mail without one gets one."""
    tag = " ".join(edits.subject_tag.split())
    fields = [header for header in message.fields("subject") if header.index not in edits.removed]
    if not fields:
        at = message.headers[-1].end if message.headers else 0
        return [(at, at, folded("Subject", tag, end).encode("ascii"))]
    splices: list[Splice] = []
    for header in fields:
        if message.readable(header).startswith(tag):
            continue
        value = header.value.lstrip()
        word = tag
        if not tag.isascii() or "=?" in tag:
            # White space between two encoded words is not shown: then it goes into the first.
            word = encoded(tag + " " if value.startswith(b"=?") else tag)
        first = value.split(b"\n", 1)[0].rstrip(b"\r")
        long = len(header.name) + len(word) + len(first) + 3 > _LINE
        gap = f"{end} " if long and value else " "
        line = f"{header.name}: {word}{gap}".encode() + value
        splices.append((header.start, header.end, line + end.encode()))
    return splices


def _places(message: Message) -> list[Part]:
    """The parts that readers show first: one, or every version of it in a multipart/alternative."""
    tree = [part for part in message.tree if not part.alternative and part.source is message.raw]
    for part in tree:
        if part.container:
            if part.content_type.startswith("message/"):
                return []
            if part.content_type == "multipart/alternative":
                return _versions(tree, part)
            continue
        return [part] if _text(part) else []
    return []


def _versions(tree: list[Part], container: Part) -> list[Part]:
    prefix = f"{container.base}." if container.base else ""
    inside = [part for part in tree if part is not container and part.path.startswith(prefix)]
    return [part for part in inside if not part.container and _text(part)]


def _text(part: Part) -> bool:
    return part.content_type in {"text/plain", "text/html"} and not part.attached and len(part.encodings) == 1


def _stamped(raw: bytes, stamp: str) -> bytes | None:
    """The mail with the stamp in each place; None if any place refuses it, or anything else would change."""
    message = parse(raw)
    places = _places(message)
    end = _line_end(raw)
    splices: list[Splice] = []
    for part in places:
        made = _put(part, stamp, end)
        if made is None:
            return None
        splices += made
    edited = _spliced(raw, splices)
    again = parse(edited)
    same = len(again.tree) == len(message.tree) and all(
        before.path == after.path and (_among(before, places) or before.container or before.decode() == after.decode())
        for before, after in zip(message.tree, again.tree, strict=True)
    )
    return edited if same and not again.structure.ambiguities else None


def _among(part: Part, places: list[Part]) -> bool:
    return any(part is place for place in places)


def _put(part: Part, stamp: str, end: str) -> list[Splice] | None:
    """The splices that put the stamp into one part, in its own charset and encoding where they allow it."""
    page = part.content_type == "text/html"
    words = f'<div style="{_STYLE}">{escaping.escape(stamp)}</div>' if page else stamp.strip() + "\n\n"
    words = words.replace("\r\n", "\n").replace("\n", end)
    if page:
        words = words.encode("ascii", "xmlcharrefreplace").decode("ascii")
    codec = charsets.codec(part.charset)
    carries = words.isascii() or (codec == "utf-8" and (part.encoding or not part.raw.isascii()))
    if not carries or codec.startswith(("utf-16", "utf-32", "utf-7")):
        return _rewritten(part, words, end)
    new = words.encode("utf-8", "replace")
    data = part.decode()
    at = _position(data.decode("latin-1"), page=page)
    if not part.encoding:
        return [(part.start + at, part.start + at, new)]
    body = _encoded_body(data[:at] + new + data[at:], part, end)
    return None if body is None else [(part.start, part.end, body)]


def _position(text: str, *, page: bool) -> int:
    found = _BODY_TAG.search(text) if page else None
    return found.end() if found else 0


def _encoded_body(data: bytes, part: Part, end: str) -> bytes | None:
    """`data` in the transfer encoding of the part; None if the encoding cannot carry it."""
    if part.encoding == "base64":
        return _base64(data, end) + part.raw[len(part.raw.rstrip(b"\r\n")) :]
    if part.encoding == "quoted-printable":
        for istext in (True, False):
            body = binascii.b2a_qp(data, istext=istext)
            if binascii.a2b_qp(body) == data:
                return body
    return None


def _base64(data: bytes, end: str) -> bytes:
    lines = binascii.b2a_base64(data, newline=False)
    return end.encode().join(lines[at : at + _LINE] for at in range(0, len(lines), _LINE))


def _rewritten(part: Part, words: str, end: str) -> list[Splice] | None:
    """The part as UTF-8 in base64, for a stamp that its own charset cannot say. Root and leaf alike, its
    Content-Type and Content-Transfer-Encoding are replaced."""
    text = part.text()
    at = _position(text, page=part.content_type == "text/html")
    fields = {header.key: header for header in part.headers}
    kept = {key: value for key, value in part.parameters.items() if key not in {"charset", "name"}}
    parameters = "".join(f'; {key}="{value}"' for key, value in kept.items() if value.isascii() and '"' not in value)
    lines = {
        "content-type": f"Content-Type: {part.content_type}; charset=utf-8{parameters}{end}",
        "content-transfer-encoding": f"Content-Transfer-Encoding: base64{end}",
    }
    splices: list[Splice] = []
    missing = ""
    for key, line in lines.items():
        if key in fields:
            splices.append((fields[key].start, fields[key].end, line.encode("utf-8", "replace")))
        else:
            missing += line
    if missing:
        first = part.headers[0].start if part.headers else _before_empty_line(part)
        if first < 0:
            return None
        splices.append((first, first, missing.encode("utf-8", "replace")))
    body = _base64((text[:at] + words + text[at:]).encode("utf-8", "replace"), end)
    splices.append((part.start, part.end, body + part.raw[len(part.raw.rstrip(b"\r\n")) :]))
    return splices


def _before_empty_line(part: Part) -> int:
    """Where the header of a part without fields would stand; -1 if there is no empty line to stand before."""
    for mark in (b"\r\n", b"\n"):
        if part.source.endswith(mark, 0, part.start):
            return part.start - len(mark)
    return -1
