# SPDX-License-Identifier: Apache-2.0
"""Finding the end of a mail: the dot after DATA (RFC 5321, 4.5.2), the octet count of BDAT (RFC 3030).

Only CRLF.CRLF ends DATA. Everything that looks similar is content, and `Content` objects to it.
"""

from mailward.edge.content import Content

_END = b"\r\n.\r\n"
_DOT = b".\r\n"
_LINE_DOT = b"\r\n."
_TAIL = len(_END) - 1
_CR = 13


class DotReader:
    """Takes content from the inbox until the lonely dot, removing the dots that senders double."""

    def __init__(self, content: Content, most_in_inbox: int) -> None:
        self.content = content
        self._most = most_in_inbox
        self._searched = 0
        self._at_line_start = True

    def take(self, inbox: bytearray) -> bool:
        """Eat from the front of `inbox`; True when the end was eaten too, and a command may follow."""
        if self._at_line_start and inbox.startswith(_DOT):
            del inbox[: len(_DOT)]
            return True
        dot = self._line_dot(inbox)
        end = dot if dot < 0 or inbox.startswith(_END, dot) else inbox.find(_END, dot)
        if end >= 0:
            self._add(_eat(inbox, end + 2), dots=end != dot)
            del inbox[: len(_DOT)]
            return True
        self._searched = dot if dot >= 0 else max(0, len(inbox) - _TAIL)
        if len(inbox) > self._most:
            self._cut(inbox, dots=dot >= 0)
        return False

    def _line_dot(self, inbox: bytearray) -> int:
        """Where a line begins with a dot. Attached files have no dots at all, which is found out quicker."""
        if inbox.find(b".", self._searched) < 0:
            return -1
        return inbox.find(_LINE_DOT, self._searched)

    def _cut(self, inbox: bytearray, *, dots: bool) -> None:
        """Hand on what certainly is content. A CRLF, and what may be the end, stay in one piece."""
        place = len(inbox) - _TAIL
        if inbox[place - 1] == _CR:
            place -= 1
        self._add(_eat(inbox, place), dots=dots)
        self._searched = 0

    def _add(self, segment: bytes, *, dots: bool) -> None:
        starts, self._at_line_start = self._at_line_start, segment.endswith(b"\r\n")
        if starts and segment.startswith(b"."):
            segment = segment[1:]
        self.content.add(segment.replace(_LINE_DOT, b"\r\n") if dots else segment)


class ChunkReader:
    """Takes the octets of one BDAT command; `content` is None when they are only to be skipped."""

    def __init__(self, content: Content | None, size: int, *, last: bool) -> None:
        self.content = content
        self.size = size
        self.last = last
        self._left = size

    def take(self, inbox: bytearray) -> bool:
        """Eat from the front of `inbox`; True when the chunk is complete."""
        segment = _eat(inbox, min(self._left, len(inbox)))
        self._left -= len(segment)
        if self.content is not None and segment:
            self.content.add(segment)
        return self._left == 0


def _eat(inbox: bytearray, size: int) -> bytes:
    """The first `size` bytes, taken out with one copy."""
    with memoryview(inbox) as view:
        eaten = bytes(view[:size])
    del inbox[:size]
    return eaten
