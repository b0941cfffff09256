# SPDX-License-Identifier: Apache-2.0
"""Rooms look alike, are listed, explained and tested, and are entered through their service only."""

import importlib
import re

import pytest
from tree import HOUSE, ROOT, imports, modules, name_of, rooms

from mailward.catalog import FEATURES

ROOMS = list(rooms())
ROOM_NAMES = {".".join(room.relative_to(HOUSE).parts) for room in ROOMS}


def room_of(dotted: str) -> str:
    room = ".".join(dotted.split(".")[1:3])
    return room if room in ROOM_NAMES else ""


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_has_its_manifest_and_says_why_it_exists(room):
    assert (room / "feature.py").exists(), f"{room} has no feature.py"
    assert len((room / "__init__.py").read_text().splitlines()) >= 2


def test_the_catalog_lists_exactly_the_rooms():
    listed = {feature.room for feature in FEATURES}
    standing = {".".join(room.relative_to(HOUSE).parts) for room in ROOMS}
    assert listed == standing
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_feature_is_named_after_its_folder_has_a_page_and_has_tests(feature):
    assert feature.room.rpartition(".")[2] == feature.name
    page = ROOT / "docs" / "features" / f"{feature.name}.md"
    assert page.exists(), f"docs/features/{feature.name}.md is missing"
    assert page.read_text().startswith(f"# {feature.title}\n"), f"{page} should begin with '# {feature.title}'"
    room = HOUSE / feature.room.replace(".", "/")
    assert list(room.glob("tests/test_*.py")), f"{feature.room} has no tests"


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_disclosure_says_something(feature):
    disclosure = feature.disclosure
    assert len(disclosure.does) > 30
    assert len(disclosure.disabling_costs) > 20
    if disclosure.retention_days is not None:
        assert disclosure.retention_days > 0


def test_a_check_asks_nothing_of_another_check():
    for path in modules(HOUSE / "checks"):
        own = room_of(name_of(path))
        others = {room_of(name) for name in imports(path) if room_of(name).startswith("checks.")} - {own}
        assert not others, f"{path} looks into {others}"


def test_rooms_enter_one_another_only_through_the_service():
    for path in modules():
        here = name_of(path)
        if here.startswith(("mailward.main", "mailward.catalog")):
            continue
        for name in imports(path):
            room = room_of(name)
            if not room or room == room_of(here):
                continue
            inside = name.split(".")[3:]
            if not inside and importlib.util.find_spec(name):
                continue
            assert inside[0] == "service", f"{here} reaches into {name}"


def test_control_has_no_cycles():
    edges = {}
    for path in modules(HOUSE / "control"):
        own = room_of(name_of(path))
        edges.setdefault(own, set()).update(
            room_of(name) for name in imports(path) if room_of(name).startswith("control.") and room_of(name) != own
        )

    def walk(room, trail):
        assert room not in trail, f"cycle: {' -> '.join((*trail, room))}"
        for following in edges.get(room, ()):
            walk(following, (*trail, room))

    for room in edges:
        walk(room, ())


def test_the_map_equals_the_tree():
    page = (ROOT / "docs" / "map.md").read_text()
    tree = page.split("```")[1]
    for path in HOUSE.iterdir():
        if path.name.startswith(("__", ".")):
            continue
        name = f"{path.name}/" if path.is_dir() else path.name
        assert re.search(rf"^  {re.escape(name)}\s", tree, re.MULTILINE), f"docs/map.md does not show {name}"
    for floor, wanted in (("checks", "checks"), ("control", "control"), ("records", "records")):
        line = next(line for line in tree.splitlines() if line.startswith(f"  {floor}/"))
        for room in ROOMS:
            if room.parent.name == wanted:
                assert room.name in line, f"docs/map.md does not name {room.name} on {floor}"
