# SPDX-License-Identifier: Apache-2.0
"""A stored body comes back as it was, or not at all."""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailward.kit.bodies import Bodies, BodyCorrupt, BodyMissing
from mailward.kit.ids import new_id
from mailward.kit.vault import Key

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORGANIZATION = new_id(AT)
KEY = Key(b"k" * 32)


@pytest.fixture
def bodies(tmp_path):
    return Bodies(tmp_path / "bodies")


@settings(max_examples=25, deadline=None)
@given(body=st.binary(max_size=5000))
def test_what_was_written_is_read(tmp_path_factory, body):
    bodies = Bodies(tmp_path_factory.mktemp("bodies"))
    identifier = new_id(AT)
    bodies.write(ORGANIZATION, identifier, body, key=KEY)
    assert bodies.read(ORGANIZATION, identifier, key=KEY) == body


def test_the_file_holds_no_clear_text_and_only_its_owner_may_read_it(bodies):
    identifier = new_id(AT)
    bodies.write(ORGANIZATION, identifier, b"Subject: a secret\r\n" * 50, key=KEY)
    path = bodies.path(ORGANIZATION, identifier)
    assert b"secret" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.name == "20261123"


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"XXXX" + b[4:], lambda b: b[:40] + b"\0" + b[41:], lambda _: b""]
)
def test_a_damaged_file_is_told_from_a_missing_one(bodies, damage):
    identifier = new_id(AT)
    bodies.write(ORGANIZATION, identifier, os.urandom(500), key=KEY)
    path = bodies.path(ORGANIZATION, identifier)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(BodyCorrupt):
        bodies.read(ORGANIZATION, identifier, key=KEY)
    path.unlink()
    with pytest.raises(BodyMissing):
        bodies.read(ORGANIZATION, identifier, key=KEY)


def test_what_is_no_file_is_damage_and_no_link_is_followed(bodies, tmp_path):
    identifier, other = new_id(AT), new_id(AT)
    bodies.write(ORGANIZATION, other, b"mail", key=KEY)
    path = bodies.path(ORGANIZATION, identifier)
    path.symlink_to(bodies.path(ORGANIZATION, other))
    with pytest.raises(BodyCorrupt):
        bodies.read(ORGANIZATION, identifier, key=KEY)
    path.unlink()
    path.mkdir()
    with pytest.raises(BodyCorrupt):
        bodies.read(ORGANIZATION, identifier, key=KEY)
    bodies.delete(ORGANIZATION, identifier)
    assert path.is_dir()


def test_a_body_under_another_id_or_organization_does_not_open(bodies):
    identifier, other = new_id(AT), new_id(AT)
    bodies.write(ORGANIZATION, identifier, b"mail", key=KEY)
    target = bodies.path(ORGANIZATION, other)
    bodies.path(ORGANIZATION, identifier).rename(target)
    with pytest.raises(BodyCorrupt):
        bodies.read(ORGANIZATION, other, key=KEY)


def test_a_failed_sync_is_an_error_and_leaves_nothing(bodies, monkeypatch):
    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    identifier = new_id(AT)
    with pytest.raises(OSError, match="Input/output"):
        bodies.write(ORGANIZATION, identifier, b"mail", key=KEY)
    monkeypatch.undo()
    with pytest.raises(BodyMissing):
        bodies.read(ORGANIZATION, identifier, key=KEY)
    assert not [path for path in bodies.root.rglob("*") if path.is_file()]
