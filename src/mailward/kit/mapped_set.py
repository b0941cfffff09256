# SPDX-License-Identifier: Apache-2.0
"""A set of strings that lies in a file: millions in eight bytes each, read in place and shared by all processes.

The file is a head of 4096 bytes, a table of where the hashes begin that share their first 16 bits, and the
sorted hashes. It is replaced as a whole by a rename, so that who reads has either the old or the new set;
who has the old one open keeps it until it looks again. As for `HashedSet`, two strings may share a hash
once in about 2**64 / n questions.
"""

import contextlib
import mmap
import os
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from mailward.kit import durable
from mailward.kit.hashed_set import hash64

if TYPE_CHECKING:
    from array import array

MAX_MEMBERS = 50_000_000
"""A larger file is refused: 400 MB."""

_MAGIC = b"mailward mapped set 1\n"
_HEAD = 4096
_BUCKETS = 1 << 16
_SHIFT = np.uint64(48)
_TABLE = 4 * (_BUCKETS + 1)
_HASHES = -(-(_HEAD + _TABLE) // 8) * 8

About = TypeVar("About", bound=msgspec.Struct)


class BadSet(Exception):  # noqa: N818 - the reader's word
    """The file is no such set, or a piece of one. The text says what is wrong."""


class MappedSet(Generic[About]):
    """One such file, opened. `about` is what its maker wrote about it."""

    def __init__(self, path: Path, kind: type[About]) -> None:
        """Open a file. Raises BadSet, or OSError if it cannot be read."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _HASHES or (size - _HASHES) % 8:
                raise BadSet(f"{path.name} is cut off or no set at all")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        head = self._map[:_HEAD]
        if not head.startswith(_MAGIC):
            raise BadSet(f"{path.name} is no set")
        try:
            self.about = msgspec.json.decode(head[len(_MAGIC) :].rstrip(b"\0"), type=kind)
        except msgspec.DecodeError as exc:
            raise BadSet(f"the head of {path.name} cannot be read") from exc
        view = memoryview(self._map)
        self._table = view[_HEAD : _HEAD + _TABLE].cast("I")
        self._hashes = view[_HASHES:].cast("Q")
        if self._table[_BUCKETS] != len(self._hashes):
            raise BadSet(f"{path.name} is cut off: it says {self._table[_BUCKETS]} and holds {len(self._hashes)}")

    def __len__(self) -> int:
        return len(self._hashes)

    def __contains__(self, member: str) -> bool:
        return self.has(hash64(member))

    def has(self, wanted: int) -> bool:
        """The same, of a member's `hash64`."""
        bucket = wanted >> 48
        end = self._table[bucket + 1]
        place = bisect_left(self._hashes, wanted, self._table[bucket], end)
        return place < end and self._hashes[place] == wanted

    @property
    def hashes(self) -> memoryview:
        """All of them, sorted; let it go before the set is closed."""
        return self._hashes

    def close(self) -> None:
        """Let the file go. A set that was replaced lives until its last reader has closed it."""
        self._table.release()
        self._hashes.release()
        with contextlib.suppress(BufferError):
            self._map.close()


Hashes = npt.NDArray[np.uint64]


def sorted_unique(hashes: "array[int]") -> Hashes:
    """Hashes as a set has them."""
    return np.unique(np.frombuffer(hashes, dtype=np.uint64)) if len(hashes) else np.empty(0, dtype=np.uint64)


def common(one: Hashes, other: memoryview) -> int:
    """How many hashes two sets share."""
    return len(np.intersect1d(one, np.frombuffer(other, dtype=np.uint64), assume_unique=True))


def union(one: Hashes, other: memoryview) -> Hashes:
    """The hashes of two sets."""
    return np.union1d(one, np.frombuffer(other, dtype=np.uint64))


def write(path: Path, about: msgspec.Struct, hashes: Hashes) -> None:
    """Make a file of these hashes, sorted and each once, in place of the one that is there.

    Raises:
        BadSet: there are too many, or `about` is too long.
        OSError: it could not be written; the old file is still there.
    """
    if len(hashes) > MAX_MEMBERS:
        raise BadSet(f"there are {len(hashes)} entries, and a list may have {MAX_MEMBERS}")
    head = _MAGIC + msgspec.json.encode(about)
    if len(head) > _HEAD:
        raise BadSet("what is said about the list is too long")
    edges = np.arange(_BUCKETS, dtype=np.uint64) << _SHIFT
    table = np.append(np.searchsorted(hashes, edges), len(hashes)).astype(np.uint32)
    pieces = (head.ljust(_HEAD, b"\0"), table.tobytes().ljust(_HASHES - _HEAD, b"\0"), hashes.tobytes())
    durable.write(path, b"".join(pieces), mode=0o640)
