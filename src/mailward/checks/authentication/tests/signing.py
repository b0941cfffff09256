# SPDX-License-Identifier: Apache-2.0
"""Sign mails for the tests with any tags, sound or not."""

import base64
import hashlib
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from mailward.checks.authentication.canonical import Mail, canonical_field, relaxed_body, simple_body
from mailward.checks.authentication.fields import Field, split

NAMES = "from:to:subject:date:message-id"


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def key_record(key, *, flags: str = "") -> bytes:
    """The DNS record of a private key's public half."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        data = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; {flags} p={base64.b64encode(data).decode()}".encode()
    data = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; {flags} p={base64.b64encode(data).decode()}".encode()


def private_pem(key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def signed(raw: bytes, key=None, *, drop: str = "", **tags: str) -> bytes:
    """`raw` with a DKIM-Signature on top. `tags` replace the usual ones; `drop` names one to leave out."""
    key = key or rsa_key()
    algorithm = "ed25519-sha256" if isinstance(key, ed25519.Ed25519PrivateKey) else "rsa-sha256"
    usual = {"v": "1", "a": algorithm, "c": "relaxed/relaxed", "d": "sender.test", "s": "sel", "h": NAMES}
    listed = usual | {name: value for name, value in tags.items() if name not in ("b", "bh")}
    mail = Mail(split(raw))
    form = listed["c"].partition("/")
    body = (relaxed_body if form[2] == "relaxed" else simple_body)(mail.parts.body)
    length = int(tags["l"]) if tags.get("l", "x").isdigit() else None
    listed["bh"] = tags.get("bh", base64.b64encode(hashlib.sha256(body[:length]).digest()).decode())
    listed.pop(drop, None)
    text = "; ".join(f"{name}={value}" for name, value in listed.items()) + "; b="
    own = Field(b"dkim-signature", b"DKIM-Signature", b" " + text.encode())
    names = tuple(name.strip().lower().encode() for name in listed.get("h", "").split(":"))
    digest_input = _header(mail, names, own, form[0])
    if isinstance(key, ed25519.Ed25519PrivateKey):
        data = key.sign(hashlib.sha256(digest_input).digest())
    else:
        data = key.sign(digest_input, padding.PKCS1v15(), hashes.SHA256())
    return own.raw + tags.get("b", base64.b64encode(data).decode()).encode() + b"\r\n" + raw


def _header(mail: Mail, names, own: Field, form: str) -> bytes:
    left = {name: list(mail.named(name)) for name in names}
    pieces = [canonical_field(left[name].pop(), form) for name in names if left[name]]
    return b"\r\n".join([*pieces, canonical_field(own, form)])
