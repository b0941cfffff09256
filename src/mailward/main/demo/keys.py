# SPDX-License-Identifier: Apache-2.0
"""The keys with which the demo's senders sign: made on the first start, so that none lies in the project."""

import base64
import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

RSA_BITS = 2048
SELECTORS = {"rsa": "s2026", "ed25519": "e2026"}


class SenderKeys(msgspec.Struct, frozen=True):
    """One key of each kind, shared by all the demo's senders."""

    rsa: RSAPrivateKey
    ed25519: Ed25519PrivateKey

    @classmethod
    def make(cls) -> "SenderKeys":
        """New ones."""
        return cls(generate_private_key(public_exponent=65537, key_size=RSA_BITS), Ed25519PrivateKey.generate())

    @classmethod
    def kept(cls, folder: Path) -> "SenderKeys":
        """Those in `folder`, made there if there are none. Raises `OSError` and `ValueError`."""
        if not (folder / "rsa.pem").exists() or not (folder / "ed25519.pem").exists():
            cls.make().keep(folder)
        rsa, ed25519 = (load_pem_private_key((folder / f"{kind}.pem").read_bytes(), None) for kind in SELECTORS)
        if not isinstance(rsa, RSAPrivateKey) or not isinstance(ed25519, Ed25519PrivateKey):
            raise ValueError(f"{folder} does not hold the demo's keys: remove it, and new ones are made")  # noqa: TRY004
        return cls(rsa, ed25519)

    def keep(self, folder: Path) -> None:
        """Write them, readable by the owner only."""
        folder.mkdir(parents=True, exist_ok=True)
        for kind, key in (("rsa", self.rsa), ("ed25519", self.ed25519)):
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            with open(folder / f"{kind}.pem", "wb", opener=_owner_only) as file:
                file.write(pem)

    def public(self, kind: str) -> str:
        """The base64 that stands behind p= in the DNS record (RFC 6376, 3.6.1; RFC 8463, 4)."""
        if kind == "rsa":
            octets = self.rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            octets = self.ed25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(octets).decode("ascii")


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
