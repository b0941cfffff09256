# SPDX-License-Identifier: Apache-2.0
"""The mail while it is being received: in memory while it is small, on disk when it grows.

It watches over line ends and line lengths on the way, so that DATA and BDAT obey one rule. `Memory`
is what all sessions of a server share: it makes large mails wait for each other, not for the machine.
"""

import asyncio
import re
import tempfile
from collections import deque
from enum import StrEnum
from typing import BinaryIO

from mailward.edge.limits import Limits, LineEnds
from mailward.kit import line_ends

_ANY_LINE_END = re.compile(rb"\r+\n?|\n")


class Fault(StrEnum):
    """Why a mail cannot be taken, found while it arrives. The first one found counts."""

    TOO_BIG = "size"
    LINE_TOO_LONG = "data_line"
    BARE_LINE_END = "bare_line_end"
    NUL = "nul"
    NO_ROOM = "no_room"


class Memory:
    """Bytes of mail held in memory by all sessions of one server: of mails that still arrive
    (`receiving`), and of mails read back from disk to be accepted (`held`)."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.receiving = 0
        self.held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def busy(self) -> bool:
        """Whether growing mails should go to disk early."""
        return self.receiving * 2 > self.most

    async def hold(self, size: int) -> None:
        """Wait, in order, until `size` bytes fit. One mail alone always fits."""
        if not self._waiting and self._fits(size):
            self.held += size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(size)
            raise

    def release(self, size: int) -> None:
        """Give back what was held, and let the next in line go on."""
        self.held -= size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done():
                if not self._fits(wanted):
                    return
                self.held += wanted
                turn.set_result(None)
            self._waiting.popleft()

    def _fits(self, size: int) -> bool:
        return self.held == 0 or self.held + size <= self.most


class Content:
    """One mail's bytes. `size` counts all that came, `fault` is the first thing that is wrong with it,
    `disputed` says that it held line ends about which two servers could disagree."""

    def __init__(self, limits: Limits, memory: Memory, *, line_ends: LineEnds, most: int, spool: str) -> None:
        self.size = 0
        self.fault: Fault | None = None
        self.disputed = False
        self._limits = limits
        self._memory = memory
        self._normalise = line_ends == LineEnds.NORMALISE
        self._most = most
        self._spool = spool
        self._segments: list[bytes] = []
        self._held = 0
        self._file: BinaryIO | None = None
        self._open_line = 0
        self._carried = b""

    def add(self, segment: bytes) -> None:
        """Take the next bytes, wherever they were cut."""
        self.size += len(segment)
        if self.fault:
            return
        if self.size > self._most:
            self._fail(Fault.TOO_BIG)
            return
        if self._carried:
            segment, self._carried = self._carried + segment, b""
        if segment.endswith(b"\r"):
            self._carried = segment[len(segment.rstrip(b"\r")) :]
            segment = segment[: -len(self._carried)]
        self._take(segment)
        if len(self._carried) > self._limits.data_line:
            self._fail(Fault.LINE_TOO_LONG)

    def finish(self) -> None:
        """No more bytes follow: a CR that was held back stands alone."""
        if self._carried and not self.fault:
            carried, self._carried = self._carried, b""
            self._take(carried)

    @property
    def heavy(self) -> bool:
        """Whether what is in memory should go to disk now."""
        limits = self._limits
        return self._held > (limits.spill_when_busy if self._memory.busy else limits.spill) and not self.fault

    def spill(self) -> None:
        """Move what is in memory to disk. Blocks: call it in a thread. Never raises."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._spool or None, buffering=0)  # noqa: SIM115
            for segment in self._segments:
                _write_all(self._file, segment)
        except OSError:
            self._fail(Fault.NO_ROOM)
        else:
            self._forget_memory()

    @property
    def in_memory(self) -> bool:
        """Whether all of it is in memory, so that `joined` costs nothing."""
        return self._file is None

    def joined(self) -> bytes:
        """All of it. Blocks when some of it is on disk. Raises OSError if the disk fails."""
        rest = self._segments[0] if len(self._segments) == 1 else b"".join(self._segments)
        if self._file is None:
            return rest
        self._file.seek(0)
        whole = b"".join((self._file.readall(), rest))  # type: ignore[attr-defined]
        expected = self._file.seek(0, 2) + len(rest)
        if len(whole) != expected:
            raise OSError("the spooled mail is shorter than what was written")
        return whole

    async def read_back(self) -> bytes:
        """All of it, read in a thread."""
        return await asyncio.to_thread(self.joined)

    def discard(self) -> None:
        """Give back memory and disk. May be called twice."""
        self._forget_memory()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _take(self, segment: bytes) -> None:
        if not line_ends.agree(segment):
            self.disputed = True
            if not self._normalise:
                self._fail(Fault.BARE_LINE_END)
                return
            segment = _ANY_LINE_END.sub(b"\r\n", segment)
        if b"\0" in segment:
            self.disputed = True
            if not self._normalise:
                self._fail(Fault.NUL)
                return
            segment = segment.replace(b"\0", b"")
        self._open_line = open_line(segment, self._open_line, self._limits.data_line)
        if self._open_line < 0:
            self._fail(Fault.LINE_TOO_LONG)
            return
        self._segments.append(segment)
        self._held += len(segment)
        self._memory.receiving += len(segment)

    def _fail(self, fault: Fault) -> None:
        self.fault = fault
        self.discard()

    def _forget_memory(self) -> None:
        self._segments.clear()
        self._memory.receiving -= self._held
        self._held = 0


def open_line(data: bytes, before: int, most: int) -> int:
    """The length of the unfinished line that `data` leaves, or -1 if any line is longer than `most`
    bytes, its line end counted. `before` is the length of the unfinished line that `data` continues.

    Looks at one newline in each `most` bytes, not at each line.
    """
    start, size = -before, len(data)
    while size - start > most:
        end = data.rfind(b"\n", max(start, 0), start + most) if start + most > 0 else -1
        if end < 0:
            return -1
        start = end + 1
    end = data.rfind(b"\n", max(start, 0))
    return size - end - 1 if end >= 0 else size - start


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
