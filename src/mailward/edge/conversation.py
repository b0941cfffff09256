# SPDX-License-Identifier: Apache-2.0
"""What was heard and what is to be said: commands and content taken from one stream, in their order.

Also without a socket: `inbox` is filled by somebody else, `out` is emptied by somebody else.
"""

from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, Final

import structlog

from mailward.contract.envelope import Connection
from mailward.contract.reply import Reply
from mailward.edge import replies
from mailward.edge.content import Content
from mailward.edge.limits import LineEnds
from mailward.edge.session import Session, Step
from mailward.edge.shared import Shared

log = structlog.get_logger()

_TLS_RECORD = 0x16
_CLOSES = frozenset({421, 521})
_PERMANENT = 500
_encode = lru_cache(maxsize=512)(Reply.encode)


class Upgrade:
    """TLS is to begin now."""


UPGRADE: Final = Upgrade()
Wait = Coroutine[Any, Any, Reply] | Content | Upgrade
"""What cannot be done at once: ask the journey, move a large mail to disk, begin TLS."""


class Conversation:
    """The stream of one connection. `deaf` while nothing more may be taken from the inbox."""

    def __init__(self, shared: Shared) -> None:
        self.session = Session(shared, Connection(peer_ip="", extended=False))
        self.inbox = bytearray()
        self.out: list[bytes] = []
        self.deaf = False
        self._shared = shared

    def advance(self) -> Wait | None:
        """Take from the inbox all that needs no waiting, and answer it. The first thing that must be
        waited for, or None when more bytes are needed."""
        session, inbox = self.session, self.inbox
        while not (session.ending or self.deaf):
            step: Step
            if session.reader is None:
                if self._shared.draining:
                    step = session.end_with(replies.SHUTTING_DOWN)
                elif not inbox or (line := self._next_line()) is None:
                    break
                else:
                    step = session.command(line, more=bool(inbox))
            elif session.reader.take(inbox):
                step = session.received()
            else:
                return self._too_heavy(session.reader.content)
            if session.upgrading:
                return UPGRADE
            if isinstance(step, Reply):
                self.answer(step)
            elif step is not None:
                return step
        return None

    def answer(self, reply: Reply) -> None:
        """Say it, and count what the peer did wrong."""
        session = self.session
        self.out.append(_encode(reply))
        if reply.code in _CLOSES:
            session.ending = True
        elif reply.code >= _PERMANENT:
            session.errors += 1
            if session.errors >= self._shared.limits.errors and not session.ending:
                self.refuse(replies.TOO_MANY_ERRORS, limit="errors")

    def refuse(self, reply: Reply, *, limit: str) -> None:
        """Say it, close, and record which bound was hit."""
        connection = self.session.connection
        log.info("smtp.limit", limit=limit, peer_ip=connection.peer_ip, helo=connection.helo, code=reply.code)
        self.out.append(_encode(self.session.end_with(reply)))

    def _too_heavy(self, content: Content | None) -> Content | None:
        """More content must come first; what has come is moved to disk if it is much."""
        if content is None:
            return None
        if content.size > 2 * self._shared.limits.size:
            self.refuse(replies.TOO_BIG, limit="size")
        return content if content.heavy else None

    def _next_line(self) -> bytes | None:
        """The next command without its line end; None if it is not complete, or not one at all."""
        inbox, most = self.inbox, self._shared.limits.command_line
        end = inbox.find(b"\n", 0, most)
        if end < 0:
            if len(inbox) >= most:
                self.refuse(replies.LINE_TOO_LONG, limit="command_line")
            elif inbox and inbox[0] == _TLS_RECORD:
                self.refuse(replies.NOT_SMTP, limit="tls_without_starttls")
            elif 0 <= inbox.find(b"\r") < len(inbox) - 1:
                self.refuse(replies.BARE_IN_COMMAND, limit="bare_line_end")
            return None
        line = bytes(inbox[:end])
        del inbox[: end + 1]
        if line.endswith(b"\r"):
            line = line[:-1]
        elif self._shared.settings.line_ends == LineEnds.REJECT:
            line = b"\r"
        if b"\r" in line:
            self.refuse(replies.BARE_IN_COMMAND, limit="bare_line_end")
            return None
        return line
