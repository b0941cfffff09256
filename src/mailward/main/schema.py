# SPDX-License-Identifier: Apache-2.0
"""Which schema this program was written for, told from the history's file names: no process loads an ORM to know."""

from pathlib import Path

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def newest() -> str:
    """The newest revision, such as "0003"."""
    return max(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
