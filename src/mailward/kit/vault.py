# SPDX-License-Identifier: Apache-2.0
"""Keys: one master key outside the database, one key per organization wrapped under it.

Destroying an organization's key makes its bodies and secrets unreadable, wherever a copy of them lies.
Everything is AES-256-GCM; the associated data binds a ciphertext to its place, so that a cell or a
file that was swapped with another does not open.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mailward.kit import durable

_NONCE = 12
_KEY = 32


class VaultError(Exception):
    """A key is missing, or a ciphertext does not open at the place where it was found."""


class Key:
    """A symmetric key that seals bytes for one place (`context`)."""

    def __init__(self, material: bytes) -> None:
        self._cipher = AESGCM(material)

    def seal(self, clear: bytes, *, context: bytes) -> bytes:
        """Nonce, then ciphertext with its tag: `len(clear) + 28` bytes."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, clear, context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """The clear bytes.

        Raises:
            VaultError: the bytes were altered, or belong to another place or key.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (InvalidTag, ValueError) as exc:
            raise VaultError("sealed data does not open: altered, or sealed for another place") from exc


class Vault:
    """The master key, which wraps the organizations' keys."""

    def __init__(self, master: bytes) -> None:
        self._master = Key(master)

    @classmethod
    def in_file(cls, path: Path) -> "Vault":
        """Read the master key, or make it on the first start (mode 0600, synced to disk).

        Raises:
            VaultError: the file is there but does not hold a key.
        """
        try:
            material = path.read_bytes()
        except FileNotFoundError:
            material = os.urandom(_KEY)
            durable.write(path, material)
        if len(material) != _KEY:
            raise VaultError(f"{path} does not hold a {_KEY}-byte key; restore it from your backup")
        return cls(material)

    def new_key(self, *, context: bytes) -> bytes:
        """A fresh organization key, wrapped: this is what the database stores."""
        return self._master.seal(os.urandom(_KEY), context=context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> Key:
        """The usable key behind a wrapped one."""
        return Key(self._master.open(wrapped, context=context))
