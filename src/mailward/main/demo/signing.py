# SPDX-License-Identifier: Apache-2.0
"""Sign a specimen as its sender would (DKIM, RFC 6376 and 8463, relaxed/relaxed).

Small on purpose: it signs mails that we wrote ourselves. The gateway that verifies them shares no
line with it, so that neither can hide a mistake of the other.
"""

import base64
import hashlib
import re
import textwrap

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from mailward.main.demo.keys import SELECTORS, SenderKeys

SIGNED = (
    *("from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post"),
)
"""Fields that are signed where they are present; From is signed once more, so that none can be added."""

_FOLDED_AT = 70


def signature(mail: bytes, *, kind: str, domain: str, keys: SenderKeys, at: int) -> bytes:
    """The DKIM-Signature field, with its line end, to be put before `mail` (CRLF line ends).

    `kind` is "rsa" or "ed25519"; `at` is the time of signing in seconds since 1970.
    """
    head, _, body = mail.partition(b"\r\n\r\n")
    fields = _fields(head + b"\r\n")
    names = [name for name in SIGNED if any(field[0] == name for field in fields)]
    value = (
        f"v=1; a={kind}-sha256; c=relaxed/relaxed; d={domain}; s={SELECTORS[kind]};\r\n"
        f"\tt={at}; h={_listed([*names, 'from'])};\r\n"
        f"\tbh={base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()};\r\n"
        "\tb="
    )
    lowest = dict(fields)  # of several, the lowest is signed (RFC 6376, 5.4.2)
    hashed = b"".join(_relaxed(name, lowest[name]) + b"\r\n" for name in names)
    hashed += _relaxed("dkim-signature", value.encode("ascii"))
    octets = _raw_signature(hashed, kind=kind, keys=keys)
    return f"DKIM-Signature: {value}{_folded(base64.b64encode(octets).decode())}\r\n".encode("ascii")


def _raw_signature(hashed: bytes, *, kind: str, keys: SenderKeys) -> bytes:
    if kind == "rsa":
        return keys.rsa.sign(hashed, PKCS1v15(), SHA256())
    return keys.ed25519.sign(hashlib.sha256(hashed).digest())


def _fields(head: bytes) -> list[tuple[str, bytes]]:
    """Name in lower case and raw value of each header field, from the top."""
    found: list[tuple[str, bytes]] = []
    for line in head.split(b"\r\n")[:-1]:
        if line[:1] in (b" ", b"\t"):
            name, value = found[-1]
            found[-1] = (name, value + b"\r\n" + line)
        else:
            raw_name, _, value = line.partition(b":")
            found.append((raw_name.decode("ascii").lower().strip(), value))
    return found


def _relaxed(name: str, value: bytes) -> bytes:
    """One field, canonical (RFC 6376, 3.4.2)."""
    return name.encode("ascii") + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()


def _relaxed_body(body: bytes) -> bytes:
    """The body, canonical (RFC 6376, 3.4.4)."""
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _listed(names: list[str]) -> str:
    """Field names with colons between them, folded at colons only."""
    lines = textwrap.wrap(": ".join(names), _FOLDED_AT, break_on_hyphens=False, break_long_words=False)
    return "\r\n\t".join(lines).replace(": ", ":")


def _folded(text: str) -> str:
    """Long values over several lines; white space is no part of them."""
    return "\r\n\t".join(text[start : start + _FOLDED_AT] for start in range(0, len(text), _FOLDED_AT))
