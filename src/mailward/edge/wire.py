# SPDX-License-Identifier: Apache-2.0
"""One TCP connection: bytes in, replies out, and every kind of waiting with its end.

Commands that need no waiting are answered in the call that brought them. For the rest there is one
task per group of commands, so that an idle connection costs a few kilobytes and no task.
"""

import asyncio
import fcntl
import ssl
import termios
from collections.abc import Coroutine
from enum import Enum, auto
from typing import Any

import structlog

from mailward.contract.envelope import Connection
from mailward.contract.reply import Refused, Reply
from mailward.edge import proxy, replies
from mailward.edge.content import Content
from mailward.edge.conversation import Conversation, Upgrade
from mailward.edge.shared import Shared, plain_address

log = structlog.get_logger()

Work = Coroutine[Any, Any, Reply | None]


class Stage(Enum):
    """How far the connection has come."""

    PROXY = auto()
    GREETING = auto()
    TALKING = auto()
    LEAVING = auto()


class Wire(asyncio.BufferedProtocol):
    """The protocol object that the event loop calls."""

    __slots__ = (
        "_admitted",
        "_blocked",
        "_conversation",
        "_gone",
        "_half_closed",
        "_idle",
        "_inbox",
        "_loop",
        "_overdue",
        "_paused",
        "_shared",
        "_stage",
        "_transport",
        "_work",
        "deadline",
        "until",
    )

    _transport: asyncio.Transport

    def __init__(self, shared: Shared, loop: asyncio.AbstractEventLoop) -> None:
        self._shared = shared
        self._loop = loop
        self._conversation = Conversation(shared)
        self._work: asyncio.Task[None] | None = None
        self._stage = Stage.GREETING
        self._admitted = ""
        self._blocked = self._paused = self._gone = self._overdue = self._half_closed = False
        self._idle = shared.limits.idle
        self._inbox = self._conversation.inbox
        now = loop.time()
        self.until = now + shared.limits.session
        self.deadline = now + self._idle

    # What the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A peer, or a proxy that will name the peer."""
        self._transport = transport  # type: ignore[assignment]
        self._shared.guests.add(self)
        peer = transport.get_extra_info("peername") or ("", 0)
        address = plain_address(str(peer[0]))
        if self._shared.is_proxy(address):
            self._stage = Stage.PROXY
            self._conversation.session.connection = Connection(peer_ip=address, peer_port=peer[1], extended=False)
        else:
            self._meet(address, peer[1])

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the loop's hint
        """The buffer of the whole server: it is emptied before anybody else reads."""
        return self._shared.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        if self._stage is Stage.LEAVING:
            return
        shared = self._shared
        self._inbox += shared.buffer[:nbytes]
        if self._conversation.session.reader is not None:
            paid = self.deadline + nbytes / shared.limits.minimum_rate
            self.deadline = min(paid, self._loop.time() + self._idle)
        if self._work is not None or self._blocked:
            if len(self._inbox) > shared.limits.inbox:
                self._pause()
        elif self._stage is Stage.TALKING:
            self._go()
        elif self._stage is Stage.PROXY:
            self._read_proxy_header()
        else:
            self._leave(replies.EARLY, why="early_talker")

    def eof_received(self) -> bool:
        """The peer will send no more; what it still waits for is answered."""
        self._half_closed = self._work is not None and not self._conversation.session.connection.tls
        return self._half_closed

    def pause_writing(self) -> None:
        """The peer does not read its replies: it is not listened to either."""
        self._blocked = self._conversation.deaf = True
        self.deadline = self._loop.time() + self._shared.limits.unread_replies
        self._pause()

    def resume_writing(self) -> None:
        """It reads again."""
        self._blocked = self._conversation.deaf = False
        self.deadline = self._loop.time() + self._idle
        if self._work is None:
            self._resume()
            if self._stage is Stage.TALKING:
                self._go()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the reason does not matter
        """The peer is gone. A mail that is being accepted still is."""
        self._gone = self._conversation.deaf = True
        self._stage = Stage.LEAVING
        if self._admitted:
            self._shared.dismiss(self._admitted)
            self._admitted = ""
        if self._work is None:
            self._forget()

    # What the server calls

    def overdue(self, now: float) -> None:
        """The deadline has passed: the peer, or our own work, took too long."""
        reader = self._conversation.session.reader
        if self._work is not None and not self._blocked:
            if now < self.deadline:
                return
            self._overdue = True
            self.deadline = now + self._shared.limits.journey
            self._work.cancel()
        elif self._blocked or self._stage is Stage.LEAVING:
            self._transport.abort()
        elif reader is not None and reader.content is not None and reader.content.disputed:
            self._leave(replies.TOO_SLOW_BARE, why="idle")
        elif now >= self.until:
            self._leave(replies.TOO_LONG_A_SESSION, why="session")
        else:
            self._leave(replies.TOO_SLOW, why="idle")

    def drain(self) -> None:
        """Let a mail that is on its way come in; say goodbye to everybody else."""
        if self._work is None and self._conversation.session.reader is None and self._stage is not Stage.LEAVING:
            self._leave(replies.SHUTTING_DOWN)

    def abort(self) -> None:
        """End at once."""
        if self._work is not None:
            self._work.cancel()
        self._transport.abort()

    # Meeting

    def _read_proxy_header(self) -> None:
        try:
            peer = proxy.read_header(self._inbox)
        except proxy.NotAProxy:
            self._leave(replies.EARLY, why="no_proxy_header")
            return
        if peer is not None:
            known = self._conversation.session.connection
            self._meet(plain_address(peer.address or known.peer_ip), peer.port or known.peer_port)

    def _meet(self, address: str, port: int) -> None:
        self._stage = Stage.GREETING
        connection = Connection(peer_ip=address, peer_port=port, extended=False)
        self._conversation.session.connection = connection
        refusal = self._shared.admit(address)
        if refusal is not None:
            self._leave(refusal, why="connections")
            return
        self._admitted = address
        try:
            self._shared.journey.connect(connection)
        except Refused as exc:
            code = 421 if exc.reply.code < 500 else 554  # noqa: PLR2004 - what a greeting may be (RFC 5321, 4.3.2)
            self._leave(Reply(code, exc.reply.status, exc.reply.text), why=exc.why)
        except Exception:
            log.exception("smtp.journey_failed", stage="connect", peer_ip=address)
            self._leave(replies.FAULT)
        else:
            delay = self._shared.settings.greet_delay
            if delay:
                self._loop.call_later(delay, self._greet)
            else:
                self._greet()

    def _greet(self) -> None:
        if self._stage is not Stage.GREETING:
            return
        if self._inbox or self._has_spoken():
            self._leave(replies.EARLY, why="early_talker")
            return
        self._stage = Stage.TALKING
        self._conversation.out.append(f"220 {self._shared.settings.hostname} ESMTP ready\r\n".encode())
        self._flush()

    def _has_spoken(self) -> bool:
        """Whether bytes wait in the socket, before the greeting was sent."""
        waiting = fcntl.ioctl(self._transport.get_extra_info("socket").fileno(), termios.FIONREAD, b"\0\0\0\0")
        return waiting != b"\0\0\0\0"

    # Talking

    def _go(self) -> None:
        """Do what can be done at once, and start a task for what cannot."""
        work = self._advance()
        if work is not None:
            self._work = self._loop.create_task(self._run(work))

    async def _run(self, work: Work | None) -> None:
        try:
            while work is not None:
                if not self._blocked:
                    self.deadline = self._loop.time() + self._shared.limits.journey
                reply = await self._outcome(work)
                if reply is not None:
                    self._conversation.answer(reply)
                work = self._advance()
        finally:
            self._work = None
            if self._gone:
                self._forget()
            elif not self._blocked:
                self._resume()

    async def _outcome(self, work: Work) -> Reply | None:
        """The reply that the work comes to. Trouble of ours is temporary for the peer, whatever it was."""
        session = self._conversation.session
        address = session.connection.peer_ip
        try:
            return await work
        except Refused as exc:
            log.info("smtp.refused", peer_ip=address, code=exc.reply.code, why=exc.why)
            return exc.reply
        except asyncio.CancelledError:
            if not self._overdue:
                raise
            self._overdue = False
            log.warning("smtp.limit", limit="journey", peer_ip=address)
            if session.reader is not None:
                return session.end_with(replies.TROUBLE)
        except Exception:
            log.exception("smtp.journey_failed", peer_ip=address)
        return replies.TROUBLE

    def _advance(self) -> Work | None:
        """The next thing that must be waited for, or None. A fault of ours ends the session, temporarily."""
        try:
            wait = self._conversation.advance()
        except Exception:
            log.exception("smtp.fault", peer_ip=self._conversation.session.connection.peer_ip)
            self._leave(replies.FAULT)
            return None
        if wait is None:
            self._flush()
            return None
        if isinstance(wait, Content):
            return self._spill(wait)
        return self._start_tls() if isinstance(wait, Upgrade) else wait

    async def _spill(self, content: Content) -> None:
        """Write to disk while nothing more is read."""
        self._pause()
        await asyncio.to_thread(content.spill)
        self.deadline = self._loop.time() + self._idle

    async def _start_tls(self) -> None:
        """Upgrade. What came in clear text before is not carried over."""
        session, context = self._conversation.session, self._shared.tls
        session.upgrading = False
        self._inbox.clear()
        self._conversation.answer(replies.START_TLS)
        self._flush()
        try:
            if context is None:
                raise ssl.SSLError("TLS was taken away")
            upgraded = await self._loop.start_tls(
                self._transport, self, context, server_side=True, ssl_handshake_timeout=self._shared.limits.handshake
            )
        except (OSError, asyncio.CancelledError) as exc:
            log.info("smtp.tls_failed", peer_ip=session.connection.peer_ip, why=type(exc).__name__)
            upgraded = None
        if upgraded is None:
            self._stage = Stage.LEAVING
            session.ending = True
            self._transport.abort()
            return
        self._transport = upgraded
        self._paused = False
        secured = upgraded.get_extra_info("ssl_object")
        session.secured(f"{secured.version()} {secured.cipher()[0]}")

    # Answering

    def _leave(self, reply: Reply, *, why: str = "") -> None:
        """The last reply, and the door."""
        session = self._conversation.session
        if why:
            log.info("smtp.closed", peer_ip=session.connection.peer_ip, code=reply.code, why=why)
        self._conversation.answer(session.end_with(reply))
        self._flush()

    def _flush(self) -> None:
        out, session = self._conversation.out, self._conversation.session
        if self._gone:
            out.clear()
            return
        if self._half_closed:
            session.ending = True
        if out:
            self.deadline = self._loop.time() + self._idle
            self._transport.write(out[0] if len(out) == 1 else b"".join(out))
            out.clear()
        if session.ending:
            self._hang_up()

    def _hang_up(self) -> None:
        """Close so that the last reply is read: bytes still coming are thrown away for a moment, because
        closing over unread bytes would reset the connection and lose the reply."""
        if self._stage is Stage.LEAVING:
            return
        self._stage = Stage.LEAVING
        self._inbox.clear()
        if self._conversation.session.polite or not self._transport.can_write_eof():
            self._transport.close()
        else:
            self.deadline = self._loop.time() + self._shared.limits.linger
            try:
                self._transport.write_eof()
            except OSError:
                self._transport.abort()
            self._resume()

    def _forget(self) -> None:
        self._conversation.session.reset()
        self._shared.forget(self)

    def _pause(self) -> None:
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()
