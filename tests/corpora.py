# SPDX-License-Identifier: Apache-2.0
"""Find the mail corpora that tests read but the project does not hold.

`MAILWARD_CORPORA` names a folder where they lie unpacked; otherwise the archives beside the
project are unpacked once into `.cache/corpora`. A test that needs one that is absent is skipped.
"""

import os
import tarfile
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
    if (CACHE / name).is_dir():
        return CACHE / name
    for archive in sorted(ARCHIVES.glob(f"*-{name}.tar.xz")):
        CACHE.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as packed:
            packed.extractall(CACHE, filter="data")
        if (CACHE / name).is_dir():
            return CACHE / name
    return pytest.skip(f"corpus {name} is absent")
