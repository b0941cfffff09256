# SPDX-License-Identifier: Apache-2.0
"""What lies inside a container: archives first. Members are bytes in memory and are never given
their own name on a disk, so a name like "../../etc/cron.d/x" is only something to report."""

import lzma
import re
import struct
from collections.abc import Callable, Iterator

import msgspec

from mailward.engines.antivirus import documents, limits
from mailward.engines.antivirus.budget import Broken, Budget, Inflate, LimitHit, bzip2, unpack_stream, xz
from mailward.engines.antivirus.zip_archive import ZipEntry, entries

_STORED, _DEFLATED, _BZIP2, _LZMA, _XZ = 0, 8, 12, 14, 95
_AES = 99
_TAR_BLOCK = 512
_TAR_FILES = b"0\x00 7"
_TAR_LONG_NAME = b"L"
_SECTOR = 2048
_ISO_ROOT = 16 * _SECTOR + 156
_ISO_RECORD = 33
_ISO_DIRECTORY = 0x02
_MAX_GZIP_MEMBERS = 64
_GZIP_MARK = b"\x1f\x8b"
_VERSION = re.compile(r";\d{1,5}\Z")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file found inside another. `data` is empty where it is `encrypted`. `kind` is given where the
    container knows better than the first bytes ("macro", "pdf_objects", "rtf_object").
    `odd` names what is strange about how it is stored ("hidden", "broken")."""

    name: str
    data: bytes = b""
    kind: str = ""
    encrypted: bool = False
    odd: str = ""


def members(data: bytes, *, kind: str, name: str, budget: Budget) -> Iterator[Member]:
    """The files directly inside `data`, lazily; none if it is no container that we open.

    `LimitHit` as soon as a bound is exceeded: what was answered before still counts.
    """
    opener = _OPENERS.get(kind)
    if opener is None:
        return
    for member in opener(data, name, budget):
        budget.file(name)
        yield member


def _zip(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    for entry in entries(data):
        if entry.name.endswith("/") and not entry.packed:
            budget.file(name)
            continue
        if entry.encrypted or entry.method == _AES:
            yield Member(name=entry.name, encrypted=True, odd="hidden" if entry.hidden else "")
            continue
        yield _zip_member(data, entry, budget)


def _zip_member(data: bytes, entry: ZipEntry, budget: Budget) -> Member:
    packed = data[entry.start : entry.start + entry.packed] if entry.packed >= 0 else data[entry.start :]
    odd = "hidden" if entry.hidden else ""
    try:
        unpacked = _unzipped(entry, packed, budget)
    except Broken as broken:
        unpacked, odd = broken.so_far, "broken"
    return Member(name=entry.name, data=unpacked, odd=odd)


def _unzipped(entry: ZipEntry, packed: bytes, budget: Budget) -> bytes:
    name = entry.name
    if entry.method == _STORED:
        if len(packed) > limits.MAX_MEMBER_BYTES:
            raise LimitHit("archive_member_bytes", f"{name} is larger than {limits.MAX_MEMBER_BYTES} bytes")
        budget.room(name)
        budget.charge(len(packed))
        return packed
    if entry.method == _DEFLATED:
        return unpack_stream(Inflate(-15), packed, name=name, budget=budget)
    if entry.method == _BZIP2:
        return unpack_stream(bzip2(), packed, name=name, budget=budget)
    if entry.method == _XZ:
        return unpack_stream(xz(), packed, name=name, budget=budget)
    if entry.method == _LZMA:
        return _unzipped_lzma(packed, name, budget)
    raise LimitHit("archive_method", f"{name} is packed by method {entry.method}, which cannot be unpacked")


def _unzipped_lzma(packed: bytes, name: str, budget: Budget) -> bytes:
    """APPNOTE.TXT 5.8.8: a version, the size of the properties, the five bytes of properties, the data."""
    if len(packed) < 9:  # noqa: PLR2004 - the header just described
        raise Broken(f"{name}: no LZMA header")
    properties, dictionary = packed[4], struct.unpack_from("<I", packed, 5)[0]
    if dictionary > limits.MAX_MEMBER_BYTES:
        raise LimitHit("archive_member_bytes", f"{name} wants a dictionary of {dictionary} bytes")
    chain = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary, 4096),
        "lc": properties % 9,
        "lp": properties // 9 % 5,
        "pb": properties // 45,
    }
    try:
        stream = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain])
    except (lzma.LZMAError, ValueError) as error:
        raise Broken(f"{name}: {error}") from error
    return unpack_stream(stream, packed[9:], name=name, budget=budget)


def _gzip(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    inner = re.sub(r"\.(gz|gzip)\Z", "", re.sub(r"\.tgz\Z", ".tar", name, flags=re.IGNORECASE), flags=re.IGNORECASE)
    rest = data
    whole = bytearray()
    for _ in range(_MAX_GZIP_MEMBERS):
        stream = Inflate(31)
        try:
            whole += unpack_stream(stream, rest, name=name, budget=budget)
        except Broken as broken:
            yield Member(name=inner, data=bytes(whole) + broken.so_far, odd="broken")
            return
        rest = stream.unused_data
        if not rest.startswith(_GZIP_MARK):
            yield Member(name=inner, data=bytes(whole))
            return
    raise LimitHit("archive_files", f"more than {_MAX_GZIP_MEMBERS} pieces in {name}")


def _one_stream(make: Callable[[], object], suffix: str) -> Callable[[bytes, str, Budget], Iterator[Member]]:
    def opener(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
        inner = name.removesuffix(suffix)
        try:
            yield Member(name=inner, data=unpack_stream(make(), data, name=name, budget=budget))  # type: ignore[arg-type]
        except Broken as broken:
            yield Member(name=inner, data=broken.so_far, odd="broken")

    return opener


def _tar(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """POSIX ustar and GNU long names; links and devices hold no bytes and are passed over."""
    at = 0
    long_name = b""
    while at + _TAR_BLOCK <= len(data):
        header = data[at : at + _TAR_BLOCK]
        if not header.strip(b"\0"):
            return
        size = _tar_number(header[124:136])
        begin = at + _TAR_BLOCK
        body = data[begin : begin + size]
        at = begin + (size + _TAR_BLOCK - 1) // _TAR_BLOCK * _TAR_BLOCK
        if header[156:157] == _TAR_LONG_NAME:
            long_name = body
            continue
        budget.room(name)
        budget.charge(len(body))
        title = (long_name or header[345:500].split(b"\0")[0] + b"/" + header[:100]).split(b"\0")[0].lstrip(b"/")
        long_name = b""
        if header[156] in _TAR_FILES:
            yield Member(name=title.decode("utf-8", "replace"), data=body)
        else:
            budget.file(name)


def _tar_number(field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and not digits.translate(None, b"01234567") else 0


def _iso(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """ECMA-119, 9.1: walk the directories from the root of the primary volume."""
    waiting = [_iso_extent(data, _ISO_ROOT)]
    seen = set()
    while waiting:
        begin, size = waiting.pop()
        if begin in seen:
            continue
        seen.add(begin)
        for at in _iso_records(data, begin, begin + size):
            title = data[at + 33 : at + 33 + data[at + 32]]
            if title in {b"\0", b"\1"}:
                continue
            extent = _iso_extent(data, at)
            if data[at + 25] & _ISO_DIRECTORY:
                budget.file(name)
                waiting.append(extent)
                continue
            body = data[extent[0] : extent[0] + extent[1]]
            budget.room(name)
            budget.charge(len(body))
            yield Member(name=_VERSION.sub("", title.decode("latin-1")), data=body)


def _iso_records(data: bytes, begin: int, end: int) -> Iterator[int]:
    at = begin
    end = min(end, len(data))
    while at + _ISO_RECORD < end:
        size = data[at]
        if size < _ISO_RECORD:
            at = (at // _SECTOR + 1) * _SECTOR
            continue
        yield at
        at += size


def _iso_extent(data: bytes, at: int) -> tuple[int, int]:
    if at + _ISO_RECORD > len(data):
        return 0, 0
    return struct.unpack_from("<I", data, at + 2)[0] * _SECTOR, struct.unpack_from("<I", data, at + 10)[0]


def _inner(
    kind: str, pieces: Callable[[bytes, Budget], Iterator[tuple[str, bytes]]]
) -> Callable[..., Iterator[Member]]:
    """An opener for what documents carry: each piece has a name and its bytes."""

    def opener(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
        del name
        for title, body in pieces(data, budget):
            yield Member(name=title, data=body, kind=kind)

    return opener


_OPENERS: dict[str, Callable[[bytes, str, Budget], Iterator[Member]]] = {
    "zip": _zip,
    "gzip": _gzip,
    "bzip2": _one_stream(bzip2, ".bz2"),
    "xz": _one_stream(xz, ".xz"),
    "tar": _tar,
    "iso": _iso,
    "ole": _inner("macro", documents.macros),
    "pdf": _inner("pdf_objects", documents.pdf_objects),
    "rtf": _inner("rtf_object", documents.rtf_objects),
    "onenote": _inner("", documents.onenote_files),
}
