# SPDX-License-Identifier: Apache-2.0
"""The making of DKIM-Signature and ARC-Message-Signature fields (RFC 6376, 3.5; RFC 8617, 4.1.2).

The canonical forms and the hash over the header are those of our verifier, so that the two cannot
disagree; whether they are right, other implementations say in the tests.
"""

import base64
from collections.abc import Iterable, Sequence

from mailward.checks.authentication.service import Field, Mail
from mailward.disposition.dkim_signing.keys import SigningKey
from mailward.kit.vault import Key

_LINE = 72
MAX_NAMES = 300
"""Names in h=; a mail with more fields of the signed kinds is signed without the rest."""


async def signature(
    mail: Mail, signing: SigningKey, key: Key, *, name: str, tags: Sequence[tuple[str, str]], forms: tuple[str, str],
    signed: Sequence[str],
) -> bytes:  # fmt: skip
    """The whole field `name`, with its final CRLF. `tags` come before h=, bh= and b=; `signed` is h= in order.

    A large body is hashed in a thread of its own. Raises VaultError.
    """
    await mail.hash_body(forms[1], None)
    listed = [
        *tags,
        ("h", ":".join(signed)),
        ("bh", base64.b64encode(mail.body_digest(forms[1], None)).decode()),
    ]
    value = f" {_folded(listed)};\r\n\tb="
    own = Field(name.lower().encode(), name.encode(), value.encode("ascii"))
    digest = mail.header_digest(signed=tuple(word.lower().encode() for word in signed), own=own, form=forms[0])
    return f"{name}:{value}{wrapped(signing.sign(digest, key))}\r\n".encode("ascii")


def names_to_sign(mail: Mail, signed: Iterable[str], oversigned: Iterable[str]) -> list[str]:
    """h=: each field as often as it is there, and those to be sealed once more (RFC 6376, 8.15)."""
    sealed = {word.lower() for word in oversigned} | {"from"}
    wanted = dict.fromkeys(word.lower() for word in ("From", *signed, *oversigned))
    found: list[str] = []
    for word in wanted:
        found += [word] * (len(mail.named(word.encode())) + (word in sealed))
    return found[:MAX_NAMES]


def wrapped(data: bytes) -> str:
    """Base64 over several lines."""
    text = base64.b64encode(data).decode()
    return "\r\n\t".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))


def _folded(tags: Sequence[tuple[str, str]]) -> str:
    """The tags, one line after the other, cut where white space is allowed: behind ; and : of h=."""
    lines = [""]
    for name, value in tags:
        pieces = value.replace(":", ":\0").split("\0") if name == "h" else [value]
        for place, piece in enumerate(pieces):
            text = (f"{name}=" if place == 0 else "") + piece + (";" if place == len(pieces) - 1 else "")
            if lines[-1] and len(lines[-1]) + len(text) + 1 > _LINE:
                lines.append("")
            gap = " " if lines[-1] and place == 0 else ""
            lines[-1] += gap + text
    return "\r\n\t".join(lines).removesuffix(";")
