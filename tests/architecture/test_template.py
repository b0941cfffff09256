# SPDX-License-Identifier: Apache-2.0
"""The template of a room is alive: a room made from it passes everything that rooms must pass."""

import importlib.util
import shutil
import subprocess
import sys

import pytest
from tree import ROOT

IGNORED = shutil.ignore_patterns("node_modules", ".venv", ".git", "__pycache__", ".cache", "static", "specimens")


@pytest.fixture
def copy(tmp_path):
    for name in ("src", "docs", "scripts", "tests/architecture", "changelog.d"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=IGNORED)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def new_room():
    spec = importlib.util.spec_from_file_location("new_room", ROOT / "scripts" / "new_room.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_room_from_the_template_passes_the_architecture_and_its_own_tests(copy):
    new_room().make("checks/example_room", copy)
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", f"pythonpath={copy}/src {copy}/tests/architecture",
            "tests/architecture/test_rooms.py", "src/mailward/checks/example_room",
        ],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    style = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "src/mailward/checks/example_room", "src/mailward/catalog.py"],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert style.returncode == 0, style.stdout


@pytest.mark.parametrize("name", ["", "checks", "checks/Foo", "attic/foo", "checks/../foo"])
def test_a_bad_name_is_refused_with_a_sentence(copy, name):
    with pytest.raises(SystemExit, match="NAME is FLOOR/ROOM"):
        new_room().make(name, copy)
