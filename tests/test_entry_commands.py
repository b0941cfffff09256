# SPDX-License-Identifier: Apache-2.0
"""`mailward address` and `mailward sender`, on a data folder whose node does not run."""

import json
import os
import subprocess
import sys

import pytest

from house import ROOT, initialize

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("entries") / "data"
    initialize(folder, next_hop=("127.0.0.1", 2526))
    return folder


def mailward(data, *words, stdin=""):
    """Exit status, what was printed, and the last line of errors."""
    done = subprocess.run(
        [sys.executable, "-m", "mailward", *words, "--data", data], input=stdin, text=True, capture_output=True,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr.strip().rpartition("\n")[2]


def test_an_address_is_added_explained_and_removed(data):
    assert mailward(data, "address", "add", "192.0.2.0/24", "--list", "blocked", "--note", "junk")[0] == 0
    (entry,) = json.loads(mailward(data, "address", "list", "--json")[1])
    assert (entry["network"], entry["note"], entry["created_by"]) == ("192.0.2.0/24", "junk", "command line")
    status, out, _ = mailward(data, "address", "explain", "192.0.2.7")
    assert (status, "is refused: 550 5.7.1 192.0.2.7 is blocked" in out) == (1, True)
    assert mailward(data, "address", "explain", "198.51.100.1")[0] == 0
    assert mailward(data, "address", "remove", "192.0.2.0/24")[0] == 0
    status, _, error = mailward(data, "address", "remove", "192.0.2.0/24")
    assert (status, error) == (2, "mailward: 192.0.2.0/24 is not listed")
    status, _, error = mailward(data, "address", "add", "192.0.2.1/24", "--list", "blocked")
    assert (status, "the network is 192.0.2.0/24" in error) == (2, True)


def test_a_file_of_senders_is_compared_before_it_is_written(data):
    file = "pattern,target,note\nspam@shop.test\n*@*.partner.test,example.test,deliveries\n"
    words = ("sender", "import", "-", "--list", "blocked")
    status, out, _ = mailward(data, *words, stdin=file)
    assert (status, "2 added" in out, "add --write to do it" in out) == (0, True, True)
    assert "nothing is listed here" in mailward(data, "sender", "list")[1]
    assert mailward(data, *words, "--write", stdin=file)[0] == 0
    assert len(json.loads(mailward(data, "sender", "list", "--json")[1])) == 2
    status, out, _ = mailward(data, *words, "--write", stdin=f"{file}*@*\n")
    assert (status, "line 4: *@* would name everybody" in out) == (2, True)
    status, out, _ = mailward(data, "sender", "explain", "spam@shop.test", "lee@example.test")
    assert (status, "spam@shop.test is blocked for lee@example.test" in out) == (1, True)
    assert mailward(data, "sender", "remove", "spam@shop.test", "--list", "blocked")[0] == 0
    assert mailward(data, "sender", "list", "--organization", "Nobody")[2].endswith("--organization: Example")
