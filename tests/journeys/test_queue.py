# SPDX-License-Identifier: Apache-2.0
"""The queue of a running product, from the command line: the server behind it is away, and comes back."""

import json
import os
import subprocess
import sys

from house import ROOT, initialize, letter, running, until
from ports import free_port
from sink import Sink


def queue(house, *words):
    done = subprocess.run(
        [sys.executable, "-m", "mailward", "queue", *words, "--data", house.data, "--json"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_server_that_was_away_gets_its_mail_when_somebody_says_so(tmp_path):
    port, data = free_port(), tmp_path / "data"
    initialize(data, next_hop=("127.0.0.1", port))
    with running("run", data) as house:
        for n in range(3):
            house.send(letter(f"Mail {n}"))
        until(lambda: queue(house, "list")["destinations"][0]["last_reply"], what="a failed try")
        [destination] = queue(house, "list")["destinations"]
        assert (destination["name"], destination["waiting"]) == ("example.test", 3)
        assert "no connection" in destination["last_reply"]
        assert queue(house, "pause", "example.test") == {"changed": 1, "waiting": 3}
        with Sink(port) as sink:
            assert queue(house, "flush", "example.test", "--dry-run")["paused"] == 3
            assert [row["recipient"] for row in queue(house, "show", "example.test")["items"]] == [
                "lee@example.test"
            ] * 3
            gone = queue(house, "show", "--search", 'subject:"Mail 2"')["items"][0]["id"]
            assert queue(house, "bounce", "--id", gone)["held"] == 1
            assert not sink.received
            assert queue(house, "flush", "--all")["done"] == 2
            assert not sink.received
            assert queue(house, "resume", "example.test")["changed"] == 1
            until(lambda: len(sink.received) == 2, seconds=60, what="delivery")
            until(lambda: queue(house, "list")["waiting"] == 0, what="an empty queue")
        house.api.sign_in("admin@example.test", "correct horse battery staple")
        timeline = house.api.wait_for('subject:"Mail 0"')["timeline"]
        steered = [
            event["kind"] for event in timeline if event["kind"] in ("paused", "resumed", "retried", "delivered")
        ]
        assert steered == ["paused", "retried", "resumed", "delivered"]
        [delivered] = [event for event in timeline if event["kind"] == "delivered"]
        assert delivered["detail"]["server"] == f"127.0.0.1:{port}"
