# SPDX-License-Identifier: Apache-2.0
"""The one account that all unpacking of a mail is charged to, and the streams it is charged by."""

import bz2
import lzma
import zlib
from typing import Protocol

from mailward.engines.antivirus import limits
from mailward.engines.antivirus.kinds import shown

_CHUNK = 1024 * 1024


class LimitHit(Exception):  # noqa: N818 - a bound, not a fault
    """A mail asked for more than it may have. `limit` is the bound's name, the message is for people."""

    def __init__(self, limit: str, words: str) -> None:
        super().__init__(shown(words))
        self.limit = limit


class Broken(Exception):  # noqa: N818 - a state of the file
    """A container that cannot be read on; `so_far` is what came out of it before."""

    def __init__(self, why: str, so_far: bytes = b"") -> None:
        super().__init__(why)
        self.so_far = so_far


class Budget:
    """What is left for one mail."""

    def __init__(self) -> None:
        self._files = 0
        self._bytes = 0

    def file(self, container: str) -> None:
        """One more file in a container."""
        self._files += 1
        if self._files > limits.MAX_FILES:
            raise LimitHit("archive_files", f"more than {limits.MAX_FILES} files in archives, the last in {container}")

    def room(self, name: str) -> int:
        """How many bytes may still come out; `LimitHit` if none."""
        left = limits.MAX_TOTAL_BYTES - self._bytes
        if left <= 0:
            raise LimitHit(
                "archive_total_bytes", f"archives unpack to more than {limits.MAX_TOTAL_BYTES} bytes at {name}"
            )
        return left

    def charge(self, size: int) -> None:
        """These bytes came out."""
        self._bytes += size

    def depth(self, depth: int, name: str) -> None:
        """So many containers around a file."""
        if depth > limits.MAX_DEPTH:
            raise LimitHit("archive_depth", f"more than {limits.MAX_DEPTH} archives inside one another at {name}")


class Stream(Protocol):
    """What `bz2` and `lzma` offer, and `Inflate` too."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` more bytes."""
        ...

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was seen."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether nothing more will come out without more input."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What followed the end."""
        ...


class Inflate:
    """zlib's stream with the face that `bz2` and `lzma` have."""

    def __init__(self, window_bits: int) -> None:
        self._stream = zlib.decompressobj(window_bits)
        self._progress = True

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` more bytes."""
        out = self._stream.decompress(self._stream.unconsumed_tail + data, max(max_length, 0))
        self._progress = bool(out)
        return out

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was seen."""
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        """Whether nothing more will come out without more input."""
        return not self._stream.unconsumed_tail and not self._progress

    @property
    def unused_data(self) -> bytes:
        """What followed the end."""
        return self._stream.unused_data


def unpack_stream(stream: Stream, packed: bytes, *, name: str, budget: Budget) -> bytes:
    """All that comes out of `stream`, piece by piece, within every bound.

    `LimitHit` over a bound; `Broken`, with what came out before, on a fault in the data.
    """
    out = bytearray()
    data = packed
    try:
        while not stream.eof:
            room = min(_CHUNK, budget.room(name))
            piece = stream.decompress(data, room)
            data = b""
            out += piece
            budget.charge(len(piece))
            _hold(len(out), len(packed), name)
            if stream.needs_input or (not piece and not stream.eof):
                break
    except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError) as error:
        raise Broken(f"{name}: {error}", bytes(out)) from error
    return bytes(out)


def bzip2() -> Stream:
    """A fresh bzip2 stream."""
    return bz2.BZ2Decompressor()


def xz() -> Stream:
    """A fresh xz or lzma stream. The dictionary may not be larger than a member may be."""
    return lzma.LZMADecompressor(memlimit=limits.MAX_MEMBER_BYTES * 2)


def _hold(unpacked: int, packed: int, name: str) -> None:
    if unpacked > limits.MAX_MEMBER_BYTES:
        raise LimitHit("archive_member_bytes", f"{name} unpacks to more than {limits.MAX_MEMBER_BYTES} bytes")
    if unpacked > limits.RATIO_FROM_BYTES and unpacked > limits.MAX_RATIO * max(packed, 1):
        raise LimitHit("archive_ratio", f"{name} unpacks to more than {limits.MAX_RATIO} times its size")
