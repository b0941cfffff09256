# SPDX-License-Identifier: Apache-2.0
"""Whoever ends the program, whenever they do, finds nothing of it running afterwards."""

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from house import initialize, letter, running, until
from mailward.kit.database.embedded import EmbeddedServer
from ports import free_port
from sink import Sink


def _postmaster(data: Path) -> int:
    """The embedded server's process id; 0 before it has one."""
    try:
        return int((data / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("ready", [False, True], ids=["starting", "ready"])
def test_a_start_that_is_ended_leaves_nothing_running(tmp_path, number, ready):
    told = tmp_path / "ready.json"
    command = [str(Path(sys.executable).parent / "mailward"), "demo", "--data", str(tmp_path / "data"),
               "--smtp", "127.0.0.1:0", "--http", "127.0.0.1:0"]  # fmt: skip
    environment = {**os.environ, "MAILWARD_READY_FILE": str(told)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        postmaster = until(lambda: _postmaster(tmp_path / "data"), seconds=60, what="the database")
        if ready:
            until(told.exists, seconds=120, what="the ready file")
        os.killpg(process.pid, number)
        assert process.wait(90) in (0, 128 + number)
        until(lambda: not _alive(postmaster), what="the end of the database")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def test_the_next_start_need_not_wait_for_a_mail_that_a_killed_one_still_takes(tmp_path):
    data, port = tmp_path / "data", free_port()
    mail = letter("Half of it")
    with Sink() as sink:
        initialize(data, next_hop=sink.address)
        with running("run", data, "--smtp", f"127.0.0.1:{port}") as killed:
            client = smtplib.SMTP("127.0.0.1", port, local_hostname="mail.sender.test", timeout=60)
            client.ehlo()
            client.mail("ann@sender.test")
            client.rcpt("lee@example.test")
            client.docmd("DATA")
            client.send(mail[:100])
            killed.process.kill()
            killed.process.wait()
            with running("run", data, "--smtp", f"127.0.0.1:{port}") as house:
                house.send(letter("By the next one"))
                client.send(mail[100:] + b".\r\n")
                assert client.getreply()[0] == 250
                client.close()
                until(lambda: len(sink.received) == 2, seconds=60, what="both mails")


def test_a_mail_whose_examiners_died_with_the_supervisor_is_answered_at_once(tmp_path):
    data, port = tmp_path / "data", free_port()
    mail = letter("Nobody to look at it")
    with Sink() as sink:
        initialize(data, next_hop=sink.address)
        with running("run", data, "--smtp", f"127.0.0.1:{port}") as killed:
            workers = [pid for pid in killed.children() if Path(f"/proc/{pid}/comm").read_text() == "scan\n"]
            client = smtplib.SMTP("127.0.0.1", port, local_hostname="mail.sender.test", timeout=15)
            client.ehlo()
            client.mail("ann@sender.test")
            client.rcpt("lee@example.test")
            client.docmd("DATA")
            client.send(mail[:100])
            killed.process.kill()
            until(lambda: not any(map(_alive, workers)), what="the end of the scan workers")
            client.send(mail[100:] + b".\r\n")
            assert client.getreply()[0] == 451
            client.close()
        database = EmbeddedServer(data / "postgres")
        database.start()
        database.stop()
