# SPDX-License-Identifier: Apache-2.0
"""Header fields and body of a mail as raw bytes, for signatures: found once, linear, never repaired."""

import re

import msgspec

MAX_HEADER_BYTES = 1024 * 1024
MAX_FIELDS = 2000
MAX_TAGS = 60
MAX_TAG_LIST = 65_536

_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_NAME = re.compile(rb"[!-9;-~]+\Z")
_TAG_NAME = re.compile(r"[a-z][a-z0-9_]*\Z", re.IGNORECASE)
_SPACE = " \t\r\n"


class Field(msgspec.Struct, frozen=True):
    """One field. `name` is in lower case, empty for a line that is no field; `label` is the name as
    written; `value` is what follows the colon, folded as it came, without the final CRLF."""

    name: bytes
    label: bytes
    value: bytes

    @property
    def raw(self) -> bytes:
        """The whole field without its final CRLF."""
        return self.label + b":" + self.value


class Parts(msgspec.Struct, frozen=True):
    """A mail split at its first empty line. `limit` names the bound that was hit, if one was: the
    header then is not to be believed."""

    fields: tuple[Field, ...]
    body: bytes
    limit: str = ""

    def named(self, name: bytes) -> list[Field]:
        """The fields of this name (lower case), from the top."""
        return [field for field in self.fields if field.name == name]


def split(raw: bytes) -> Parts:
    """Split a mail whose lines end in CRLF; one that has no CRLF at all may end them in LF."""
    if b"\r\n" not in raw and b"\n" in raw:
        raw = raw.replace(b"\n", b"\r\n")
    if raw.startswith(b"\r\n"):
        return Parts((), raw[2:])
    end = raw.find(b"\r\n\r\n")
    head, body = (raw, b"") if end < 0 else (raw[:end], raw[end + 4 :])
    if len(head) > MAX_HEADER_BYTES:
        return Parts((), body, "header bytes")
    fields = _FIELD_END.split(head, MAX_FIELDS)
    if len(fields) > MAX_FIELDS:
        return Parts((), body, "header fields")
    return Parts(tuple(_field(field) for field in fields if field), body)


def _field(raw: bytes) -> Field:
    label, colon, value = raw.partition(b":")
    name = label.rstrip(b" \t")
    if not colon or not _NAME.match(name):
        return Field(b"", label, value)
    return Field(name.lower(), label, value)


def tags(text: str) -> dict[str, str] | None:
    """A tag list (RFC 6376, 3.2), in order, values stripped; None if it is malformed or has a tag twice."""
    if len(text) > MAX_TAG_LIST:
        return None
    found: dict[str, str] = {}
    pieces = text.split(";", MAX_TAGS)
    if len(pieces) > MAX_TAGS:
        return None
    if not pieces[-1].strip(_SPACE):
        pieces.pop()
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = name.strip(_SPACE)
        if not equals or name in found or not _TAG_NAME.match(name):
            return None
        found[name] = value.strip(_SPACE)
    return found


def squeeze(text: str) -> str:
    """The text without any white space (for base64 and lists)."""
    return "".join(text.split())
