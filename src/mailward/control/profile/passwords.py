# SPDX-License-Identifier: Apache-2.0
"""Passwords: argon2id (RFC 9106), on two threads at most, since one hash costs 64 MiB and a tenth of a second.

For an account that does not exist a hash is computed all the same, so that the time of an answer does
not tell which addresses have accounts.
"""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

WORKERS = 2
MAX_WAITING = 32
"""Sign-ins that wait for a hash; beyond that people are asked to try again."""
MIN_LENGTH = 8
MAX_LENGTH = 1024
"""Bytes of a password (a longer one costs us and protects nobody better)."""


class TooBusy(Exception):  # noqa: N818 - reads better where it is caught
    """`MAX_WAITING` sign-ins wait already."""


class BadPassword(ValueError):  # noqa: N818 - reads better where it is caught
    """A new password that cannot be taken; the text says why."""


class Passwords:
    """Hashes and verifies. `memory` is in KiB."""

    def __init__(self, *, memory: int = 64 * 1024, passes: int = 3, lanes: int = 4) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=lanes)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="passwords")
        self._waiting = 0
        self._nobody = self._hasher.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        """The hash to store.

        Raises:
            BadPassword
        """
        if len(password) < MIN_LENGTH:
            raise BadPassword(f"a password has at least {MIN_LENGTH} characters")
        if not _encodable(password) or len(password.encode()) > MAX_LENGTH:
            raise BadPassword(f"a password has at most {MAX_LENGTH} bytes of UTF-8")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the right one; `stored` is None for an account that does not exist.

        Raises:
            TooBusy
        """
        if not _encodable(password) or len(password.encode()) > MAX_LENGTH:
            password, stored = "", None
        if self._waiting >= MAX_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            matches = await asyncio.get_running_loop().run_in_executor(
                self._pool, self._matches, stored or self._nobody, password
            )
        finally:
            self._waiting -= 1
        return matches and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _encodable(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)
