# SPDX-License-Identifier: Apache-2.0
"""CPU time per mail of our SMTP server and client, beside Postfix's smtp-sink, in one run.

    python bench/smtp.py [--rounds 4] [--loop uvloop]

The server takes and drops: what is measured is the protocol alone. Best of all rounds.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import uvloop

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from mailward.disposition.delivery.client import Destination
from mailward.disposition.delivery.connections import Connections

SINK_PORT = 22526
CASES = [
    (3000, "4 KB, kept connections", "-d -s 20 -l 4096"),
    (2000, "4 KB, one connection each", "-s 20 -l 4096"),
    (1000, "50 KB, kept connections", "-d -s 10 -l 51200"),
    (30, "5 MB, kept connections", "-d -s 4 -l 5000000"),
]


def cpu(pid):
    """User and system time so far, in milliseconds."""
    words = Path(f"/proc/{pid}/stat").read_text().split()
    return (int(words[13]) + int(words[14])) * 1000 / os.sysconf("SC_CLK_TCK")


def load(pid, port, count, options):
    """(CPU microseconds per mail, mails per second)."""
    before, begun = cpu(pid), time.monotonic()
    subprocess.run(["smtp-source", *options.split(), "-m", str(count), f"127.0.0.1:{port}"], check=True)
    return (cpu(pid) - before) * 1000 / count, count / (time.monotonic() - begun)


def servers(rounds, loop):
    command = [sys.executable, str(ROOT / "tests/smtp/serve.py"), "--loop", loop]
    ours = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
    )
    port = int(ours.stdout.readline())
    sink = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{SINK_PORT}", "1000"])
    time.sleep(0.5)
    try:
        for count, name, options in CASES:
            runs = [
                (load(ours.pid, port, count, options), load(sink.pid, SINK_PORT, count, options)) for _ in range(rounds)
            ]
            (us, rate), (sink_us, sink_rate) = (min(pair) for pair in zip(*runs, strict=True))
            print(f"server  {name:27} {us:7.0f} us {rate:6.0f}/s   smtp-sink {sink_us:7.0f} us {sink_rate:6.0f}/s")
        for size in (4096, 51200):
            uvloop.run(client(size, rounds))
    finally:
        for process in (ours, sink):
            process.terminate()
            process.wait()


async def client(size, rounds):
    """One mail after the other, over one kept connection, to smtp-sink."""
    raw = b"Subject: x\r\n\r\n" + (b"X" * 62 + b"\r\n") * (size // 64)
    destination = Destination(host="127.0.0.1", port=SINK_PORT)
    connections, best, count = Connections(), 1e9, 500
    for _ in range(rounds):
        before = time.process_time()
        for _ in range(count):
            replies = await connections.send(destination, "a@b.example", ["x@y.example"], raw)
            if replies["x@y.example"].code != 250:
                raise SystemExit(replies)
        best = min(best, (time.process_time() - before) * 1e6 / count)
    connections.close()
    await asyncio.sleep(0)
    print(f"client  {size // 1024} KB, kept connection {best:12.0f} us")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--loop", default="uvloop")
    options = parser.parse_args()
    servers(options.rounds, options.loop)
