# SPDX-License-Identifier: Apache-2.0
"""xtext: how SMTP parameters carry any sign of ASCII (RFC 3461, 4)."""

import re

_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")
_HEX = re.compile(r"\+([0-9A-F]{2})")


def decoded(text: str) -> str | None:
    """What `text` stands for; None if it is no xtext, or hides a sign that cannot be printed (RFC 3461, 4.4)."""
    if not _XTEXT.fullmatch(text):
        return None
    plain = _HEX.sub(lambda match: chr(int(match[1], 16)), text)
    return plain if plain.isascii() and plain.isprintable() else None


def embedded(text: str) -> str:
    r"""Letters outside ASCII as the "\x{...}" of RFC 6533, 3, which every server can carry."""
    return text if text.isascii() else "".join(f"\\x{{{ord(sign):X}}}" if ord(sign) > 126 else sign for sign in text)  # noqa: PLR2004 - the last printable sign of ASCII
