# SPDX-License-Identifier: Apache-2.0
"""Mail bodies as files: compressed, sealed under the organization's key, safe on disk before anyone says 250.

A body is written under its own name, synced, and then its directory is synced. There is no temporary name:
nobody knows an id before its row is committed, which comes after, so that half a body is never looked for;
and a rename behind the sync would cost a second write of the file system's journal. A sync that failed is
never tried again on the same file: the caller must refuse the mail, since the kernel may have dropped the
pages (fsync semantics on Linux).

Layout: `<root>/<organization>/<yyyymmdd>/<id>`; the day comes out of the id.
Record: 4 bytes magic, then the sealed zstd frame. The seal's tag is the end mark and the checksum.
"""

import contextlib
import errno
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import zstandard

from mailward.kit.durable import sync_directory
from mailward.kit.ids import time_of
from mailward.kit.vault import Key, VaultError

_MAGIC = b"MWB1"
MAX_BODY = 256 * 1024 * 1024
"""Bytes that a body may have when it is opened again: a frame that claims more is refused."""
_LARGE = 1024 * 1024


class BodyMissing(Exception):  # noqa: N818 - reads better where it is caught
    """There is no body under this id: purged, or never stored."""


class BodyCorrupt(Exception):  # noqa: N818 - reads better where it is caught
    """The file is there and does not open: truncated, altered or moved."""


class Bodies:
    """The store of one node's data directory."""

    def __init__(self, root: Path, *, threads: int = 8) -> None:
        self.root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._known: set[Path] = set()
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bodies")

    def path(self, organization: UUID, identifier: UUID) -> Path:
        """Where a body lies, whether or not it is there."""
        return self.root / str(organization) / f"{time_of(identifier):%Y%m%d}" / str(identifier)

    def write(self, organization: UUID, identifier: UUID, body: bytes, *, key: Key) -> None:
        """Store one body durably. Blocking; call it from a thread.

        Raises:
            OSError: it is not safely on disk. Nothing may be acknowledged.
        """
        self.write_many([(organization, identifier, body, key)])

    def write_many(self, items: Sequence[tuple[UUID, UUID, bytes, Key]]) -> None:
        """Store several bodies with one directory sync per directory. All or an OSError."""
        shares = [items[start :: self._threads] for start in range(min(self._threads, len(items)))]
        written = (self._pool.map if len(shares) > 1 else map)(self._write_some, shares)
        for directory in set().union(*written):
            sync_directory(directory)

    def read(self, organization: UUID, identifier: UUID, *, key: Key) -> bytes:
        """The original bytes.

        Raises:
            BodyMissing, BodyCorrupt
        """
        record = _record(self.path(organization, identifier))
        if record[:4] != _MAGIC:
            raise BodyCorrupt(str(identifier))
        try:
            frame = key.open(record[4:], context=_context(organization, identifier))
            return zstandard.ZstdDecompressor().decompress(frame, max_output_size=MAX_BODY)
        except (VaultError, zstandard.ZstdError) as exc:
            raise BodyCorrupt(str(identifier)) from exc

    def delete(self, organization: UUID, identifier: UUID) -> None:
        """Remove a body; removing it twice is no error, and what somebody else put there stays."""
        with contextlib.suppress(IsADirectoryError):
            self.path(organization, identifier).unlink(missing_ok=True)

    def _write_some(self, items: Sequence[tuple[UUID, UUID, bytes, Key]]) -> set[Path]:
        """Write one after the other; the directories that are to be synced."""
        return {self._write_one(*item).parent for item in items}

    def _write_one(self, organization: UUID, identifier: UUID, body: bytes, key: Key) -> Path:
        path = self.path(organization, identifier)
        self._make(path.parent)
        frame = zstandard.ZstdCompressor(level=_level(len(body))).compress(body)
        sealed = key.seal(frame, context=_context(organization, identifier))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            for piece in (_MAGIC, sealed):
                left = memoryview(piece)
                while left:
                    left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        finally:
            os.close(descriptor)
        return path

    def _make(self, directory: Path) -> None:
        """Make a day's directory and sync its parents, once."""
        if directory in self._known:
            return
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_directory(directory.parent)
        sync_directory(directory.parent.parent)
        self._known.add(directory)


def _level(size: int) -> int:
    """Large mails are attached files in base64: what could be squeezed out of them costs more than it saves."""
    return 1 if size < _LARGE else -1


def _record(path: Path) -> bytes:
    """The file's bytes. A link is not followed: whoever can put one there shall not choose what we read."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            return file.read()
    except FileNotFoundError as exc:
        raise BodyMissing(path.name) from exc
    except OSError as exc:
        if exc.errno in (errno.ELOOP, errno.EISDIR):
            raise BodyCorrupt(path.name) from exc
        raise


def _context(organization: UUID, identifier: UUID) -> bytes:
    return b"body|" + organization.bytes + b"|" + identifier.bytes
