# SPDX-License-Identifier: Apache-2.0
"""Public keys of signers: fetched from DNS, read, judged fit or unfit, and used (RFC 6376, 3.6; 8301; 8463)."""

import base64
import binascii
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mailward.checks.authentication.fields import squeeze, tags
from mailward.checks.authentication.names import domain_name
from mailward.contract.dns import Resolver

MIN_RSA_BITS = 1024
MAX_RSA_BITS = 8192
MAX_RSA_EXPONENT = 2**32
"""A huge public exponent makes each verification as dear as a signature."""
MAX_RECORDS = 10
MAX_KEY_TEXT = 8192
KEYS_REMEMBERED = 2000

_PADDING = PKCS1v15()
_PREHASHED = Prehashed(SHA256())
_ALGORITHMS = {"rsa": "rsa-sha256", "ed25519": "ed25519-sha256"}


class Rejected(Exception):  # noqa: N818 - the field's word
    """A signature or key that cannot earn a pass. `result` is RFC 8601's word, `why` is for people."""

    def __init__(self, result: str, why: str, *, bits: int = 0) -> None:
        super().__init__(why)
        self.result = result
        self.why = why
        self.bits = bits


class Key(msgspec.Struct, frozen=True):
    """A key that may be used. `testing` is t=y; `strict` is t=s: no subdomains in i=."""

    public: RSAPublicKey | Ed25519PublicKey
    bits: int
    algorithm: str
    testing: bool
    strict: bool

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Whether `signature` was made over this SHA-256 `digest`."""
        try:
            if isinstance(self.public, RSAPublicKey):
                self.public.verify(signature, digest, _PADDING, _PREHASHED)
            else:
                self.public.verify(signature, digest)
        except InvalidSignature:
            return False
        return True


async def fetch_key(resolver: Resolver, *, selector: str, domain: str, algorithm: str) -> Key:
    """The signer's key. Raises `Rejected` where there is none that fits, `DnsTrouble` where nobody answers."""
    records = await resolver.txt(f"{selector}._domainkey.{domain}")
    if not records:
        raise Rejected("permerror", "no key was found")
    problem = Rejected("permerror", "the key record cannot be read")
    for record in records[:MAX_RECORDS]:
        try:
            key = read_key(record)
        except Rejected as rejected:
            problem = rejected
            continue
        if key.algorithm == algorithm:
            return key
        problem = Rejected("permerror", "the key is for another algorithm", bits=key.bits)
    raise problem


def _public_key(kind: str, text: str) -> tuple[RSAPublicKey | Ed25519PublicKey, int]:
    try:
        data = base64.b64decode(text, validate=True)
        if kind == "ed25519":
            return Ed25519PublicKey.from_public_bytes(data), 256
        public = load_der_public_key(data)
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise Rejected("permerror", "the key cannot be read") from error
    if not isinstance(public, RSAPublicKey):
        raise Rejected("permerror", "the key is not the kind of key it says")
    return public, public.key_size


@lru_cache(maxsize=KEYS_REMEMBERED)
def read_key(record: bytes) -> Key:
    """Read one key record. Raises `Rejected`."""
    listed = tags(record.decode("latin-1"))
    if listed is None or "p" not in listed:
        raise Rejected("permerror", "the key record cannot be read")
    if "v" in listed and (listed["v"] != "DKIM1" or next(iter(listed)) != "v"):
        raise Rejected("permerror", "the key record has another version")
    kind = listed.get("k", "rsa")
    if kind not in _ALGORITHMS:
        raise Rejected("permerror", "the key is of an unknown kind")
    if "h" in listed and "sha256" not in squeeze(listed["h"]).split(":"):
        raise Rejected("permerror", "the key may not be used with SHA-256")
    if "s" in listed and not {"*", "email"} & set(squeeze(listed["s"]).split(":")):
        raise Rejected("permerror", "the key is not for e-mail")
    text = squeeze(listed["p"])
    if not text:
        raise Rejected("permerror", "the key was revoked")
    if len(text) > MAX_KEY_TEXT:
        raise Rejected("permerror", "the key is too long")
    public, bits = _public_key(kind, text)
    if isinstance(public, RSAPublicKey):
        _judge_rsa(public, bits)
    flags = squeeze(listed.get("t", "")).split(":")
    return Key(public, bits, _ALGORITHMS[kind], "y" in flags, "s" in flags)


def _judge_rsa(public: RSAPublicKey, bits: int) -> None:
    if bits < MIN_RSA_BITS:
        raise Rejected("policy", f"the key has only {bits} bits", bits=bits)
    if bits > MAX_RSA_BITS:
        raise Rejected("policy", f"the key has {bits} bits, more than is checked", bits=bits)
    if public.public_numbers().e > MAX_RSA_EXPONENT:
        raise Rejected("policy", "the key's exponent is out of the ordinary", bits=bits)


def key_name_parts(listed: dict[str, str]) -> tuple[str, str]:
    """Domain and selector of a signature's tags in plain form, "" for what is no name."""
    return domain_name(listed.get("d", "")), domain_name(listed.get("s", ""))
