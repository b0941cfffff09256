# SPDX-License-Identifier: Apache-2.0
"""What is kept is made once, made anew when it is stale or damaged, and never taken from strangers."""

from pathlib import Path

import pytest

from mailward.kit.kept import kept


class Kitchen:
    """Counts how often it cooks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cooked = 0

    def serve(self, recipe: str) -> bytes:
        def cook() -> bytes:
            self.cooked += 1
            return recipe.upper().encode()

        return kept("soup", made_of=(recipe, 1), beside=self.folder, make=cook)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "mailward"


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("*.kept")) if folder.exists() else []


def test_it_is_made_once(tmp_path: Path, own: Path) -> None:
    kitchen = Kitchen(tmp_path / "room")
    kitchen.folder.mkdir()
    assert [kitchen.serve("leek") for _ in range(3)] == [b"LEEK"] * 3
    assert kitchen.cooked == 1
    assert len(_files(kitchen.folder / "__pycache__")) == 1
    assert _files(own) == []


def test_another_recipe_is_another_soup(tmp_path: Path, own: Path) -> None:
    kitchen = Kitchen(tmp_path)
    assert (kitchen.serve("leek"), kitchen.serve("pea")) == (b"LEEK", b"PEA")
    assert own.exists()


def test_damage_is_noticed(tmp_path: Path, own: Path) -> None:
    kitchen = Kitchen(tmp_path)
    kitchen.serve("leek")
    [file] = _files(tmp_path / "__pycache__")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert kitchen.serve("leek") == b"LEEK"
    assert kitchen.cooked == 2
    assert kitchen.serve("leek") == b"LEEK"
    assert kitchen.cooked == 2
    assert _files(own) == []


def test_a_folder_that_cannot_be_written_leaves_the_users_own(tmp_path: Path, own: Path) -> None:
    (tmp_path / "room").write_text("a file, in which no folder can be made")
    kitchen = Kitchen(tmp_path / "room")
    assert [kitchen.serve("leek") for _ in range(2)] == [b"LEEK"] * 2
    assert kitchen.cooked == 1
    assert len(_files(own)) == 1


def test_a_folder_that_others_may_write_is_not_trusted(tmp_path: Path, own: Path) -> None:
    (tmp_path / "room").write_text("")
    own.mkdir()
    own.chmod(0o777)
    kitchen = Kitchen(tmp_path / "room")
    assert [kitchen.serve("leek") for _ in range(2)] == [b"LEEK"] * 2
    assert kitchen.cooked == 2
    assert _files(own) == []
