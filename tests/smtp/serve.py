# SPDX-License-Identifier: Apache-2.0
"""A server of its own process for tests and measurements: it keeps or drops what it takes, and drains on SIGTERM.

    python tests/smtp/serve.py [--loop uvloop|asyncio] [--keep FOLDER] [--hold SECONDS] [--port N]

It prints the port that it listens on.
"""

import argparse
import asyncio
import signal
import sys
import uuid
from pathlib import Path

import msgspec
import uvloop

from mailward.contract.reply import Reply
from mailward.edge.limits import Limits, Listening
from mailward.edge.server import Server

QUEUED = Reply(250, "2.0.0", "queued")


class Drop:
    """Takes everything and keeps nothing: what is measured is the server alone."""

    def connect(self, connection):
        pass

    async def sender(self, connection, sender, size):
        pass

    async def recipient(self, connection, sender, recipient):
        return 1 << 40

    async def accept(self, connection, envelope, raw):
        return QUEUED


class Keep(Drop):
    """Writes each mail to a file before it answers, after `hold` seconds."""

    def __init__(self, folder, hold):
        self.folder = Path(folder)
        self.hold = hold

    async def accept(self, connection, envelope, raw):
        await asyncio.sleep(self.hold)
        (self.folder / f"{uuid.uuid4()}.json").write_bytes(msgspec.json.encode(envelope))
        (self.folder / f"{uuid.uuid4()}.eml").write_bytes(raw)
        return QUEUED


async def serve(options):
    limits = Limits(connections_per_address=4000)
    journey = Keep(options.keep, options.hold) if options.keep else Drop()
    server = Server(Listening(hostname="mx.example.test", limits=limits), journey)
    _, port = await server.listen("127.0.0.1", options.port)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await stop.wait()
    complete = await server.drain(seconds=10)
    sys.stdout.write("drained\n" if complete else "cut\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--loop", default="uvloop")
    parser.add_argument("--keep")
    parser.add_argument("--hold", type=float, default=0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    if options.loop == "uvloop":
        uvloop.run(serve(options))
    else:
        asyncio.run(serve(options))
    sys.exit(0)
