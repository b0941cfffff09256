# SPDX-License-Identifier: Apache-2.0
"""What the architecture tests know of the tree: folders, modules and their imports, read as text."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "mailward"
ROOM_FLOORS = ("disposition", "checks", "control", "records")
ROOM_FILES = {
    "__init__.py", "feature.py", "settings.py", "model.py", "store.py", "service.py", "hooks.py", "jobs.py", "api.py",
}  # fmt: skip


def rooms() -> Iterator[Path]:
    """Every folder that is a room."""
    for floor in ROOM_FLOORS:
        yield from sorted(p for p in (HOUSE / floor).iterdir() if p.is_dir() and p.name not in ("__pycache__", "tests"))


def modules(below: Path = HOUSE) -> Iterator[Path]:
    """Every product module: no tests, no migrations' history."""
    for path in sorted(below.rglob("*.py")):
        parts = path.relative_to(HOUSE).parts
        if "tests" not in parts and "versions" not in parts:
            yield path


def name_of(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Every dotted name that a module imports, `from a import b` counted as both `a` and `a.b`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found
