# SPDX-License-Identifier: Apache-2.0
"""Whole or not at all."""

import os
import stat

import pytest

from mailward.kit import durable


def test_a_file_and_its_folders_are_for_us_alone(tmp_path):
    path = tmp_path / "a" / "b" / "key"
    durable.write(path, b"one")
    durable.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["key"]


def test_a_sync_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "key"
    durable.write(path, b"old")

    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        durable.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["key"]


def test_every_new_name_is_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(durable, "sync_directory", synced.append)
    durable.write(tmp_path / "a" / "b" / "key", b"x")
    assert synced == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
