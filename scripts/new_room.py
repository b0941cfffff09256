# SPDX-License-Identifier: Apache-2.0
"""Make a new room from the template: `make room NAME=checks/foo`.

The template is compiled and tested by the suite, so it cannot rot: tests/architecture/test_template.py
makes a room in a copy of the house and runs its tests there.
"""

import re
import sys
from pathlib import Path
from string import Template

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "room"
FLOORS = ("checks", "control", "records", "disposition")


def make(place: str, root: Path = ROOT) -> Path:
    """Make the room; raise SystemExit with a sentence if that cannot be."""
    floor, _, name = place.partition("/")
    if floor not in FLOORS or not re.fullmatch(r"[a-z][a-z0-9_]+", name):
        raise SystemExit(f"NAME is FLOOR/ROOM, such as checks/foo; floors are {', '.join(FLOORS)}")
    room = root / "src" / "mailward" / floor / name
    if room.exists():
        raise SystemExit(f"{room} stands already")
    words = {"floor": floor, "name": name, "title": "".join(part.capitalize() for part in name.split("_"))}
    for source in sorted(TEMPLATE.rglob("*.template")):
        target = _target(source, room, root, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(source.read_text()).substitute(words))
    _add_to_catalog(root / "src" / "mailward" / "catalog.py", floor, name)
    _add_to_map(root / "docs" / "map.md", floor, name)
    return room


def _target(source: Path, room: Path, root: Path, name: str) -> Path:
    relative = source.relative_to(TEMPLATE).with_suffix("")
    if relative.name == "page.md":
        return root / "docs" / "features" / f"{name}.md"
    if relative.name == "fragment.md":
        return root / "changelog.d" / f"+{name}.feature.md"
    return room / relative


def _add_to_catalog(path: Path, floor: str, name: str) -> None:
    text = path.read_text()
    line = f"from mailward.{floor}.{name}.feature import FEATURE as {name.upper()}\n"
    lines = sorted([*re.findall(r"^from mailward[^\n]*\n", text, re.MULTILINE), line])
    text = re.sub(r"(?:^from mailward[^\n]*\n)+", "".join(lines), text, count=1, flags=re.MULTILINE)
    path.write_text(text.replace("\n)\n\nCHECKS", f"\n    {name.upper()},\n)\n\nCHECKS"))


def _add_to_map(path: Path, floor: str, name: str) -> None:
    path.write_text(re.sub(rf"^(  {floor}/ .*)$", rf"\1  {name}", path.read_text(), count=1, flags=re.MULTILINE))


if __name__ == "__main__":
    print(make(sys.argv[1] if len(sys.argv) > 1 else ""))
