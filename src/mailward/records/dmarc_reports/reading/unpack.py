# SPDX-License-Identifier: Apache-2.0
"""Find the XML in what was sent: a mail, an archive, or the file itself. Every step has a bound.

What counts is the first bytes: reporters name gzip "zip", and call either "application/octet-stream".
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from mailward.message import parse

MAX_PACKED = 10 * 1024 * 1024
"""Bytes of a packed or plain file."""
MAX_XML = 64 * 1024 * 1024
"""Bytes of all XML of one mail together, unpacked."""
MAX_FILES = 20
"""Files that are looked at in one mail, and in one archive."""
MAX_DEPTH = 2
"""A file in an archive in a file."""
CHUNK = 256 * 1024

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BLANK = b" \t\r\n\xef\xbb\xbf\xff\xfe\x00"


class CannotUnpack(ValueError):  # noqa: N818 - reads better where it is caught
    """The file is damaged, locked or too large. The text is for people."""


class Budget:
    """How many bytes may still be unpacked."""

    def __init__(self, left: int = MAX_XML) -> None:
        self.left = left

    def spend(self, size: int) -> None:
        """Raises `CannotUnpack` when more is unpacked than may be."""
        self.left -= size
        if self.left < 0:
            raise CannotUnpack(f"it unpacks to more than {MAX_XML // 1024 // 1024} MB")


def files_of(mail: bytes) -> Iterator[bytes]:
    """The attached files of a mail that may hold a report, and its text if nothing else is there."""
    parts = parse(mail).parts[: 4 * MAX_FILES]
    candidates = [part for part in parts if part.attached or "xml" in part.content_type or "zip" in part.content_type]
    found = 0
    for part in candidates or parts:
        data = part.decode()
        if looks_like_report(data):
            found += 1
            yield data
        if found >= MAX_FILES:
            return


def looks_like_report(data: bytes) -> bool:
    """Whether the first bytes are those of gzip, zip or XML."""
    return data.startswith((_GZIP, _ZIP)) or data[:200].lstrip(_BLANK).startswith(b"<")


def texts_of(data: bytes, budget: Budget, *, depth: int = 0) -> Iterator[bytes]:
    """The XML texts in a file. Raises `CannotUnpack`; what was found before it counts."""
    if len(data) > MAX_PACKED and depth == 0:
        raise CannotUnpack(f"it is larger than {MAX_PACKED // 1024 // 1024} MB")
    if depth > MAX_DEPTH:
        raise CannotUnpack("it is an archive in an archive in an archive")
    if data.startswith(_GZIP):
        yield from texts_of(_gunzip(data, budget), budget, depth=depth + 1)
    elif data.startswith(_ZIP):
        for member in _members(data, budget):
            yield from texts_of(member, budget, depth=depth + 1)
    elif data[:200].lstrip(_BLANK).startswith(b"<"):
        yield data


def _gunzip(data: bytes, budget: Budget) -> bytes:
    """All members of a gzip file, one behind another; what follows the last is not looked at."""
    whole = io.BytesIO()
    for _ in range(MAX_FILES):
        engine = zlib.decompressobj(16 + zlib.MAX_WBITS)
        waiting = data
        while not engine.eof:
            try:
                piece = engine.decompress(waiting, CHUNK)
            except zlib.error as exc:
                raise CannotUnpack("the gzip file is damaged") from exc
            budget.spend(len(piece))
            whole.write(piece)
            waiting = engine.unconsumed_tail
            if not piece and not waiting:
                if whole.tell():
                    return whole.getvalue()
                raise CannotUnpack("the gzip file ends too early")
        data = engine.unused_data
        if not data.startswith(_GZIP):
            break
    return whole.getvalue()


def _members(data: bytes, budget: Budget) -> Iterator[bytes]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        for entry in archive.infolist()[:MAX_FILES]:
            if entry.is_dir():
                continue
            if entry.flag_bits & 1:
                raise CannotUnpack("the zip file is locked with a password")
            yield _member(archive, entry, budget)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as exc:
        if isinstance(exc, CannotUnpack):
            raise
        raise CannotUnpack("the zip file is damaged") from exc


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> bytes:
    """One file of the archive, read piece by piece: what the directory claims about sizes counts for nothing."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise CannotUnpack("the zip file is packed in an unusual way")
    whole = io.BytesIO()
    with archive.open(entry) as file:
        while piece := file.read(CHUNK):
            budget.spend(len(piece))
            whole.write(piece)
    return whole.getvalue()
