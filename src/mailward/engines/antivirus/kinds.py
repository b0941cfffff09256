# SPDX-License-Identifier: Apache-2.0
"""What a file truly is, from its first bytes, as far as an antivirus engine needs to know."""

import re

from mailward.contract.finding import MAX_EVIDENCE

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "pe"),
    (b"\x7fELF", "elf"),
    (b"\xcf\xfa\xed\xfe", "macho"),
    (b"\xce\xfa\xed\xfe", "macho"),
    (b"\xca\xfe\xba\xbe", "class"),
    (b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F", "lnk"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK00PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"MSCF", "cab"),
    (b"ITSF", "chm"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"%PDF-", "pdf"),
    (b"{\\rt", "rtf"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "onenote"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"**ACE**", "ace"),
    (b"#!", "script"),
)
_TAR_MARK = (257, b"ustar")
_ISO_MARK = (32769, b"CD001")
_ACE_MARK = (7, b"**ACE**")
_PDF_WINDOW = 1024
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script)[\s>]", re.IGNORECASE)
_HTML_WINDOW = 1024
_MIN_PE_BYTES = 64
_PE_POINTER = slice(60, 64)


def words(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


PROGRAMS = frozenset({"pe", "elf", "macho", "class", "lnk"})
"""Kinds that run, or make something run, when opened."""

OPAQUE = frozenset({"rar", "7z", "cab", "ace", "iso", "chm", "zstd"})
"""Containers that this engine sees from outside only."""

PROGRAM_NAMES = words(
    "exe scr pif com cpl msi msp bat cmd ps1 vbs vbe js jse wsf wsh wsc hta lnk jar reg chm scf sct gadget"
    " application appref-ms iqy slk settingcontent-ms url website xll library-ms search-ms"
)
"""Extensions that a double click runs, or that make a program fetch what runs."""

NATIVE_NAMES = frozenset(["exe", "scr", "pif", "com", "cpl", "dll", "sys", "ocx", "msi", "bin", "efi", "drv", "xll"])
"""Extensions that a native program may honestly have."""

_WITH_MAGIC = words("zip rar 7z gz tgz tar bz2 xz iso cab docx xlsx pptx docm xlsm doc xls ppt pdf exe scr jar")
"""Extensions of files whose kind can be told from their bytes."""

DOCUMENT_NAMES = words(
    "pdf doc docx docm xls xlsx xlsm ppt pptx rtf txt csv htm html jpg jpeg png gif bmp tif tiff mp3 mp4 avi wav"
    " zip xml odt ods eml msg"
)
"""Extensions that people open without a second thought."""


def kind_of(data: bytes) -> str:
    """One short word, "unknown" where nothing fits."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind if kind != "pe" or _is_pe(data) else "unknown"
    for (offset, mark), kind in ((_TAR_MARK, "tar"), (_ISO_MARK, "iso"), (_ACE_MARK, "ace")):
        if data.startswith(mark, offset):
            return kind
    if b"%PDF-" in data[:_PDF_WINDOW]:
        return "pdf"
    if _HTML.search(data[:_HTML_WINDOW]):
        return "html"
    return "unknown"


def extensions(name: str) -> tuple[str, ...]:
    """The last two extensions of a file name, in lower case, the last one last. White space and dots
    that a system strips from the end are stripped, and spaces around the dots."""
    base = name.replace("\\", "/").rpartition("/")[2].rstrip(". \t\0").lower()
    return tuple(part.strip() for part in base.split(".")[1:][-2:])


def shown(name: str) -> str:
    """A file's name as it may stand in a sentence: what does not print is written as an escape."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)[:MAX_EVIDENCE]


def is_misread(name: str, data: bytes) -> bool:
    """Whether a file that is named as a container or a program has nothing of one in its bytes."""
    last = (extensions(name) or ("",))[-1]
    return last in _WITH_MAGIC and bool(data) and kind_of(data) == "unknown"


def _is_pe(data: bytes) -> bool:
    """Two letters are not enough: the header they announce must be there, or, where the file is cut
    short or old, at least be no text."""
    if len(data) < _MIN_PE_BYTES:
        return False
    at = int.from_bytes(data[_PE_POINTER], "little")
    return data[at : at + 2] in {b"PE", b"NE", b"LE"} or b"\0" in data[:_MIN_PE_BYTES]
