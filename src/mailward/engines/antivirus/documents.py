# SPDX-License-Identifier: Apache-2.0
"""What documents hide: macro source, PDF objects, RTF objects, files inside OneNote pages.

Each is found by its marks and taken out as it lies, without trusting the document's own tables: what
we miss by that is less than what a table may lie about. One dialect is missed: a macro stream that
the OLE file has torn into sectors which do not follow one another.
"""

import re
from collections.abc import Iterator

from mailward.engines.antivirus import limits
from mailward.engines.antivirus.budget import Broken, Budget, Inflate, LimitHit, unpack_stream

_MODULE = re.compile(rb"\x01[\x00-\xff]{2}\x00[Aa]ttribut")
_MACRO_CHUNK = 4096
_SIGNATURE = 0b011
_OBJECT_STREAM = b"/ObjStm"
_STREAM = re.compile(rb"stream\r?\n")
_STREAM_WINDOW = 1024
_OBJECT_DATA = b"\\objdata"
_NOT_HEX = bytes(set(range(256)) - set(b"0123456789abcdefABCDEF"))
_ONENOTE_FILE = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
_ONENOTE_HEADER = 36


def macros(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Source text of the VBA modules in an OLE file ([MS-OVBA] 2.4.1): a compressed container begins
    with 1, and its first chunk with the letters that open every module's attributes."""
    for number, found in enumerate(_MODULE.finditer(data)):
        if number >= limits.MAX_MACRO_STREAMS:
            raise LimitHit("macro_streams", f"more than {limits.MAX_MACRO_STREAMS} macro modules")
        source = _decompressed(data, found.start() + 1)
        budget.charge(len(source))
        yield f"macro {number + 1}", source


def pdf_objects(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """The object streams of a PDF (ISO 32000-1, 7.5.7), where actions hide from a plain search."""
    at = data.find(_OBJECT_STREAM)
    number = 0
    while at >= 0:
        number += 1
        if number > limits.MAX_PDF_STREAMS:
            raise LimitHit("pdf_streams", f"more than {limits.MAX_PDF_STREAMS} object streams in a PDF")
        begin = _STREAM.search(data, at, at + _STREAM_WINDOW)
        if begin:
            end = data.find(b"endstream", begin.end())
            packed = data[begin.end() : end if end >= 0 else len(data)]
            try:
                yield f"objects {number}", unpack_stream(Inflate(15), packed, name="a PDF stream", budget=budget)
            except Broken as broken:
                yield f"objects {number}", broken.so_far
        at = data.find(_OBJECT_STREAM, at + len(_OBJECT_STREAM))


def rtf_objects(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """The embedded objects of an RTF file, read as Word reads them: every character that is no hex
    digit is skipped, whatever it is there for."""
    at = data.find(_OBJECT_DATA)
    number = 0
    while at >= 0:
        number += 1
        following = data.find(_OBJECT_DATA, at + 1)
        digits = data[at + len(_OBJECT_DATA) : following if following >= 0 else len(data)].translate(None, _NOT_HEX)
        body = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
        budget.room("an RTF object")
        budget.charge(len(body))
        yield f"object {number}", body
        at = following


def onenote_files(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """The files behind a page's icons ([MS-ONESTORE] 2.6.13, FileDataStoreObject)."""
    at = data.find(_ONENOTE_FILE)
    number = 0
    while at >= 0:
        number += 1
        size = int.from_bytes(data[at + 16 : at + 24], "little")
        body = data[at + _ONENOTE_HEADER : at + _ONENOTE_HEADER + size]
        budget.room("a OneNote file")
        budget.charge(len(body))
        yield f"embedded file {number}", body
        at = data.find(_ONENOTE_FILE, at + 16)


def _decompressed(data: bytes, at: int) -> bytes:
    """[MS-OVBA] 2.4.1.3: chunks of at most 4096 bytes, each of literal bytes and back references."""
    out = bytearray()
    while at + 2 <= len(data):
        if len(out) > limits.MAX_MACRO_BYTES:
            raise LimitHit("macro_bytes", f"a macro module is longer than {limits.MAX_MACRO_BYTES} bytes")
        header = int.from_bytes(data[at : at + 2], "little")
        if header >> 12 & 0b111 != _SIGNATURE:
            break
        end = min(at + (header & 0x0FFF) + 3, len(data))
        if header & 0x8000:
            _decompress_chunk(data, at + 2, end, out)
        else:
            out += data[at + 2 : end]
        at = end
    return bytes(out)


def _decompress_chunk(data: bytes, at: int, end: int, out: bytearray) -> None:
    chunk_start = len(out)
    while at < end:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= end or len(out) - chunk_start >= _MACRO_CHUNK:
                return
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            if at + 2 > end:
                return
            token = int.from_bytes(data[at : at + 2], "little")
            at += 2
            offset_bits = max((len(out) - chunk_start - 1).bit_length(), 4)
            length_mask = 0xFFFF >> offset_bits
            offset = (token >> 16 - offset_bits) + 1
            if offset > len(out) - chunk_start:
                return
            for _ in range((token & length_mask) + 3):
                out.append(out[-offset])
