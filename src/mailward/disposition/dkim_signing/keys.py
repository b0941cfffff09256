# SPDX-License-Identifier: Apache-2.0
"""Key pairs: made here, sealed with the organization's key, and opened in the processes that deliver."""

import base64
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from mailward.kit.vault import Key

MAX_STRING = 255
"""Octets in one string of a TXT record (RFC 1035, 3.3.14)."""
KEYS_OPEN = 1000
"""Opened keys that a process remembers."""
_PADDING, _PREHASHED = PKCS1v15(), Prehashed(SHA256())


class Algorithm(StrEnum):
    """RFC 6376 (RSA, which everybody verifies) and RFC 8463 (Ed25519, short and quick, not yet by all)."""

    RSA = "rsa"
    ED25519 = "ed25519"


class NewKey(NamedTuple):
    """A fresh pair: p= of the record, and the private half in DER."""

    public: str
    private: bytes


class SigningKey(NamedTuple):
    """A key that signs, as the snapshot carries it: still sealed."""

    id: UUID
    organization: UUID
    domain: str
    selector: str
    algorithm: Algorithm
    sealed: bytes

    def sign(self, digest: bytes, key: Key) -> bytes:
        """The signature over a SHA-256 digest. `key` is the organization's. Raises VaultError."""
        private = _opened(self, key)
        if isinstance(private, RSAPrivateKey):
            return private.sign(digest, _PADDING, _PREHASHED)
        return private.sign(digest)


def make(algorithm: Algorithm, bits: int) -> NewKey:
    """A new pair; an RSA key of 2048 bits takes a tenth of a second of CPU, of 4096 bits a second."""
    if algorithm is Algorithm.RSA:
        private = generate_private_key(public_exponent=65537, key_size=bits)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return NewKey(base64.b64encode(public).decode(), _der(private))
    short = Ed25519PrivateKey.generate()
    octets = short.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return NewKey(base64.b64encode(octets).decode(), _der(short))


def is_public_half(found: RSAPublicKey | Ed25519PublicKey, public: str) -> bool:
    """Whether a key that was found is ours, however its record writes it. `public` is p= of our record."""
    if isinstance(found, RSAPublicKey):
        octets = found.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = found.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(octets).decode() == public


def place_of(organization: UUID, identifier: UUID) -> bytes:
    """Where a sealed key belongs: in another row it does not open."""
    return b"dkim_keys|" + organization.bytes + b"|" + identifier.bytes


def selector_of(algorithm: Algorithm, at: datetime, taken: frozenset[str]) -> str:
    """A selector that says when the key was made, such as mw20261127r; a letter more if that is taken."""
    base = f"mw{at:%Y%m%d}{algorithm.value[0]}"
    return next(name for name in (base, *(f"{base}{n}" for n in range(2, 10_000))) if name not in taken)


def record_of(algorithm: Algorithm, public: str) -> str:
    """The text of the DNS record (RFC 6376, 3.6.1)."""
    return f"v=DKIM1; k={algorithm.value}; p={public}"


def zone_line(name: str, text: str) -> str:
    """The record as a line of a zone file, its text cut into strings that readers join (RFC 6376, 3.6.2.2)."""
    strings = " ".join(f'"{text[start : start + MAX_STRING]}"' for start in range(0, len(text), MAX_STRING))
    return f"{name}. IN TXT ( {strings} )"


def _der(private: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@lru_cache(maxsize=KEYS_OPEN)
def _opened(signing: SigningKey, key: Key) -> RSAPrivateKey | Ed25519PrivateKey:
    clear = key.open(signing.sealed, context=place_of(signing.organization, signing.id))
    private = load_der_private_key(clear, None, unsafe_skip_rsa_key_validation=True)  # we made it ourselves
    assert isinstance(private, RSAPrivateKey | Ed25519PrivateKey)
    return private
