# SPDX-License-Identifier: Apache-2.0
"""Bytes to text under every charset label that mail readers accept.

Labels come from strangers, so they are looked up in a table made here and never handed to Python's
codec search: that would import modules by name, keep every unknown label for ever, and offer codecs
that are no charsets. As browsers do (WHATWG Encoding), a label stands for the largest set that is
sold under it: latin-1 is read as windows-1252, gb2312 as gb18030, shift_jis as cp932.
"""

import codecs
from encodings.aliases import aliases
from functools import lru_cache

_CODECS = frozenset(
    """ascii big5 big5hkscs cp037 cp1026 cp1125 cp1140 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256
    cp1257 cp1258 cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865
    cp866 cp869 cp874 cp932 cp949 cp950 euc_jis_2004 euc_jisx0213 euc_jp euc_kr gb18030 gb2312 gbk
    hp_roman8 hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext
    iso2022_kr iso8859_10 iso8859_11 iso8859_13 iso8859_14 iso8859_15 iso8859_16 iso8859_2 iso8859_3
    iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8 iso8859_9 johab koi8_r koi8_t koi8_u kz1048 latin_1
    mac_cyrillic mac_greek mac_iceland mac_latin2 mac_roman mac_turkish ptcp154 shift_jis shift_jis_2004
    shift_jisx0213 tis_620 utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le utf_7 utf_8 utf_8_sig""".split()
)

_WIDER = {
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_1": "iso2022_jp_ext",
    "utf_8_sig": "utf_8",
}

_MORE_LABELS = {
    "ansi": "cp1252",
    "ansix341968": "ascii",
    "big5eten": "big5",
    "cnbig5": "big5",
    "cngb": "gb2312",
    "cp65001": "utf_8",
    "cp936": "gbk",
    "csiso2022jp": "iso2022_jp",
    "cswindows31j": "cp932",
    "cyrillicwindows": "cp1251",
    "dos874": "cp874",
    "eucgb2312cn": "gb2312",
    "gb231280": "gb2312",
    "hzgb2312": "hz",
    "iso2022jpms": "iso2022_jp",
    "iso88596e": "iso8859_6",
    "iso88596i": "iso8859_6",
    "iso88598e": "iso8859_8",
    "iso88598i": "iso8859_8",
    "iso8859": "latin_1",
    "isolatin1": "latin_1",
    "koi": "koi8_r",
    "koi8": "koi8_r",
    "koi8ru": "koi8_u",
    "ksc56011987": "cp949",
    "ksc56011989": "cp949",
    "ksc5601": "cp949",
    "macintosh": "mac_roman",
    "ms936": "gbk",
    "sjis": "cp932",
    "ucs2": "utf_16_be",
    "ucs4": "utf_32_be",
    "unicode": "utf_16",
    "unicode11utf7": "utf_7",
    "unicode11utf8": "utf_8",
    "unicode20utf7": "utf_7",
    "unicode20utf8": "utf_8",
    "usascii": "ascii",
    "utf8mb3": "utf_8",
    "utf8mb4": "utf_8",
    "utf8n": "utf_8",
    "win1251": "cp1251",
    "windows31j": "cp932",
    "windows874": "cp874",
    "windows949": "cp949",
    "xcp1250": "cp1250",
    "xeucjp": "euc_jp",
    "xeuckr": "cp949",
    "xgbk": "gbk",
    "xmaccyrillic": "mac_cyrillic",
    "xmacroman": "mac_roman",
    "xsjis": "cp932",
    "xunicode20utf7": "utf_7",
    "xwindows949": "cp949",
    "xxbig5": "big5",
}

_UNDECLARED = frozenset({"", "unknown8bit", "xunknown", "unknown", "default", "xuserdefined", "none", "binary", "8bit"})
_MAX_LABEL = 60


def _squeezed(label: str) -> str:
    return "".join(character for character in label.lower() if character.isascii() and character.isalnum())


def _table() -> dict[str, str]:
    table = {_squeezed(name): name for name in _CODECS}
    table.update({_squeezed(label): name for label, name in aliases.items() if name in _CODECS})
    for number in range(1250, 1259):
        for prefix in ("windows", "xwindows", "win", "microsoftcp", "xcp", "ms"):
            table[f"{prefix}{number}"] = f"cp{number}"
    table.update(_MORE_LABELS)
    return {label: codecs.lookup(_WIDER.get(name, name)).name for label, name in table.items()}


_LABELS = _table()


@lru_cache(maxsize=256)
def codec(label: str) -> str:
    """The Python codec that reads text labelled `label`; empty if the label is unknown or says nothing."""
    if len(label) > _MAX_LABEL:
        return ""
    return _LABELS.get(_squeezed(label), "")


def known(label: str) -> bool:
    """Whether mail readers agree on a meaning of `label`; the ways of saying nothing count as known."""
    return bool(codec(label)) or (len(label) <= _MAX_LABEL and _squeezed(label) in _UNDECLARED)


def decode(data: bytes, label: str = "") -> str:
    """Text of `data`. Never raises: without a usable label UTF-8 is tried, then windows-1252; bytes
    that have no meaning become U+FFFD."""
    name = codec(label) if label else ""
    if name in {"", "cp1252", "utf-8"}:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            if name == "utf-8":
                return data.decode("utf-8", "replace")
            return data.decode("cp1252", "replace")
    if name == "utf-16" and data[:2] not in {b"\xff\xfe", b"\xfe\xff"} and data[:1] == b"\0":
        name = "utf-16-be"
    try:
        return data.decode(name, "replace")
    except (UnicodeError, ValueError, MemoryError):
        return data.decode("latin-1")
