# SPDX-License-Identifier: Apache-2.0
"""The two canonical forms of RFC 6376, 3.4, for header fields and body; linear whatever the bytes are."""

import asyncio
import hashlib
import re

from mailward.checks.authentication.fields import Field, Parts

FORMS = ("simple", "relaxed")
LARGE_BODY = 1024 * 1024
"""Octets from which a body is hashed in a thread of its own, so that other mails go on."""

_LINE_ENDS_BACKWARDS = re.compile(rb"(?:\n\r)*")


def relaxed_field(field: Field) -> bytes:
    """RFC 6376, 3.4.2, without the final CRLF."""
    value = field.value.replace(b"\r\n", b"").replace(b"\t", b" ")
    if b"  " in value:
        return field.name + b":" + b" ".join(filter(None, value.split(b" ")))
    return field.name + b":" + value.strip(b" ")


def simple_field(field: Field) -> bytes:
    """RFC 6376, 3.4.1, without the final CRLF."""
    return field.raw


def canonical_field(field: Field, form: str) -> bytes:
    """The field in "simple" or "relaxed" form."""
    return relaxed_field(field) if form == "relaxed" else field.raw


def simple_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.3: empty lines at the end removed, one CRLF there at least."""
    return body[: _last_line(body)] + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: white space reduced, none at line ends, no empty lines at the end."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = _last_line(body)
    return body[:end] + b"\r\n" if end else b""


def _last_line(body: bytes) -> int:
    """Where the line ends that close the body begin."""
    tail = body[len(body.rstrip(b"\r\n")) :]
    if tail == b"\r\n" * (len(tail) // 2):
        return len(body) - len(tail)
    ends = _LINE_ENDS_BACKWARDS.match(tail[::-1])
    return len(body) - (ends.end() if ends else 0)


class Mail:
    """One mail with what its signatures share: fields by name, canonical bodies, their hashes.

    Each is computed once, when first asked for. `odd` if the header holds a line that is no field.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self._by_name: dict[bytes, list[Field]] = {}
        self.odd = False
        for field in parts.fields:
            if not field.name:
                self.odd = True
                continue
            self._by_name.setdefault(field.name, []).append(field)
        self._bodies: dict[str, bytes] = {}
        self._digests: dict[tuple[str, int | None], bytes] = {}
        self._hashing = asyncio.Lock()

    def named(self, name: bytes) -> list[Field]:
        """The fields of this lower-case name, from the top."""
        return self._by_name.get(name, [])

    async def hash_body(self, form: str, length: int | None) -> None:
        """Make `body_digest` quick for a body that is large."""
        if len(self.parts.body) >= LARGE_BODY:
            async with self._hashing:
                await asyncio.to_thread(self.body_digest, form, length)

    def body_digest(self, form: str, length: int | None) -> bytes:
        """SHA-256 of the first `length` octets (None: all) of the canonical body."""
        key = (form, length)
        if key not in self._digests:
            self._digests[key] = hashlib.sha256(memoryview(self._body(form))[:length]).digest()
        return self._digests[key]

    def body_size(self, form: str) -> int:
        """Octets of the canonical body."""
        return len(self._body(form))

    def header_digest(self, *, signed: tuple[bytes, ...], own: Field, form: str) -> bytes:
        """SHA-256 of the signed fields, each name taken from the bottom up, and of the signature's
        `own` field with its b= emptied (RFC 6376, 3.7)."""
        taken: dict[bytes, int] = {}
        pieces = []
        for name in signed:
            fields = self._by_name.get(name)
            if fields is None:
                continue
            place = taken.get(name, len(fields)) - 1
            if place >= 0 and fields[place] is own:
                place -= 1
            if place >= 0:
                pieces.append(canonical_field(fields[place], form))
            taken[name] = max(place, 0)
        pieces.append(canonical_field(without_signature(own), form))
        return hashlib.sha256(b"\r\n".join(pieces)).digest()

    def _body(self, form: str) -> bytes:
        if form not in self._bodies:
            canonical = relaxed_body if form == "relaxed" else simple_body
            self._bodies[form] = canonical(self.parts.body)
        return self._bodies[form]


def without_signature(field: Field) -> Field:
    """The field with the value of its b= tag removed, white space around it included."""
    pieces = field.value.split(b";")
    for number, piece in enumerate(pieces):
        name, equals, _ = piece.partition(b"=")
        if equals and name.strip(b" \t\r\n") == b"b":
            pieces[number] = name + equals
            break
    return Field(field.name, field.label, b";".join(pieces))
