# SPDX-License-Identifier: Apache-2.0
"""A set of strings that holds millions in eight bytes each, for questions of membership only.

Two strings may share a hash once in about 2**64 / n questions; what it is used for (does this
recipient exist?) can live with that.
"""

import hashlib
from array import array
from collections.abc import Iterable

import numpy as np


class Hashes:
    """What a set is made of while its members come in, piece by piece."""

    def __init__(self) -> None:
        self._hashes = array("Q")

    def add(self, members: Iterable[str]) -> None:
        """More members; those that are there already do no harm."""
        self._hashes.extend(map(hash64, members))

    def finish(self) -> "HashedSet":
        """The set of all that came in."""
        made = HashedSet()
        made._hashes = np.unique(np.frombuffer(self._hashes, dtype=np.uint64))  # noqa: SLF001 - its own maker
        return made


class HashedSet:
    """Immutable; made once, asked often."""

    def __init__(self, members: Iterable[str] = ()) -> None:
        hashes = np.fromiter((hash64(member) for member in members), dtype=np.uint64)
        self._hashes = np.unique(hashes)

    def __contains__(self, member: str) -> bool:
        wanted = np.uint64(hash64(member))
        place = int(np.searchsorted(self._hashes, wanted))
        return place < len(self._hashes) and bool(self._hashes[place] == wanted)

    def __len__(self) -> int:
        return len(self._hashes)


def hash64(text: str) -> int:
    """The first 64 bits of BLAKE2b: what the members of a set are kept as."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
