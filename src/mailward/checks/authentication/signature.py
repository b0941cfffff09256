# SPDX-License-Identifier: Apache-2.0
"""What DKIM-Signature and ARC-Message-Signature share: reading the tags and checking the hashes."""

import base64
import binascii

import msgspec

from mailward.checks.authentication.canonical import FORMS, Mail
from mailward.checks.authentication.fields import Field, squeeze, tags
from mailward.checks.authentication.keys import Key, Rejected, key_name_parts

ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
MAX_SIGNED = 1000
"""Names in h=."""
MAX_DIGITS = 20


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The tags of one signature, read. `signed` are the lower-case names of h=; `length` is l=;
    `signed_at` and `expires_at` are seconds since 1970."""

    field: Field
    algorithm: str
    domain: str
    selector: str
    forms: tuple[str, str]
    signed: tuple[bytes, ...]
    body_hash: bytes
    data: bytes
    length: int | None = None
    signed_at: int | None = None
    expires_at: int | None = None

    def check_body(self, mail: Mail) -> bool:
        """Check the body hash; True if it holds for a part of the body only, because of l=.

        Raises `Rejected` if the hash does not hold.
        """
        size = mail.body_size(self.forms[1]) if self.length is not None else 0
        if self.length is not None and self.length > size:
            raise Rejected("permerror", "l= is longer than the body")
        if mail.body_digest(self.forms[1], self.length) != self.body_hash:
            raise Rejected("fail", "the body was changed after it was signed")
        return self.length is not None and self.length < size

    def check_header(self, mail: Mail, key: Key) -> None:
        """Raises `Rejected` if the signature over the header does not hold."""
        digest = mail.header_digest(signed=self.signed, own=self.field, form=self.forms[0])
        if not key.verifies(self.data, digest):
            raise Rejected("fail", "the signature does not match the header")


def read_tags(field: Field) -> dict[str, str]:
    """The tags of a signature field. Raises `Rejected`."""
    listed = tags(field.value.decode("latin-1"))
    if listed is None:
        raise Rejected("permerror", "the signature cannot be read")
    return listed


def read_signature(field: Field, listed: dict[str, str], *, forms: str = "simple/simple") -> Signature:
    """Make sense of the tags; `forms` holds where c= is absent.

    Raises `Rejected` with what is missing or wrong.
    """
    for name in ("a", "b", "bh", "d", "h", "s"):
        if name not in listed:
            raise Rejected("permerror", f"the signature lacks {name}=")
    domain, selector = key_name_parts(listed)
    if not domain or not selector:
        raise Rejected("permerror", "d= or s= is no name")
    names = [name.strip(" \t\r\n").lower() for name in listed["h"].split(":", MAX_SIGNED)]
    if len(names) > MAX_SIGNED:
        raise Rejected("permerror", "h= names too many fields")
    return Signature(
        field=field,
        algorithm=read_algorithm(listed),
        domain=domain,
        selector=selector,
        forms=_forms(listed.get("c", forms)),
        signed=tuple(name.encode("latin-1") for name in names),
        body_hash=decode(listed["bh"]),
        data=decode(listed["b"]),
        length=number(listed, "l"),
        signed_at=number(listed, "t"),
        expires_at=number(listed, "x"),
    )


def read_algorithm(listed: dict[str, str]) -> str:
    """a=, if it is one that counts (RFC 8301, 8463). Raises `Rejected`."""
    algorithm = listed.get("a", "")
    if algorithm == "rsa-sha1":
        raise Rejected("policy", "rsa-sha1 no longer counts (RFC 8301)")
    if algorithm not in ALGORITHMS:
        raise Rejected("permerror", "unknown signature algorithm")
    return algorithm


def _forms(text: str) -> tuple[str, str]:
    header, slash, body = text.partition("/")
    forms = (header, body if slash else "simple")
    if not set(forms) <= set(FORMS):
        raise Rejected("permerror", "unknown canonical form")
    return forms


def number(listed: dict[str, str], name: str) -> int | None:
    """A decimal tag, None if absent. Raises `Rejected`."""
    text = listed.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > MAX_DIGITS:
        raise Rejected("permerror", f"{name}= is no number")
    return int(text)


def decode(text: str) -> bytes:
    """Base64 with white space anywhere. Raises `Rejected`."""
    try:
        data = base64.b64decode(squeeze(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected("permerror", "the signature is not base64") from error
    if not data:
        raise Rejected("permerror", "the signature is empty")
    return data
