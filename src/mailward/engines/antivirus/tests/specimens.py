# SPDX-License-Identifier: Apache-2.0
"""Harmless files with the shape of harmful ones. The EICAR test string is put together here, so that no
file of this project is itself a hit."""

import io
import struct
import tarfile
import zipfile
import zlib

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"

PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(200)

MACRO = """Attribute VB_Name = "ThisDocument"
Sub AutoOpen()
  Set s = CreateObject("WScript.Shell")
  s.Run "calc"
End Sub
"""


def zipped(files: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def encrypted_zip(name: str) -> bytes:
    """A zip whose only member says that it is encrypted, in both headers."""
    data = bytearray(zipped({name: b"0123456789ab"}, method=zipfile.ZIP_STORED))
    data[6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def zip_with_hidden(shown: dict[str, bytes], hidden: dict[str, bytes]) -> bytes:
    """Members of `hidden` lie before the archive and are missing from its directory."""
    other = zipped(hidden)
    return other[: other.find(b"PK\x01\x02")] + zipped(shown)


def tarred(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def vba_compressed(source: str) -> bytes:
    """[MS-OVBA] with literal tokens only: what a lazy compressor writes."""
    out = bytearray(b"\x01")
    data = source.encode()
    for begin in range(0, len(data), 3000):
        piece = data[begin : begin + 3000]
        body = b"".join(b"\0" + piece[at : at + 8] for at in range(0, len(piece), 8))
        out += struct.pack("<H", 0xB000 | (len(body) + 2 - 3)) + body
    return bytes(out)


def ole_with_macro(source: str = MACRO) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + vba_compressed(source) + bytes(100)


def pdf_with(objects: bytes, *, packed: bool = False) -> bytes:
    if not packed:
        return b"%PDF-1.7\n" + objects + b"\n%%EOF"
    stream = zlib.compress(objects)
    return b"%PDF-1.7\n1 0 obj <</Type /ObjStm /Filter /FlateDecode>>\nstream\n" + stream + b"\nendstream\n%%EOF"


def iso_with(name: str, data: bytes) -> bytes:
    """A disk image with one file in its root directory (ECMA-119)."""

    def record(title: bytes, sector: int, size: int, *, folder: bool = False) -> bytes:
        body = bytearray(33 + len(title) + (len(title) + 1) % 2)
        body[0] = len(body)
        body[2:6] = struct.pack("<I", sector)
        body[10:14] = struct.pack("<I", size)
        body[25] = 2 if folder else 0
        body[32] = len(title)
        body[33 : 33 + len(title)] = title
        return bytes(body)

    image = bytearray(2048 * 20)
    image[16 * 2048 : 16 * 2048 + 6] = b"\x01CD001"
    root = record(b"\0", 18, 2048, folder=True)
    image[16 * 2048 + 156 : 16 * 2048 + 156 + len(root)] = root
    entries = root + record(b"\1", 18, 2048, folder=True) + record(name.encode() + b";1", 19, len(data))
    image[18 * 2048 : 18 * 2048 + len(entries)] = entries
    image[19 * 2048 : 19 * 2048 + len(data)] = data
    return bytes(image)


def onenote_with(data: bytes) -> bytes:
    start = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
    mark = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    return start + bytes(1000) + mark + struct.pack("<Q", len(data)) + bytes(12) + data + bytes(50)


def rtf_with(object_data: bytes) -> bytes:
    digits = object_data.hex().encode()
    spaced = b"\n ".join(digits[at : at + 7] for at in range(0, len(digits), 7))
    return b"{\\rtf1{\\object\\objupdate{\\*\\objdata " + spaced + b"}}}"
