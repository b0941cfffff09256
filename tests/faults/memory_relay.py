# SPDX-License-Identifier: Apache-2.0
"""The negative control: a relay that says 250 and then keeps the mail in memory. A trial that does not
find it out is void. Run as a program: memory_relay PORT NEXT_HOP_PORT."""

import asyncio
import contextlib
import re
import sys

MAX_LINE = 1 << 17


class Relay:
    """Takes mail at once, and hands it on when it finds the time."""

    def __init__(self, next_hop: int) -> None:
        self._next_hop = next_hop
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(self, port: int) -> None:
        """Until killed."""
        server = await asyncio.start_server(self._session, "127.0.0.1", port, limit=MAX_LINE)
        async with server:
            await asyncio.gather(*(self._deliver() for _ in range(4)))

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(b"220 memory.example.test\r\n")
            while True:
                line = await reader.readuntil(b"\n")
                if line.upper().startswith(b"DATA"):
                    writer.write(b"354 go on\r\n")
                    self._queue.put_nowait(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 fine\r\n")
                await writer.drain()
        writer.close()

    async def _deliver(self) -> None:
        while True:
            mail = await self._queue.get()
            try:
                await self._hand_on(mail)
            except (OSError, asyncio.IncompleteReadError):
                self._queue.put_nowait(mail)
                await asyncio.sleep(0.1)

    async def _hand_on(self, mail: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._next_hop)
        try:
            await reader.readuntil(b"\n")
            for line in (
                b"HELO memory\r\n",
                b"MAIL FROM:<a@sender.test>\r\n",
                b"RCPT TO:<b@example.test>\r\n",
                b"DATA\r\n",
            ):
                writer.write(line)
                await reader.readuntil(b"\n")
            writer.write(mail)
            if not re.match(rb"2\d\d", await reader.readuntil(b"\n")):
                raise ConnectionResetError
        finally:
            writer.close()


if __name__ == "__main__":
    asyncio.run(Relay(int(sys.argv[2])).serve(int(sys.argv[1])))
