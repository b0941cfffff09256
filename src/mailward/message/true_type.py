# SPDX-License-Identifier: Apache-2.0
"""What a file is by its bytes, whatever it says it is.

A short table of first bytes answers for most; containers are opened just far enough to be told apart;
scripts are known by their words, with the name as a hint only among texts. Nothing here leaves Python,
and nothing reads more than the ends of the file.
"""

from mailward.message import text_types, zip_directory

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
_JAVA_CLASS = b"\xca\xfe\xba\xbe\0\0"
_LAST_ARCHITECTURE = b"\x1e"
_ARJ_HEADER = b"\x28\x0a"

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
    return _inside(data, head) or text_types.kind(head, name)


def _refined(kind: str, data: bytes, name: str) -> str:
    """A second look where the first bytes are too short to trust, or say too little."""
    if kind == "pe":
        kind = _executable(data)
    elif kind == "ole":
        kind = next((found for mark, found in _OLE_NAMES if data.find(mark, 512, _OLE_REACH) >= 0), "ole")
    elif kind == "macho" and data[:6] == _JAVA_CLASS and data[7:8] > _LAST_ARCHITECTURE:
        kind = "class"
    elif (kind == "bmp" and data[6:10] != bytes(4)) or (kind == "arj" and data[2:4] > _ARJ_HEADER):
        kind = ""
    elif kind == "script_encoded":
        kind = "vbe" if name.lower().endswith(".vbe") else "jse"
    return kind or text_types.kind(data[:_HEAD], name)


def _executable(data: bytes) -> str:
    """Answers "pe" or "dos" for a program, empty for a text that happens to begin with MZ."""
    if len(data) < 64 or text_types.looks_textual(data[:_HEAD]):  # noqa: PLR2004 - a DOS header
        return ""
    at = int.from_bytes(data[_PE_POINTER : _PE_POINTER + 4], "little")
    return "pe" if data[at : at + 2] in {b"PE", b"NE", b"LE", b"LX"} else "dos"


_AT_PLACES = (
    (_ISO_AT, b"CD001", "iso"),
    (_UDF_AT + 1, b"BEA01", "iso"),
    (_UDF_AT + 1, b"NSR02", "iso"),
    (_UDF_AT + 1, b"NSR03", "iso"),
    (_TAR_AT, b"ustar", "tar"),
    (_ACE_AT, b"**ACE**", "ace"),
    (2, b"-lh", "lzh"),
    (4, b"ftyphei", "heic"),
    (4, b"ftypmif1", "heic"),
    (4, b"ftypavif", "heic"),
    (4, b"ftyp", "mp4"),
    (8, b"WEBP", "webp"),
    (8, b"WAVE", "wav"),
    (8, b"AVI ", "avi"),
)


def _inside(data: bytes, head: bytes) -> str:
    """Kinds whose mark does not stand at the first byte."""
    if head.find(b"%PDF-", 0, _PDF_REACH) >= 0:
        return "pdf"
    for at, mark, kind in _AT_PLACES:
        if data.startswith(mark, at):
            return kind
    if len(data) >= _DMG_TAIL and data[-_DMG_TAIL : -_DMG_TAIL + 4] == b"koly":
        return "dmg"
    if head[:64].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{\\rt"):
        return "rtf"
    return zip_directory.kind(data) if zip_directory.trailing(data) else ""
