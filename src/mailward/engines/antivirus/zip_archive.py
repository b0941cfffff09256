# SPDX-License-Identifier: Apache-2.0
"""Read hostile ZIP files: what the directory at the end names, and what lies in them besides.

The standard library believes the directory, and reads all of it before anyone can say stop. Programs
that repair or stream an archive go by the local headers instead. Where the two views differ, the
difference is looked at and said (APPNOTE.TXT 6.3.10, sections 4.3 and 4.4).
"""

import struct
from collections.abc import Iterator

import msgspec

_END = b"PK\x05\x06"
_END_SIZE = 22
_MAX_COMMENT = 65535
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_CENTRAL_MARK = b"PK\x01\x02"
_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_MARK = b"PK\x03\x04"
_ZIP64_EXTRA = 1
_UNKNOWN_32 = 0xFFFFFFFF
_ENCRYPTED = 0x1
_MAX_NAME = 255
_DESCRIPTOR = 0x8
_UTF8 = 0x800
_METHODS = frozenset({0, 8, 9, 12, 14, 93, 95, 97, 98, 99})
"""Ways of packing that exist: four letters that look like a header in random bytes rarely name one."""


class ZipEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One member. `start` and `packed` bound its bytes; `packed` is -1 if only unpacking will tell.
    `hidden` if the directory does not name it."""

    name: str
    method: int
    start: int
    packed: int
    encrypted: bool
    hidden: bool = False


def entries(data: bytes) -> Iterator[ZipEntry]:
    """All members, lazily: the directory's in its order, then hidden ones. Stops at the first thing
    that cannot be read; the caller counts."""
    covered: list[tuple[int, int]] = []
    for entry, header_at in _named(data):
        covered.append((header_at, entry.start + max(entry.packed, 0)))
        yield entry
    yield from _hidden(data, covered)


def _named(data: bytes) -> Iterator[tuple[ZipEntry, int]]:
    at, shift = _directory(data)
    while at >= 0 and data.startswith(_CENTRAL_MARK, at) and at + _CENTRAL.size <= len(data):
        fields = _CENTRAL.unpack_from(data, at)
        flags, method, packed, unpacked = fields[3], fields[4], fields[8], fields[9]
        name_size, extra_size, comment_size, offset = fields[10], fields[11], fields[12], fields[16]
        names_at = at + _CENTRAL.size
        name = data[names_at : names_at + name_size]
        extra = data[names_at + name_size : names_at + name_size + extra_size]
        packed, offset = _wide(extra, unpacked=unpacked, packed=packed, offset=offset)
        header_at = offset + shift
        start = _data_start(data, header_at)
        if start >= 0:
            entry = ZipEntry(
                name=_decoded(name, flags),
                method=method,
                start=start,
                packed=packed or _own_size(data, header_at),
                encrypted=bool(flags & _ENCRYPTED),
            )
            yield entry, header_at
        at = names_at + name_size + extra_size + comment_size


def _hidden(data: bytes, covered: list[tuple[int, int]]) -> Iterator[ZipEntry]:
    """Local headers outside every member that the directory names."""
    covered.sort()
    past = 0
    gaps = []
    for begin, end in covered:
        if begin > past:
            gaps.append((past, begin))
        past = max(past, end)
    gaps.append((past, len(data)))
    for begin, end in gaps:
        at = data.find(_LOCAL_MARK, begin, end)
        while at >= 0:
            entry = _local(data, at)
            if entry is None:
                at = data.find(_LOCAL_MARK, at + 4, end)
                continue
            yield entry
            at = data.find(_LOCAL_MARK, entry.start + max(entry.packed, 0), end)


def _local(data: bytes, at: int) -> ZipEntry | None:
    start = _data_start(data, at)
    if start < 0:
        return None
    fields = _LOCAL.unpack_from(data, at)
    flags, method, name_size = fields[2], fields[3], fields[9]
    if method not in _METHODS or not name_size:
        return None
    name = data[at + _LOCAL.size : at + _LOCAL.size + name_size]
    return ZipEntry(
        name=_decoded(name, flags),
        method=method,
        start=start,
        packed=_own_size(data, at),
        encrypted=bool(flags & _ENCRYPTED),
        hidden=True,
    )


def _directory(data: bytes) -> tuple[int, int]:
    """Where the directory begins, and by how much bytes before the archive shift its offsets.
    -1 where there is none."""
    end = data.rfind(_END, max(0, len(data) - _END_SIZE - _MAX_COMMENT))
    if end < 0 or end + _END_SIZE > len(data):
        return -1, 0
    size, offset = struct.unpack_from("<2I", data, end + 12)
    if data.startswith(_CENTRAL_MARK, offset):
        return offset, 0
    at = end - size
    if at >= 0 and data.startswith(_CENTRAL_MARK, at):
        return at, at - offset
    first = data.find(_CENTRAL_MARK)
    return first, 0


def _data_start(data: bytes, header_at: int) -> int:
    """Where a member's bytes begin, by its own local header; -1 if there is no such header."""
    if header_at < 0 or not data.startswith(_LOCAL_MARK, header_at) or header_at + _LOCAL.size > len(data):
        return -1
    name_size, extra_size = struct.unpack_from("<2H", data, header_at + 26)
    return int(header_at + _LOCAL.size + name_size + extra_size)


def _own_size(data: bytes, header_at: int) -> int:
    """The packed size by the member's own header; -1 where that leaves it to a descriptor behind the data."""
    fields = _LOCAL.unpack_from(data, header_at)
    flags, packed = fields[2], int(fields[7])
    return -1 if packed == _UNKNOWN_32 or (not packed and flags & _DESCRIPTOR) else packed


def _wide(extra: bytes, *, unpacked: int, packed: int, offset: int) -> tuple[int, int]:
    """The packed size and offset, from the ZIP64 extra field where 32 bits did not do."""
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<2H", extra, at)
        body = extra[at + 4 : at + 4 + size]
        at += 4 + size
        if tag == _ZIP64_EXTRA:
            values = [int.from_bytes(body[begin : begin + 8], "little") for begin in range(0, len(body) - 7, 8)]
            if unpacked == _UNKNOWN_32 and values:
                values.pop(0)
            if packed == _UNKNOWN_32 and values:
                packed = values.pop(0)
            if offset == _UNKNOWN_32 and values:
                offset = values.pop(0)
    return packed, offset


def _decoded(name: bytes, flags: int) -> str:
    text = name.decode("utf-8", "replace") if flags & _UTF8 else name.decode("cp437")
    return text.replace("\0", "")[:_MAX_NAME]
