# SPDX-License-Identifier: Apache-2.0
"""The benchmark's own parts: its mails, its sink, its tables."""

import email
import email.policy
import shutil

import pytest
from bench import mails
from bench.run import Scan, Throughput, render, sink, throughput
from tests.product import Process


class Nothing:
    """Stands where the product does: the load goes straight into the sink."""

    log = ""

    def __init__(self, port):
        self.smtp_port = port

    def processes(self):
        return []

    def cpu(self):
        return {}


def test_mails_are_whole_alike_each_time_and_about_nine_kilobytes():
    for number in range(20):
        octets = mails.mail(number)
        assert octets == mails.mail(number)
        assert 8000 < len(octets) < 10000
        mail = email.message_from_bytes(octets, policy=email.policy.default)
        assert mail.is_multipart() == (number % 2 == 0)
        assert [defect for part in mail.walk() for defect in part.defects] == []


def test_mails_differ():
    assert len({mails.mail(number) for number in range(50)}) == 50


@pytest.mark.skipif(shutil.which("smtp-source") is None, reason="needs Postfix's load tools")
def test_what_arrives_is_counted(tmp_path):
    with sink(tmp_path) as (port, counted):
        run = throughput(Nothing(port), tmp_path, counted, count=40, size=mails.SIZE, sessions=2)
        assert counted.value() == run.arrived == 40
    assert run.accepted > 0
    assert run.delivered > 0


@pytest.mark.skipif(shutil.which("smtp-source") is None, reason="needs Postfix's load tools")
def test_a_load_that_fails_is_an_error(tmp_path):
    with sink(tmp_path) as (port, counted):
        pass
    with pytest.raises(RuntimeError, match="smtp-source"):
        throughput(Nothing(port), tmp_path, counted, count=1, size=mails.SIZE, sessions=1)


def test_the_page_holds_what_was_measured():
    scans = [Scan(jobs=1, start=1.5, cpu_milliseconds=3.25, per_second=300)]
    runs = [
        Throughput(
            size=9 << 10, sessions=10, accepted=120, delivered=99, arrived=90,
            cpu_milliseconds={"smtp": 2, "postgres": 1},
        )
    ]  # fmt: skip
    peer = [
        Throughput(
            size=9 << 10, sessions=10, accepted=240, delivered=198, arrived=100, cpu_milliseconds={"postfix": 1.5}
        )
    ]
    processes = [
        Process(pid=1, role="smtp-1", cpu=1, pss=50 << 20, own=30 << 20),
        Process(pid=2, role="smtp-1", cpu=1, pss=40 << 20, own=20 << 20),
        Process(pid=3, role="postgres walwriter", cpu=1, pss=10 << 20, own=1 << 20),
    ]
    page = render(100, scans, runs, peer, processes[1:], processes)
    assert "| 1 | 3.25 ms | 300 | 1.50 s |" in page
    assert "| 9 KB | 10 | 120 | 99 (90 of 100 came) | 1.00 | 2.00 | 3.00 |" in page
    assert "| 9 KB | 10 | 240 | 198 | 1.50 ms | 0.50 | 0.50 | 0.50 |" in page
    assert "| smtp-1 | 2 | 40 MiB | 90 MiB | 50 MiB |" in page
    assert "| all | 3 | 50 MiB | 100 MiB | |" in page
