# SPDX-License-Identifier: Apache-2.0
"""The header block: where it ends, its fields as they stand, and what in it readers could read in two ways.

Fields keep their bytes and their place, because signatures are verified on them and edits remove them
by number. Lines end with CRLF or LF; a CR alone ends lines only where nothing else does, and is
otherwise noted.
"""

import re
from functools import lru_cache
from itertools import islice

import msgspec

from mailward.contract.mail import AmbiguityKind
from mailward.message import charsets
from mailward.message.limits import MAX_DETAIL, MAX_FIELDS, MAX_HEADER_BYTES


class Header(msgspec.Struct, frozen=True, gc=False):
    """One field. `name` as written, without space around; `key` is it in lower case. `value` is the raw,
    folded value without its last line end. `index` counts from 0 at the top. `start` and `end` are the
    offsets of the whole field, line end included."""

    name: str
    value: bytes
    index: int
    key: str = ""
    start: int = 0
    end: int = 0

    @property
    def text(self) -> str:
        """The value unfolded, as text; encoded words stay as they are."""
        return unfold(self.value)


class Block(msgspec.Struct):
    """A header block: its fields, where the body begins, the oddities and limits met, where the first
    line stands that is no field (-1 if none: some readers end the header there), and the fields, as
    (key, value), that stand behind a bare CR or inside a fold, where only some readers see them."""

    headers: tuple[Header, ...]
    body_start: int
    oddities: list[tuple[AmbiguityKind, str]]
    limits: list[str]
    junk_at: int = -1
    hidden: tuple[tuple[str, bytes], ...] = ()


_FIELD = re.compile(rb"[^\n]+(?:\n[ \t][^\n]*)*\n?|\n")
_FOLD = re.compile(rb"\r?\n|\r")
_IMPORTANT = frozenset(
    """from sender reply-to to cc subject date message-id return-path mime-version content-type
    content-transfer-encoding content-disposition content-id dkim-signature authentication-results
    received list-id list-unsubscribe""".split()
)
_CR_FIELD = re.compile(rb"\r(content-[a-z-]{1,40}|from|mime-version|subject)[ \t]*:([^\r\n]*)", re.IGNORECASE)
_FOLDED_FIELD = re.compile(
    rb"\n[ \t]+(content-type|content-transfer-encoding)[ \t]*:([ \t]*(?:[a-z-]{1,40}/|base64|quoted-)[^\r\n]*)",
    re.IGNORECASE,
)
_MBOX = re.compile(rb">?From [^\s:]*\s{1,5}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ")
_BLANK = b" \t\r\n"
_MAX_NAME = 80
_MAX_HIDDEN = 20


def unfold(value: bytes) -> str:
    """Raw header bytes as one line of text: UTF-8 where it is, else windows-1252; folds become spaces."""
    if b"\n" in value or b"\r" in value:
        value = _FOLD.sub(b"", value)
    return charsets.decode(value).replace("\t", " ").strip()


def block(raw: bytes, start: int = 0, end: int | None = None) -> Block:
    """Read the header block that begins at `start`; never raises. Without an empty line everything up
    to `end` is header."""
    end = len(raw) if end is None else end
    body = _body_start(raw, start, end)
    oddities: list[tuple[AmbiguityKind, str]] = []
    limits: list[str] = []
    stop = body
    if body - start > MAX_HEADER_BYTES:
        stop = start + MAX_HEADER_BYTES
        limits.append("header_bytes")
    text = raw[start:stop]
    bare = text.count(b"\r") - text.count(b"\r\n")
    if bare and b"\n" not in text.strip():
        text = text.replace(b"\r", b"\n")
        oddities.append((AmbiguityKind.BARE_LINE_END, "lines end with CR alone"))
    elif bare:
        oddities.append((AmbiguityKind.BARE_LINE_END, "CR inside a line"))
    if b"\0" in text:
        oddities.append((AmbiguityKind.NUL_BYTE, "in the header"))
    done = Block((), body, oddities, limits)
    done.headers = _fields(text, start, done)
    if not done.headers and done.junk_at >= 0:
        done.body_start = done.junk_at  # no header at all: what stands here is the body
    if bare:
        done.hidden += tuple(_behind_cr(text))
    if done.hidden:
        names = ", ".join(name for name, _ in done.hidden)
        oddities.append((AmbiguityKind.HIDDEN_PART, f"a field inside another: {names}"[:MAX_DETAIL]))
    return done


def _body_start(raw: bytes, start: int, end: int) -> int:
    """Offset behind the empty line; `end` if there is none."""
    if raw.startswith(b"\r\n", start, end):
        return start + 2
    if raw.startswith(b"\n", start, end):
        return start + 1
    crlf = raw.find(b"\n\r\n", start, end)  # first, since mail has it near its top
    lf = raw.find(b"\n\n", start, end if crlf < 0 else crlf + 1)
    if lf >= 0:
        return lf + 2
    if crlf >= 0:
        return crlf + 3
    cr = raw.find(b"\r\r", start, end)
    return cr + 2 if cr >= 0 and raw.find(b"\n", start, cr) < 0 else end


def _fields(text: bytes, start: int, done: Block) -> tuple[Header, ...]:
    headers: list[Header] = []
    hidden: list[tuple[str, bytes]] = []
    at = 0
    if _MBOX.match(text):
        at = text.find(b"\n") + 1 or len(text)
    for field in _FIELD.findall(text, at):
        stop = at + len(field)
        name, colon, value = field.partition(b":")
        if not colon or not name or name[0] in _BLANK or b"\n" in name:
            if _junk(field, done):
                done.junk_at = start + at
        elif len(headers) >= MAX_FIELDS:
            done.limits.append("header_fields")
            break
        else:
            written, key, odd = _named(name) if len(name) <= _MAX_NAME else _names(name)
            if odd:
                done.oddities.append((AmbiguityKind.ODD_HEADER, odd))
            value = value.rstrip(b"\r\n")
            if b"\n" in value and len(hidden) < _MAX_HIDDEN and b"ontent-t" in value.lower():
                hidden += _inside(value)
            headers.append(Header(written, value, len(headers), key, start + at, start + stop))
        at = stop
    done.hidden = tuple(hidden)
    return tuple(headers)


def _inside(value: bytes) -> list[tuple[str, bytes]]:
    """MIME fields that stand inside the folds of another field."""
    found = islice(_FOLDED_FIELD.finditer(value), _MAX_HIDDEN)
    return [(one[1].decode("latin-1").lower(), one[2]) for one in found]


def _behind_cr(text: bytes) -> list[tuple[str, bytes]]:
    """Fields that stand behind a CR without LF."""
    found = islice(_CR_FIELD.finditer(text), _MAX_HIDDEN)
    return [(one[1].decode("latin-1").lower(), one[2]) for one in found]


def _names(name: bytes) -> tuple[str, str, str]:
    """A field name as written, its key, and what is odd about it."""
    written = name.decode("latin-1").strip()
    key = written.lower()
    odd = (
        _odd_name(name, key) if len(written) != len(name) or not written.isascii() or not written.isprintable() else ""
    )
    return written, key, odd


_named = lru_cache(maxsize=1024)(_names)


def _junk(field: bytes, done: Block) -> bool:
    """Note a line that is no field; whether it is the first of its block."""
    quoted = field[:MAX_DETAIL].decode("latin-1").strip()
    if done.junk_at >= 0 or not quoted or quoted.startswith((">From ", "From ")):
        return False
    done.oddities.append((AmbiguityKind.ODD_HEADER, f"a line that is no field: {quoted}"))
    return True


def _odd_name(name: bytes, key: str) -> str:
    bare = "".join(character for character in key if (character.isascii() and character.isalnum()) or character == "-")
    if key not in _IMPORTANT and bare not in _IMPORTANT:
        return ""
    return f"a field name with foreign characters: {name[:MAX_DETAIL].decode('latin-1')!r}"
