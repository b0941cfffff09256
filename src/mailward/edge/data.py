# SPDX-License-Identifier: Apache-2.0
"""Finding the end of a mail: the dot after DATA (RFC 5321, 4.5.2), the octet count of BDAT (RFC 3030).

Only CRLF.CRLF ends DATA. Everything that looks similar is content, and `Content` objects to it.
"""

from mailward.edge.content import Content

_END = b"\r\n.\r\n"
_DOT = b".\r\n"
_TAIL = len(_END) - 1


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
        end = inbox.find(_END, self._searched)
        if end >= 0:
            self._add(bytes(inbox[: end + 2]))
            del inbox[: end + len(_END)]
            return True
        self._searched = max(0, len(inbox) - _TAIL)
        if len(inbox) > self._most:
            self._cut(inbox)
        return False

    def _cut(self, inbox: bytearray) -> None:
        """Hand on what certainly is content. A CRLF, and what may be the end, stay in one piece."""
        place = len(inbox) - _TAIL
        if inbox[place - 1] == 13:  # noqa: PLR2004 - CR
            place -= 1
        self._add(bytes(inbox[:place]))
        del inbox[:place]
        self._searched = 0

    def _add(self, segment: bytes) -> None:
        starts, self._at_line_start = self._at_line_start, segment.endswith(b"\r\n")
        if starts and segment.startswith(b"."):
            segment = segment[1:]
        self.content.add(segment.replace(b"\r\n.", b"\r\n"))


class ChunkReader:
    """Takes the octets of one BDAT command; `content` is None when they are only to be skipped."""

    def __init__(self, content: Content | None, size: int, *, last: bool) -> None:
        self.content = content
        self.size = size
        self.last = last
        self._left = size

    def take(self, inbox: bytearray) -> bool:
        """Eat from the front of `inbox`; True when the chunk is complete."""
        if len(inbox) <= self._left:
            segment = bytes(inbox)
            inbox.clear()
        else:
            segment = bytes(inbox[: self._left])
            del inbox[: self._left]
        self._left -= len(segment)
        if self.content is not None and segment:
            self.content.add(segment)
        return self._left == 0
