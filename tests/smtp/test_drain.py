# SPDX-License-Identifier: Apache-2.0
"""SIGTERM: no new connections, a word to who waits, and every mail that is on its way comes in."""

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

SERVE = Path(__file__).with_name("serve.py")
MAIL = b"Subject: x\r\n\r\nx\r\n"


@pytest.fixture(params=["uvloop", "asyncio"])
def process(request, tmp_path):
    command = [sys.executable, str(SERVE), "--loop", request.param, "--keep", str(tmp_path), "--hold", "0.5"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(SERVE.parents[2] / "src")}
    ) as running:
        running.port = int(running.stdout.readline())
        running.kept = lambda: sorted(path.read_bytes() for path in tmp_path.glob("*.eml"))
        yield running
        running.kill()


def test_sigterm(process, call):
    idle = call(process)
    idle.hello()
    begun = call(process)
    begun.hello()
    begun.envelope()
    waiting, sending = call(process), call(process)
    for peer in (waiting, sending):
        peer.hello()
        peer.envelope()
        assert peer.ask("DATA").startswith("354")
    waiting.send(MAIL + b"waiting\r\n.\r\n")
    sending.send(MAIL)
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert idle.rest().startswith("421 4.3.2")
    assert begun.rest().startswith("421 4.3.2")
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", process.port), timeout=2)
    sending.send(b"sending\r\n.\r\n")
    for peer in (waiting, sending):
        answer, goodbye = peer.rest().splitlines()
        assert answer == "250 2.0.0 queued"
        assert goodbye.startswith("421 4.3.2")
    assert process.stdout.read().strip() == "drained"
    assert process.wait(5) == 0
    assert process.kept() == [MAIL + b"sending\r\n", MAIL + b"waiting\r\n"]


def test_rolling_restart_under_load_loses_nothing(process, call):
    """Each mail that got its 250 is there, and no other."""
    acknowledged = []

    def bring(number):
        try:
            for turn in range(20):
                peer = call(process)
                peer.hello()
                peer.envelope()
                if not peer.ask("DATA").startswith("354"):
                    return
                mail = MAIL + b"%d %d\r\n" % (number, turn)
                if peer.ask(mail + b".\r\n").startswith("250"):
                    acknowledged.append(mail)
        except (OSError, AssertionError):
            return

    threads = [threading.Thread(target=bring, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    time.sleep(1.2)
    process.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(20)
    assert process.wait(15) == 0
    assert acknowledged
    assert process.kept() == sorted(acknowledged)


def test_drain_is_bounded(start, call):
    gateway = start()
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    begun = time.monotonic()
    assert gateway.drain(0.5).result(5) is False
    assert time.monotonic() - begun < 3
    assert peer.closed()
