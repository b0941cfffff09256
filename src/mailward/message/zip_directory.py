# SPDX-License-Identifier: Apache-2.0
"""A look into the central directory of a zip file, to tell a document, a program and an archive apart.

Only names are read, no member is unpacked, and no more than `MAX_ZIP_ENTRIES` of them; where the
directory is missing or lies about its place, the local headers are walked instead.
"""

import struct

from mailward.message.limits import MAX_ZIP_ENTRIES

_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_LOCAL = b"PK\x03\x04"
_END_REACH = 66_000
_ENTRY_SIZE = 46
_LOCAL_SIZE = 30

_BY_NAME = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("ppt/presentation.xml", "pptx"),
    ("visio/document.xml", "vsdx"),
    ("androidmanifest.xml", "apk"),
    ("meta-inf/manifest.mf", "jar"),
    ("appxmanifest.xml", "appx"),
    ("appxbundlemanifest.xml", "appx"),
    ("extension/", "xpi"),
    ("[content_types].xml", "ooxml"),
)
_MACROS = {"docx": "docm", "xlsx": "xlsm", "pptx": "pptm"}
_ODF = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}


def trailing(data: bytes) -> bool:
    """Whether a zip directory stands at the end of a file that begins as something else."""
    at = data.rfind(_END, max(0, len(data) - _END_REACH))
    return at >= 0 and data.rfind(_ENTRY, max(0, at - _END_REACH), at) >= 0


def names(data: bytes) -> list[str]:
    """The names of the members, at most `MAX_ZIP_ENTRIES`; never raises."""
    found = _central(data)
    return found or _walk(data)


def kind(data: bytes) -> str:
    """Answers "docx", "docm", "xlsx", "jar", "apk", "odt" ...; "zip" for an archive of any files."""
    listed = [name.lower().lstrip("/") for name in names(data)]
    present = set(listed)
    if "mimetype" in present:
        head = data[:200]
        for mark, type_ in _ODF.items():
            if mark in head:
                return type_
        return "odf"
    for name, type_ in _BY_NAME:
        if name in present:
            if type_ in _MACROS and any(one.endswith("vbaproject.bin") for one in listed):
                return _MACROS[type_]
            return type_
    return "zip"


def _central(data: bytes) -> list[str]:
    end = data.rfind(_END, max(0, len(data) - _END_REACH))
    if end < 0 or end + 22 > len(data):
        return []
    size, offset = struct.unpack_from("<II", data, end + 12)
    at = end - size if data.startswith(_ENTRY, end - size) and end >= size else offset
    if not data.startswith(_ENTRY, at):
        return []
    found: list[str] = []
    while len(found) < MAX_ZIP_ENTRIES and data.startswith(_ENTRY, at) and at + _ENTRY_SIZE <= len(data):
        name, extra, comment = struct.unpack_from("<HHH", data, at + 28)
        found.append(data[at + _ENTRY_SIZE : at + _ENTRY_SIZE + name].decode("utf-8", "replace"))
        at += _ENTRY_SIZE + name + extra + comment
    return found


def _walk(data: bytes) -> list[str]:
    found: list[str] = []
    at = data.find(_LOCAL)
    while at >= 0 and len(found) < MAX_ZIP_ENTRIES and at + _LOCAL_SIZE <= len(data):
        (name,) = struct.unpack_from("<H", data, at + 26)
        found.append(data[at + _LOCAL_SIZE : at + _LOCAL_SIZE + name].decode("utf-8", "replace"))
        at = data.find(_LOCAL, at + _LOCAL_SIZE)
    return found
