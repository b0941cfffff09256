# SPDX-License-Identifier: Apache-2.0
"""`mailward dmarc-report` as people type it, on a node that does not run and beside one that does."""

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from dmarc_specimens import mail, report, row
from house import ROOT, initialize, running
from ports import free_port

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("dmarc_report")]

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


def mailward(*words, stdin=b""):
    return subprocess.run(
        [sys.executable, "-m", "mailward", "dmarc-report", *words], input=stdin, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = tmp_path_factory.mktemp("dmarc_report") / "data"
    initialize(data, next_hop=("127.0.0.1", free_port()))
    return data


def test_files_are_brought_and_sources_are_listed(data, tmp_path):
    good, bad = tmp_path / "good.xml.gz", tmp_path / "bad.xml"
    good.write_bytes(
        gzip.compress(report(YESTERDAY, row("192.0.2.1", 40), row("192.0.2.2", 2, dkim="fail", spf="fail")))
    )
    bad.write_bytes(b"<!DOCTYPE x [<!ENTITY a 'b'>]><feedback>&a;</feedback>")
    done = mailward("import", str(good), str(bad), "--data", str(data))
    assert done.returncode == 1, done.stderr
    first, second = done.stdout.decode().splitlines()
    assert first == f"{good}: 1 new"
    assert second.startswith(f"{bad}: 0 new; it declares a document type")
    listed = mailward("list", "--data", str(data), "--json")
    assert listed.returncode == 0, listed.stderr
    assert [(one["source"], one["mails"], one["kind"]) for one in json.loads(listed.stdout)["items"]] == [
        ("192.0.2.2", 2, "unaligned"), ("192.0.2.1", 40, "good"),
    ]  # fmt: skip
    assert b"192.0.2.1" in mailward("list", "--data", str(data)).stdout


def test_beside_a_running_node_and_from_standard_input(data):
    with running("run", data):
        raw = mail(report(YESTERDAY, row("192.0.2.9", 1), reporter="Another"))
        done = mailward("import", "-", "--data", str(data), "--json", stdin=raw)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [{"file": "-", "new": 1, "problems": []}]
        plan = mailward("send", "--dry-run", "--data", str(data), "--json")
        assert json.loads(plan.stdout)["problem"] == "sending is switched off"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("import", "/nowhere/report.xml"), "there is no file /nowhere/report.xml"),
        (("send",), "add --dry-run"),
        (("send", "--dry-run", "--day", "soon"), "is no day"),
        (("list", "--organization", "Nobody"), "name one organization with --organization: Example"),
    ],
)
def test_what_cannot_be_is_one_line(data, words, says):
    done = mailward(*words, "--data", str(data))
    assert done.returncode == 2, done.stdout
    assert says in done.stderr.decode()
    assert len(done.stderr.decode().strip().splitlines()) == 1
