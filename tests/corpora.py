# SPDX-License-Identifier: Apache-2.0
"""Find the mail corpora that tests read but the project does not hold.

`MAILWARD_CORPORA` names a folder where they lie unpacked; otherwise the archives beside the
project are unpacked once into `.cache/corpora`. A test that needs one that is absent is skipped.
"""

import fcntl
import os
import tarfile
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARCHIVES = ROOT.parent / "shared" / "corpora"
CACHE = ROOT / ".cache" / "corpora"


def corpus(name: str) -> Path:
    """The folder of this corpus ("conformance", "spamassassin" ...); skips the test if there is none."""
    named = os.environ.get("MAILWARD_CORPORA")
    if named and (Path(named) / name).is_dir():
        return Path(named) / name
    archive = next(iter(sorted(ARCHIVES.glob(f"*-{name}.tar.xz"))), None)
    if not (CACHE / name).is_dir() and archive is not None:
        _unpack(archive, name)
    return CACHE / name if (CACHE / name).is_dir() else pytest.skip(f"corpus {name} is absent")


def _unpack(archive: Path, name: str) -> None:
    """Unpack beside its place and move it there whole: several test processes may come at once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (CACHE / name).is_dir():
            return
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
            if (Path(folder) / name).is_dir():
                (Path(folder) / name).rename(CACHE / name)
