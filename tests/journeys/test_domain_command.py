# SPDX-License-Identifier: Apache-2.0
"""`mailward domain` on a node that stands still and on one that runs, with a name server and a mail server behind it."""

import json
import os
import smtplib
import subprocess
import sys

import pytest

from house import PASSWORD, ROOT, initialize, letter, running, until
from name_server import NameServer
from sink import Sink


def mailward(data, *words, status=0, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "mailward", "domain", *words, "--data", data],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
    )  # fmt: skip
    assert done.returncode == status, (done.stdout, done.stderr)
    return done.stdout if status != 2 else done.stderr


def wait_for_answer(house, code):
    """Until the gateway, which hears of changes within moments, answers so at RCPT."""

    def answers():
        with smtplib.SMTP(*house.smtp, local_hostname="mail.sender.test", timeout=60) as client:
            client.ehlo()
            client.mail("ann@sender.test")
            return client.rcpt("lee@second.test")[0] == code

    until(answers, seconds=30, what=f"the answer {code}")


def test_a_domain_is_added_proved_tested_used_and_deleted(tmp_path):
    data = tmp_path / "data"
    with Sink() as sink, NameServer() as names:
        environment = {"MAILWARD_NAME_SERVERS": names.address, "MAILWARD_HOSTNAME": "mx.gate.test"}
        behind = f"127.0.0.1:{sink.address[1]}"
        initialize(data, next_hop=sink.address)
        assert "example.test" in mailward(data, "list")  # the node does not run
        with running("run", data, environment=environment) as house:
            told = mailward(data, "add", "Second.test", "--server", f"{behind}/5", **environment)
            assert "second.test: unverified" in told
            assert "TXT" in told
            wait_for_answer(house, 450)
            assert "missing" in mailward(data, "verify", "second.test", status=1, **environment)
            shown = json.loads(mailward(data, "show", "second.test", "--json", **environment))
            names.records[shown["challenge"]["name"], "TXT"] = [f'"{shown["challenge"]["value"]}"']
            assert "second.test: verified by a TXT record" in mailward(data, "verify", "second.test", **environment)
            tested = json.loads(mailward(data, "test", "second.test", "--json", **environment))
            assert [test["passed"] for test in tested] == [True]
            wait_for_answer(house, 250)
            house.send(letter("To the second"), to=("lee@second.test",))
            house.api.sign_in("admin@example.test", PASSWORD)
            assert house.api.wait_for('subject:"To the second" status:delivered')["recipient"] == "lee@second.test"
            assert "Nothing was changed" in mailward(data, "delete", "second.test")
            assert "second.test is deleted" in mailward(data, "delete", "second.test", "--yes")
            wait_for_answer(house, 550)
        assert len(sink.received) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("show", "nothing.test"), "there is no domain nothing.test here"),
        (("add", "nonsense", "--server", "127.0.0.1:25"), "no full domain name"),
        (("add", "example.test", "--server", "127.0.0.1:25"), "is here already"),
        (("list", "--organization", "Nobody"), "there is no organization 'Nobody'"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, why, standing):
    done = subprocess.run(
        [sys.executable, "-m", "mailward", "domain", *words, "--data", standing],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode != 0
    assert why in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    """The folder of a node that does not run."""
    data = tmp_path_factory.mktemp("standing") / "data"
    initialize(data, next_hop=("127.0.0.1", 25))
    return data
