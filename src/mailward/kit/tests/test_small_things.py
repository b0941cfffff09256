# SPDX-License-Identifier: Apache-2.0
"""Identifiers, keys, group commits, cursors, sets."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.kit import paging
from mailward.kit.group_commit import GroupCommit
from mailward.kit.hashed_set import HashedSet
from mailward.kit.ids import new_id, time_of
from mailward.kit.vault import Vault, VaultError

AT = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC)


def test_an_id_carries_its_time_sorts_by_it_and_is_version_7():
    identifier = new_id(AT)
    assert time_of(identifier) == AT
    assert identifier.version == 7
    assert identifier.variant == "specified in RFC 4122"
    assert new_id(AT + timedelta(milliseconds=1)) > identifier


def test_the_master_key_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "master.key"
    wrapped = Vault.in_file(path).new_key(context=b"a")
    assert path.stat().st_mode & 0o777 == 0o600
    key = Vault.in_file(path).unwrap(wrapped, context=b"a")
    sealed = key.seal(b"clear", context=b"row 1")
    assert key.open(sealed, context=b"row 1") == b"clear"
    with pytest.raises(VaultError):
        key.open(sealed, context=b"row 2")
    with pytest.raises(VaultError):
        Vault.in_file(path).unwrap(wrapped, context=b"b")
    path.write_bytes(b"short")
    with pytest.raises(VaultError, match="restore it"):
        Vault.in_file(path)


async def test_a_crowd_shares_a_commit_and_a_failure_reaches_everyone_in_it():
    batches = []

    async def flush(items):
        batches.append(items)
        await asyncio.sleep(0.01)
        if "bad" in items:
            raise OSError("disk")

    commits = GroupCommit(flush, most=5)
    first = asyncio.create_task(commits.commit("first"))
    await asyncio.sleep(0)
    others = [asyncio.create_task(commits.commit(item)) for item in ["a", "bad", "b", "c", "d", "e"]]
    results = await asyncio.gather(first, *others, return_exceptions=True)
    assert batches == [["first"], ["a", "bad", "b", "c", "d"], ["e"]]
    assert [isinstance(result, OSError) for result in results] == [False, True, True, True, True, True, False]
    await commits.commit("later")
    assert batches[-1] == ["later"]


def test_a_waiter_that_gives_up_does_not_take_the_others_along():
    async def scenario():
        done = []

        async def flush(items):
            await asyncio.sleep(0.02)
            done.extend(items)

        commits = GroupCommit(flush)
        impatient = asyncio.create_task(commits.commit(1))
        patient = asyncio.create_task(commits.commit(2))
        await asyncio.sleep(0)
        impatient.cancel()
        await patient
        return done

    assert asyncio.run(scenario()) == [1, 2]


def test_a_cursor_goes_there_and_back_and_a_made_up_one_is_refused():
    identifier = uuid4()
    assert paging.decode(paging.encode(identifier)) == identifier
    for bad in ("", "x", "not a cursor", "AAAA"):
        with pytest.raises(paging.BadCursor):
            paging.decode(bad)


@given(st.sets(st.text(), max_size=50), st.text())
def test_a_hashed_set_knows_its_members(members, stranger):
    hashed = HashedSet(members)
    assert len(hashed) == len(members)
    assert all(member in hashed for member in members)
    assert (stranger in hashed) == (stranger in members)
