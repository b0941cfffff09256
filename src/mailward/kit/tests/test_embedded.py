# SPDX-License-Identifier: Apache-2.0
"""The embedded PostgreSQL: for its owner only, back after a crash, and not stuck for ever."""

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path

import asyncpg
import pytest

from mailward.kit.database import embedded
from mailward.kit.database.embedded import DatabaseWillNotStart, EmbeddedServer


@pytest.fixture
def server(tmp_path):
    server = EmbeddedServer(tmp_path / "postgres")
    server.start()
    yield server
    server.stop()
    if server._process is not None:
        server._process.wait(30)


def ask(server):
    async def question():
        connection = await asyncpg.connect(server.url)
        try:
            return await connection.fetchval("SELECT current_setting('listen_addresses') || current_setting('fsync')")
        finally:
            await connection.close()

    return asyncio.run(question())


def until_it_answers(server, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        server.look_after()
        try:
            return ask(server)
        except (OSError, asyncpg.PostgresError):
            time.sleep(0.2)
    raise AssertionError("it did not come back")


def test_it_listens_on_no_network_and_only_its_owner_may_enter(server):
    assert ask(server) == "on"
    assert server.sockets.stat().st_mode & 0o077 == 0
    first = server.pid
    server.start()
    assert server.pid == first


def test_it_comes_back_after_a_kill(server):
    os.kill(server.pid, signal.SIGKILL)
    server._process.wait(10)
    assert until_it_answers(server) == "on"


def test_a_first_start_that_was_cut_short_is_begun_anew(tmp_path):
    unfinished = tmp_path / "data.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").touch()
    server = EmbeddedServer(tmp_path)
    server.start()
    try:
        assert ask(server) == "on"
        assert not unfinished.exists()
    finally:
        server.stop()
        server._process.wait(30)


@pytest.fixture
def aside(monkeypatch):
    """A temporary folder whose own path is short, as a machine's is."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="t-") as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield Path(folder)


def test_where_the_path_is_too_long_its_socket_goes_with_it(tmp_path, aside):
    server = EmbeddedServer(tmp_path / ("x" * 100))
    server.start()
    try:
        assert ask(server) == "on"
        assert server.sockets.parent == aside
    finally:
        server.stop()
        server._process.wait(30)
    assert list(aside.iterdir()) == []


def test_its_settings_do_not_depend_on_a_file(server):
    server.stop()
    server._process.wait(30)
    (server.data / "postgresql.conf").write_bytes(b"")
    server.start()
    assert ask(server) == "on"


def test_one_that_neither_answers_nor_recovers_is_ended_and_started_again(server, monkeypatch):
    monkeypatch.setattr(embedded, "LOOK_SECONDS", 0)
    stuck = server.pid
    answers = EmbeddedServer._answers
    monkeypatch.setattr(EmbeddedServer, "_answers", lambda self: self.pid != stuck and answers(self))
    for _ in range(embedded.SILENCES):
        server.look_after()
    assert server.pid not in {None, stuck}
    assert ask(server) == "on"


def test_a_socket_folder_of_somebody_else_is_not_used(tmp_path):
    server = EmbeddedServer(tmp_path / "postgres")
    server.sockets.mkdir(parents=True)
    server.sockets.chmod(0o777)
    with pytest.raises(DatabaseWillNotStart, match="remove it"):
        server.start()
