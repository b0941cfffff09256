# SPDX-License-Identifier: Apache-2.0
"""What a file is by its bytes, whatever it says it is.

A short table of first bytes answers for most; containers are opened just far enough to be told apart;
scripts are known by their words, with the name as a hint only among texts. Nothing here leaves Python,
and nothing reads more than the ends of the file.
"""

import re

from mailward.message import zip_directory

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "pe"),
    (b"\x7fELF", "elf"),
    (b"\xca\xfe\xba\xbe", "macho"),
    (b"\xfe\xed\xfa\xce", "macho"),
    (b"\xfe\xed\xfa\xcf", "macho"),
    (b"\xce\xfa\xed\xfe", "macho"),
    (b"\xcf\xfa\xed\xfe", "macho"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "one"),
    (b"{\\rt", "rtf"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF", "cab"),
    (b"ISc(", "cab"),
    (b"\x60\xea", "arj"),
    (b"\x1f\x8b", "gz"),
    (b"\x1f\x9d", "z"),
    (b"\x1f\xa0", "z"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"LZIP", "lz"),
    (b"MSWIM\x00\x00\x00", "wim"),
    (b"conectix", "vhd"),
    (b"vhdxfile", "vhdx"),
    (b"ITSF\x03\x00", "chm"),
    (b"!BDN", "pst"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"8BPS", "psd"),
    (b"%!PS", "postscript"),
    (b"\xc5\xd0\xd3\xc6", "postscript"),
    (b"ID3", "mp3"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"FWS", "swf"),
    (b"CWS", "swf"),
    (b"ZWS", "swf"),
    (b"wOFF", "font"),
    (b"wOF2", "font"),
    (b"OTTO", "font"),
    (b"\x00\x01\x00\x00\x00", "font"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x00asm", "wasm"),
    (b"dex\n", "dex"),
    (b"#@~^", "script_encoded"),
    (b"AT&TFORM", "djvu"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07", "pkcs7"),
    (b"-----BEGIN PGP ", "pgp"),
    (b"\x89HDF", "hdf"),
    (b"xar!", "xar"),
    (b"regf", "registry"),
    (b"Windows Registry Editor", "reg"),
    (b"REGEDIT4", "reg"),
)
_BY_FIRST: dict[int, tuple[tuple[bytes, str], ...]] = {}
for _magic, _kind in _MAGIC:
    _BY_FIRST[_magic[0]] = (*_BY_FIRST.get(_magic[0], ()), (_magic, _kind))

_HEAD = 4096
_PDF_REACH = 1024
_ISO_AT = 32769
_UDF_AT = 32768
_DMG_TAIL = 512
_TAR_AT = 257
_ACE_AT = 7
_PE_POINTER = 0x3C

_OLE_NAMES = (
    (b"_\0_\0s\0u\0b\0s\0t\0g\0", "msg"),
    (b"_\0_\0p\0r\0o\0p\0e\0r\0t\0i\0e\0s\0", "msg"),
    (b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0", "office_encrypted"),
    (b"W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0", "doc"),
    (b"W\0o\0r\0k\0b\0o\0o\0k\0", "xls"),
    (b"B\0o\0o\0k\0\0\0", "xls"),
    (b"P\0o\0w\0e\0r\0P\0o\0i\0n\0t\0 \0D\0o\0c\0", "ppt"),
    (b"V\0i\0s\0i\0o\0D\0o\0c\0", "vsd"),
    (b"\x40\x48\x3f\x3b\xf2\x43\x38\x44\xb1\x45", "msi"),
    (b"\x40\x48\xff\x3f", "msi"),
)
_OLE_REACH = 2 * 1024 * 1024

_TEXTUAL = (
    ("hta", re.compile(rb"<hta:application", re.IGNORECASE)),
    (
        "wsf",
        re.compile(
            rb"<(?:job|package)[\s>][^<]{0,400}<script|<\?xml[^>]{0,100}\?>\s{0,20}<(?:job|package)\b", re.IGNORECASE
        ),
    ),
    ("sct", re.compile(rb"<scriptlet", re.IGNORECASE)),
    ("svg", re.compile(rb"<svg[\s>]", re.IGNORECASE)),
    (
        "html",
        re.compile(
            rb"<!doctype\s{1,20}html|<html[\s>]|<head[\s>]|<body[\s>]|<script[\s>]|<iframe[\s>]|<meta\s{1,9}http-equiv|<form[\s>]",
            re.IGNORECASE,
        ),
    ),
    ("ics", re.compile(rb"\A\s{0,20}BEGIN:VCALENDAR", re.IGNORECASE)),
    ("vcf", re.compile(rb"\A\s{0,20}BEGIN:VCARD", re.IGNORECASE)),
    ("url", re.compile(rb"\A\s{0,20}\[InternetShortcut\]", re.IGNORECASE)),
    ("library", re.compile(rb"<libraryDescription", re.IGNORECASE)),
    ("rdp", re.compile(rb"^full address:s:", re.IGNORECASE | re.MULTILINE)),
    ("slk", re.compile(rb"\AID;P")),
    ("iqy", re.compile(rb"\AWEB\r?\n\d")),
    ("shell", re.compile(rb"\A#!\s{0,5}/[^\n]{0,60}sh\b")),
    ("python", re.compile(rb"\A#![^\n]{0,60}python")),
    ("php", re.compile(rb"<\?php", re.IGNORECASE)),
    (
        "ps1",
        re.compile(
            rb"\b(?:Invoke-(?:Expression|WebRequest|RestMethod)|New-Object\s{1,5}(?:System\.)?Net\.WebClient|Set-ExecutionPolicy"
            rb"|FromBase64String|Start-Process|\[System\.(?:Convert|Text|Net|Reflection))|^\s{0,20}param\s{0,5}\(\s{0,50}\[",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    (
        "vbs",
        re.compile(
            rb"\b(?:CreateObject\s{0,5}\(|On Error Resume Next|WScript\.(?:Shell|Echo|CreateObject)|ExecuteGlobal\b|MsgBox\s{1,5}\")"
            rb"|^\s{0,20}(?:Dim\s{1,5}\w{1,60}\s{0,5}(?:,|$)|Sub\s{1,5}\w{1,60}\s{0,5}\(|End (?:Sub|Function)\s{0,5}$)",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    (
        "js",
        re.compile(
            rb"\b(?:new ActiveXObject|eval\s{0,5}\(|document\.write|unescape\s{0,5}\(|String\.fromCharCode|function\s{1,5}\w{0,60}\s{0,5}\([^)]{0,200}\)\s{0,5}\{)"
            rb"|^\s{0,20}(?:var|let|const)\s{1,5}[\w$]{1,60}\s{0,5}=|\(function\s{0,5}\(|=>\s{0,5}\{",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    (
        "bat",
        re.compile(
            rb"^\s{0,20}@?echo\s{1,5}off|^\s{0,20}(?:setlocal|%comspec%|powershell(?:\.exe)?\s|certutil\s|bitsadmin\s|start /b)",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
)
_EMAIL = re.compile(
    rb"\A(?:From [^\n]{1,200}\r?\n)?(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]{0,998}\n(?:[ \t][^\n]{0,998}\n){0,50}){3}"
)
_EMAIL_FIELD = re.compile(rb"^(?:from|subject|received|date|message-id|to):", re.IGNORECASE | re.MULTILINE)
_SCRIPT_NAMES = {
    "js": "js",
    "jse": "js",
    "mjs": "js",
    "vbs": "vbs",
    "vbe": "vbs",
    "ps1": "ps1",
    "psm1": "ps1",
    "bat": "bat",
    "cmd": "bat",
    "hta": "hta",
    "wsf": "wsf",
    "sct": "sct",
    "sh": "shell",
    "py": "python",
    "php": "php",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "shtml": "html",
    "mht": "mhtml",
    "mhtml": "mhtml",
    "svg": "svg",
    "eml": "eml",
    "ics": "ics",
    "vcf": "vcf",
    "url": "url",
    "reg": "reg",
    "iqy": "iqy",
    "slk": "slk",
    "rdp": "rdp",
    "csv": "csv",
    "xml": "xml",
    "json": "json",
}
_TEXT_CONTROLS = frozenset(b"\x00\x01\x02\x03\x04\x05\x06\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x7f")
_MAX_CONTROLS = 0.01


def true_type(data: bytes, name: str = "") -> str:
    """The kind of `data` in a short lower-case word: "pe", "zip", "docx", "pdf", "html", "js", "text",
    "empty", "unknown" ... `name` settles only what kind of text a text is. Never raises."""
    if not data:
        return "empty"
    head = data[:_HEAD]
    for magic, kind in _BY_FIRST.get(head[0], ()):
        if head.startswith(magic):
            return _refined(kind, data, name)
    if head.startswith(b"PK") and head[2:4] in {b"\x03\x04", b"\x05\x06", b"\x07\x08"}:
        return zip_directory.kind(data)
    return _inside(data, head) or _text(data, head, name)


def _refined(kind: str, data: bytes, name: str) -> str:
    """A second look where the first bytes are too short to trust, or say too little."""
    if kind == "pe":
        return _executable(data) or _text(data, data[:_HEAD], name)
    if kind == "ole":
        found = [data.find(mark, 512, _OLE_REACH) >= 0 for mark, _ in _OLE_NAMES]
        return next((type_ for (_, type_), hit in zip(_OLE_NAMES, found, strict=True) if hit), "ole")
    if kind == "macho" and data[:4] == b"\xca\xfe\xba\xbe" and len(data) > 8 and data[4:6] == b"\0\0" and data[7] > 30:  # noqa: PLR2004
        return "class"
    if kind == "bmp" and (len(data) < 26 or data[6:10] != b"\0\0\0\0"):  # noqa: PLR2004 - a bitmap's header
        return _text(data, data[:_HEAD], name)
    if kind == "arj" and (len(data) < 34 or data[2:4] > b"\x28\x0a"):  # noqa: PLR2004 - an archive's header
        return "unknown"
    if kind == "script_encoded":
        return "vbe" if name.lower().endswith(".vbe") else "jse"
    return kind


def _executable(data: bytes) -> str:
    """ "pe" or "dos" for a program, empty for a text that happens to begin with MZ."""
    if len(data) < 64 or _looks_textual(data[:_HEAD]):  # noqa: PLR2004 - a DOS header
        return ""
    at = int.from_bytes(data[_PE_POINTER : _PE_POINTER + 4], "little")
    return "pe" if data[at : at + 2] in {b"PE", b"NE", b"LE", b"LX"} else "dos"


def _inside(data: bytes, head: bytes) -> str:
    """Kinds whose mark does not stand at the first byte."""
    if head.find(b"%PDF-", 0, _PDF_REACH) >= 0:
        return "pdf"
    if data[_ISO_AT : _ISO_AT + 5] == b"CD001" or data[_UDF_AT + 1 : _UDF_AT + 6] in {b"BEA01", b"NSR02", b"NSR03"}:
        return "iso"
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return "tar"
    if head[_ACE_AT : _ACE_AT + 7] == b"**ACE**":
        return "ace"
    if head[2:5] == b"-lh" and head[6:7] == b"-":
        return "lzh"
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in {b"heic", b"heix", b"mif1", b"avif"} else "mp4"
    if head[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12], "riff")
    if len(data) >= _DMG_TAIL and data[-_DMG_TAIL : -_DMG_TAIL + 4] == b"koly":
        return "dmg"
    if head[:3] == b"\xef\xbb\xbf" and head[3:7] == b"{\\rt":
        return "rtf"
    stripped = head[:64].lstrip()
    if stripped.startswith(b"{\\rt"):
        return "rtf"
    if zip_directory.trailing(data):
        return zip_directory.kind(data)
    return ""


def _looks_textual(head: bytes) -> bool:
    controls = sum(head.count(byte) for byte in _TEXT_CONTROLS)
    return controls <= len(head) * _MAX_CONTROLS


def _text(data: bytes, head: bytes, name: str) -> str:
    """The kind of a text; "unknown" if it is none."""
    sample = head
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or head.count(b"\0") * 3 > len(head):
        order = "utf-16-be" if head[:2] == b"\xfe\xff" or head[:1] == b"\0" else "utf-16-le"
        sample = head.decode(order, "ignore").encode("utf-8", "ignore")
    if not _looks_textual(sample):
        return "unknown"
    if b"#@~^" in sample:
        return "vbe" if name.lower().endswith(".vbe") else "jse"
    if _EMAIL.match(sample) and len(_EMAIL_FIELD.findall(sample)) > 1:
        return "eml"
    for kind, words in _TEXTUAL:
        if words.search(sample):
            return kind
    named = _SCRIPT_NAMES.get(name.rpartition(".")[2].lower(), "") if "." in name else ""
    if named:
        return named
    if sample.lstrip()[:5] == b"<?xml":
        return "xml"
    return "text" if data else "empty"
