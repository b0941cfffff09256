# SPDX-License-Identifier: Apache-2.0
"""The benchmark's own parts: its mails, its load, its sink, its page."""

import asyncio
import email
import email.policy

import pytest
from bench import load, mails, report
from bench.floor import Floor


def test_mails_are_whole_alike_each_time_and_about_nine_kilobytes():
    for number in range(20):
        octets = mails.mail(number)
        assert octets == mails.mail(number)
        assert 8000 < len(octets) < 10000
        mail = email.message_from_bytes(octets, policy=email.policy.default)
        assert mail.is_multipart() == (number % 2 == 0)
        assert [defect for part in mail.walk() for defect in part.defects] == []


def test_large_mails_are_large_because_of_a_file():
    octets = mails.mail(1, 1 << 20)
    assert abs(len(octets) - (1 << 20)) < 20_000
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["survey.dat"]
    assert [defect for part in mail.walk() for defect in part.defects] == []


def test_mails_differ():
    assert len({mails.mail(number) for number in range(50)}) == 50


@pytest.mark.parametrize("size", [4096, 1 << 20])
async def test_what_arrives_is_counted_and_timed(size):
    sink = load.Sink()
    port = await sink.listen()
    letters = [load.letter(mails.mail(number, size)) for number in range(3)]
    sample = await load.run(
        sink, port, letters=letters, recipients=["lee@example.test"], sessions=2, seconds=60, most=8
    )
    sink.close()
    assert sample.accepted == len(sample.latencies) == 8
    assert sample.missing == 0
    assert 0 < sample.percentile(0.5) <= sample.percentile(0.99) <= sample.relaying


async def test_the_sink_takes_chunks_and_says_everything_before_it_leaves():
    sink = load.Sink()
    reader, writer = await asyncio.open_connection("127.0.0.1", await sink.listen())
    mail = b"X-Bench: 000000007\r\n\r\nhello\r\n"
    writer.write(b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nBDAT 10\r\n" + mail[:10])
    writer.write(b"BDAT %d LAST\r\n%bQUIT\r\n" % (len(mail) - 10, mail[10:]))
    said = await reader.read()
    sink.close()
    writer.close()
    assert list(sink.arrived) == [7]
    assert said.splitlines()[-3:] == [b"250 ok", b"250 ok", b"221 bye"]


async def test_a_load_that_is_refused_is_an_error():
    async def refuse(_, writer):
        writer.write(b"554 no\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(load.Refused, match="554 no"):
        await load.run(load.Sink(), port, letters=[b"x"], recipients=["a@b"], sessions=1, seconds=1)
    server.close()


def test_the_page_holds_what_was_measured_and_why_a_goal_was_missed():
    def side(relayed, **cpu):
        return report.Side(accepted=relayed + 1, relayed=relayed, cpu=cpu, latency=(0.005, 0.02, 0.3), mails=100)

    cells = [
        report.Cell(mode="off", size=4096, sessions=20, own=side(120, smtp=1.5, postgres=0.5), peer=side(100, postfix=3),
                    ratio=1.2, cpu_ratio=1.5),
        report.Cell(mode="off", size=4096, sessions=1, own=side(199, smtp=2.5), peer=side(399, postfix=1), ratio=0.5, cpu_ratio=0.4),
        report.Cell(mode="on", size=5 << 20, sessions=1, own=side(9, scan=20), peer=side(10, rspamd=9), ratio=0.9, cpu_ratio=0.45),
    ]  # fmt: skip
    result = report.Result(
        scans=[report.Scan(jobs=1, start=1.5, cpu_milliseconds=3.25, per_second=300)],
        cells=cells, goals={"off": 1.0, "on": 1.5}, profiles={("on", 5 << 20, 1): "the profile"},
        memory={"mailward": {"smtp": 30 << 20, "web": 70 << 20}}, floor=Floor(file=0.5, transaction=0.75, both=1.25),
    )  # fmt: skip
    page = report.render(result)
    assert (
        "| 4 KB | 20 | 121 | 101 | 120.0 | 100.0 | **1.20** | 2.00 ms | 3.00 ms | 1.50 | 5.0 / 20 / 300 | 5.0 / 20 / 300 |"
        in page
    )
    assert "| 4 KB | 20 | 0.50 | 1.50 |" in page
    assert "Missed: off 4 KB x 1, on 5 MB x 1." in page
    assert "both at once 1.25 ms" in page
    assert "| off | 4 KB | 5.00 | 2.50 | 2.50 |" in page
    assert "### Checks on, 5 MB, 1 session\n\nthe profile" in page
    assert "| mailward | all | 100 MiB |" in page
    assert "| 1 | 3.25 ms | 300 | 1.50 s |" in page
