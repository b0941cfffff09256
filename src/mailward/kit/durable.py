# SPDX-License-Identifier: Apache-2.0
"""Files that are there whole or not at all, also after the power went: keys, certificates, bodies.

A name that points to a file whose bytes never reached the disk is worse than no file: after a power cut
the program would find an empty key and could not start. So: temporary name, sync, rename, sync the folder.
"""

import os
from pathlib import Path


def write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put `data` under `path`, replacing what was there. Its folder is made, for us alone, if need be.

    Raises:
        OSError: it is not safely there; what was there before is.
    """
    make_folder(path.parent)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder for us alone, with those above it, so that it is still there after a power cut."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a folder safe. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
