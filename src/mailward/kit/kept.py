# SPDX-License-Identifier: Apache-2.0
"""What takes long to make and is always made the same: kept in a file, made once for each installation.

The file lies where Python keeps its own compiled modules, under the same trust; where that folder
cannot be written, in the user's cache folder, if nobody else can write there. Its name is the hash of
everything that it is made of, and its first bytes are the hash of the rest: what is stale is not
found, and what is damaged is made anew.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_DIGEST = 32


def kept(name: str, *, made_of: Iterable[object], beside: Path, make: Callable[[], bytes]) -> bytes:
    """What `make` answers, or what it answered earlier for the same `made_of`.

    `beside` is the folder of the module that asks; `made_of` are strings, bytes, numbers and tuples of
    them: the sources, and the releases of the libraries that understand the result.
    """
    file = f"{name}-{hashlib.sha256(repr(tuple(made_of)).encode()).hexdigest()[:32]}.kept"
    folders = tuple(_folders(beside))
    for folder in folders:
        with suppress(OSError):
            record = (folder / file).read_bytes()
            if record[:_DIGEST] == hashlib.sha256(record[_DIGEST:]).digest():
                return record[_DIGEST:]
    made = make()
    for folder in folders:
        with suppress(OSError):
            _write(folder / file, hashlib.sha256(made).digest() + made)
            break
    return made


def _folders(beside: Path) -> Iterator[Path]:
    yield beside / "__pycache__"
    home = Path(os.environ.get("HOME") or "/nonexistent")
    own = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "mailward"
    with suppress(OSError):
        own.mkdir(mode=0o700, exist_ok=True)
        status = own.lstat()
        if status.st_uid == os.geteuid() and not status.st_mode & 0o022:
            yield own


def _write(file: Path, record: bytes) -> None:
    """Whole or not at all: several processes may start at the same time."""
    file.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}", delete=False) as fresh:
        try:
            fresh.write(record)
            fresh.flush()
            os.fchmod(fresh.fileno(), 0o644)
            Path(fresh.name).replace(file)
        except OSError:
            Path(fresh.name).unlink(missing_ok=True)
            raise
