# SPDX-License-Identifier: Apache-2.0
"""Text into header fields: RFC 2047 where needed, folded, and with no way to start a new line."""

import base64
import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_WIDTH = 78
_CHUNK = 42
_SURROGATE = re.compile("[\ud800-\udfff]")


def encoded(text: str) -> str:
    """`text` as encoded words in UTF-8, none longer than 75 characters, separated by spaces."""
    text = _SURROGATE.sub("\ufffd", text)
    words: list[str] = []
    chunk = b""
    for character in text:
        data = character.encode("utf-8")
        if len(chunk) + len(data) > _CHUNK:
            words.append(_word(chunk))
            chunk = b""
        chunk += data
    words.append(_word(chunk))
    return " ".join(words)


def folded(name: str, value: str, end: str = "\r\n") -> str:
    """One whole field with its line end, in ASCII, folded at 78 where it has spaces."""
    value = _CONTROL.sub(" ", value).strip()
    if not value.isascii() or "=?" in value:
        value = encoded(value)
    lines: list[str] = []
    line = f"{name}:"
    for word in value.split(" "):
        if len(line) + 1 + len(word) > _WIDTH and line.strip() and word:
            lines.append(line)
            line = ""
        line += " " + word
    lines.append(line)
    return end.join(lines) + end


def _word(data: bytes) -> str:
    return f"=?utf-8?B?{base64.b64encode(data).decode('ascii')}?="
