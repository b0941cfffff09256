# SPDX-License-Identifier: Apache-2.0
"""The listening sockets, the watch over deadlines, and the orderly end.

Run one process per core: all of them listen on the same port (SO_REUSEPORT) and share nothing.
"""

import asyncio
import contextlib
import os
import resource
import socket
import ssl
import tempfile

import structlog

from mailward.edge.journey import Journey
from mailward.edge.limits import Listening
from mailward.edge.shared import Shared
from mailward.edge.wire import Wire
from mailward.kit.clock import Clock

log = structlog.get_logger()

BACKLOG = 1024
SPARE_FILES = 128
"""File descriptors that are kept for other things than connections."""
WATCH_SECONDS = 1.0


class Server:
    """Takes mail on any number of addresses until it is drained.

    `tls` may be None: then STARTTLS is not offered. The context may be changed in place
    (`load_cert_chain`) when the certificate is renewed.
    """

    def __init__(
        self, settings: Listening, journey: Journey, *, clock: Clock | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._shared = Shared(settings, journey, clock or Clock(), tls)
        self._listeners: list[asyncio.Server] = []
        self._watch: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int) -> tuple[str, int]:
        """Start taking connections; port 0 means any free one. Returns the address that is listened on.

        Raises:
            OSError: the address is taken, or not ours.
        """
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(
            lambda: Wire(self._shared, loop), host or None, port, reuse_port=True, backlog=BACKLOG
        )
        self._begin(listener)
        name = listener.sockets[0].getsockname()
        return name[0], name[1]

    async def listen_on(self, bound: socket.socket) -> None:
        """Start taking connections on a socket that listens already, perhaps in other processes too."""
        loop = asyncio.get_running_loop()
        self._begin(await loop.create_server(lambda: Wire(self._shared, loop), sock=bound, backlog=BACKLOG))

    def _begin(self, listener: asyncio.Server) -> None:
        if self._watch is None:
            self._fit_into_file_limit()
            self._look_at_disk()
            self._watch = asyncio.get_running_loop().create_task(self._keep_watch())
        self._listeners.append(listener)

    @property
    def sessions(self) -> int:
        """How many connections there are now."""
        return len(self._shared.guests)

    async def drain(self, *, seconds: float = 30.0) -> bool:
        """Stop taking connections, let mails that are on their way come in, say 421 to the others.
        After `seconds` whoever is left is cut off. True if nobody was."""
        shared = self._shared
        shared.draining = True
        for listener in self._listeners:
            listener.close()
        for guest in list(shared.guests):
            guest.drain()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(shared.empty(), seconds)
        left = len(shared.guests)
        for guest in list(shared.guests):
            guest.abort()
        if left:
            log.warning("smtp.drain_cut", sessions=left)
            await asyncio.sleep(0.05)
        await self._stop()
        return not left

    async def _stop(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        for listener in self._listeners:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(listener.wait_closed(), 1)
        self._listeners.clear()

    async def _keep_watch(self) -> None:
        """Look after deadlines. One look at all connections a second costs less than a timer for each."""
        limits = self._shared.limits
        shortest = min(limits.idle, limits.session, limits.journey, limits.unread_replies, limits.linger)
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(WATCH_SECONDS, shortest / 4))
            now = loop.time()
            for guest in [guest for guest in self._shared.guests if min(guest.deadline, guest.until) < now]:
                guest.overdue(now)
            self._look_at_disk()

    def _look_at_disk(self) -> None:
        """While the disk has too little room, mail is refused before it is sent to us."""
        shared, limits = self._shared, self._shared.limits
        disk = os.statvfs(shared.settings.spool or tempfile.gettempdir())
        free_files = disk.f_favail if disk.f_files else limits.free_files
        room = disk.f_bavail * disk.f_frsize >= limits.free_bytes and free_files >= limits.free_files
        if room != shared.room:
            log.warning("smtp.disk", room=room)
        shared.room = room

    def _fit_into_file_limit(self) -> None:
        """Take no more connections than there can be open files."""
        limits = self._shared.limits
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = limits.connections + SPARE_FILES
        if soft != resource.RLIM_INFINITY and soft < wanted:
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            self._shared.connections = max(1, min(limits.connections, soft - SPARE_FILES))
            if self._shared.connections < limits.connections:
                log.warning("smtp.few_files", open_files=soft, connections=self._shared.connections)
