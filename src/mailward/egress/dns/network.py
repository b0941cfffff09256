# SPDX-License-Identifier: Apache-2.0
"""Ask name servers over UDP, and over TCP where UDP does not do.

A forged answer has to guess the id, the port and the case of the letters of the name (RFC 5452):
ids and case are random for each question, ports change after a few questions.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import msgspec
import structlog

from mailward.contract.dns import DnsTrouble
from mailward.egress.dns import wire
from mailward.egress.dns.answer import Answer

log = structlog.get_logger()

ROUNDS = 2
"""How often each server is tried."""
MAX_SERVERS = 3
TRY_SECONDS = 1.5
TCP_SECONDS = 3.0
PORTS_PER_SERVER = 8
QUESTIONS_PER_PORT = 50
MAX_PENDING_PER_PORT = 1000
UNANSWERED = 10
"""Tries in a row without an answer after which a server is suspected to be dead."""
CANARY = "localhost"
"""What a suspected server is asked: every server that lives answers this at once, whatever becomes of the
names that strangers choose. So nobody can make us deaf with names whose own servers are slow."""
REST_SECONDS = 2.0
"""Between two tries to wake a dead server. Meanwhile it is asked nothing, and no mail waits for it."""
RESOLV_CONF = Path("/etc/resolv.conf")


class Server(msgspec.Struct, frozen=True):
    """Where a name server listens."""

    address: str
    port: int = 53


def system_servers(path: Path = RESOLV_CONF) -> tuple[Server, ...]:
    """The name servers of resolv.conf, at most `MAX_SERVERS`; loopback if none is named there."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    words = [line.split() for line in lines]
    found = [Server(word[1]) for word in words if len(word) > 1 and word[0] == "nameserver"]
    return tuple(found[:MAX_SERVERS]) or (Server("127.0.0.1"),)


class Network:
    """A source of answers: the given recursive servers, in order. `validating` if they check DNSSEC and the way
    to them is safe: only then is an answer ever `secure`."""

    def __init__(
        self, servers: Sequence[Server] = (), *, try_seconds: float = TRY_SECONDS, validating: bool = False
    ) -> None:
        self._servers = tuple(servers) or system_servers()
        self._validating = validating
        self._try_seconds = try_seconds
        self._opening = asyncio.Lock()
        self._ports: dict[Server, list[_Port]] = {server: [] for server in self._servers}
        self._unanswered: dict[Server, int] = dict.fromkeys(self._servers, 0)
        self._dead: set[Server] = set()
        self._watches: dict[Server, asyncio.Task[None]] = {}

    async def fetch(self, name: str, kind: str) -> Answer:
        """Ask each server in turn until one answers. Raises `DnsTrouble`."""
        why = "no name server"
        for _ in range(ROUNDS):
            for server in self._servers:
                if server in self._dead:
                    why = "no name server answers"
                    continue
                try:
                    return await self._ask(server, name, kind)
                except DnsTrouble as trouble:
                    why = str(trouble)
                except TimeoutError:
                    why = f"no answer about {name}"
                except OSError as error:
                    why = f"name server unreachable: {error.strerror or 'network error'}"
        raise DnsTrouble(why)

    async def close(self) -> None:
        """Close all sockets; questions still open fail."""
        watches = tuple(self._watches.values())
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)
        for ports in self._ports.values():
            for port in ports:
                port.close()
            ports.clear()

    async def _ask(self, server: Server, name: str, kind: str) -> Answer:
        asked = wire.question(_mixed_case(name), kind)
        message = await self._udp(server, asked, extended=True)
        response = wire.read(message, name, kind) if message is not None else None
        if response is not None and response.rcode == wire.FORMAT_ERROR:
            message = await self._udp(server, asked, extended=False)
            response = wire.read(message, name, kind) if message is not None else None
        if response is None or response.truncated:
            message = await asyncio.wait_for(_tcp(server, asked), TCP_SECONDS)
            response = wire.read(message, name, kind)
        if response.rcode not in (wire.NO_ERROR, wire.NAME_ERROR) or response.truncated:
            raise DnsTrouble(f"a name server failed on {name} (code {response.rcode})")
        answer = response.answer
        return answer if self._validating or not answer.secure else msgspec.structs.replace(answer, secure=False)

    async def _udp(self, server: Server, asked: bytes, *, extended: bool) -> bytes | None:
        """The answer, or None if it came in another case than asked: then only TCP can be trusted."""
        port = await self._port(server)
        try:
            message = await asyncio.wait_for(port.ask(asked, extended=extended), self._try_seconds)
        except TimeoutError:
            self._unanswered[server] += 1
            if self._unanswered[server] >= UNANSWERED and server not in self._watches:
                self._watches[server] = asyncio.create_task(self._watch(server))
            raise
        self._unanswered[server] = 0
        return message

    async def _watch(self, server: Server) -> None:
        """Leave a server alone for as long as it does not answer the simplest question."""
        try:
            while True:
                with contextlib.suppress(TimeoutError, DnsTrouble, OSError):
                    await self._udp(server, wire.question(_mixed_case(CANARY), "A"), extended=True)
                    return
                if server not in self._dead:
                    log.warning("dns.server_silent", server=server.address)
                    self._dead.add(server)
                await asyncio.sleep(REST_SECONDS)
        finally:
            self._dead.discard(server)
            del self._watches[server]

    async def _port(self, server: Server) -> "_Port":
        async with self._opening:
            ports = self._ports[server]
            for worn in [port for port in ports if port.worn]:
                ports.remove(worn)
                worn.retire()
            if len(ports) < PORTS_PER_SERVER:
                loop = asyncio.get_running_loop()
                _, port = await loop.create_datagram_endpoint(_Port, remote_addr=(server.address, server.port))
                ports.append(port)
                return port
            return secrets.choice(ports)


class _Port(asyncio.DatagramProtocol):
    """One socket, connected to one server, with the questions that wait for it."""

    def __init__(self) -> None:
        self._pending: dict[int, tuple[bytes, asyncio.Future[bytes | None]]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._asked = 0
        self._retired = False

    @property
    def worn(self) -> bool:
        return self._asked >= QUESTIONS_PER_PORT or self._transport is None

    async def ask(self, asked: bytes, *, extended: bool) -> bytes | None:
        if self._transport is None or len(self._pending) >= MAX_PENDING_PER_PORT:
            raise DnsTrouble("too many questions at once")
        number = secrets.randbelow(65536)
        while number in self._pending:
            number = (number + 1) % 65536
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._pending[number] = (asked, future)
        self._asked += 1
        try:
            self._transport.sendto(wire.query(number, asked, extended=extended))
            return await future
        finally:
            del self._pending[number]
            if self._retired:
                self.retire()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the socket is connected
        waiting = self._pending.get(int.from_bytes(data[:2], "big")) if len(data) > 1 else None
        if waiting is None or waiting[1].done():
            return
        verdict = wire.answers(data, int.from_bytes(data[:2], "big"), waiting[0])
        if verdict is not False:
            waiting[1].set_result(data if verdict else None)

    def error_received(self, exc: Exception) -> None:
        self._fail(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(exc or ConnectionAbortedError("closed"))

    def retire(self) -> None:
        """Close when nobody waits any more."""
        self._retired = True
        if not self._pending:
            self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        for _, future in self._pending.values():
            if not future.done():
                future.set_exception(error)


async def _tcp(server: Server, asked: bytes) -> bytes:
    """One question over a connection of its own (RFC 7766)."""
    reader, writer = await asyncio.open_connection(server.address, server.port)
    try:
        number = secrets.randbelow(65536)
        message = wire.query(number, asked)
        writer.write(len(message).to_bytes(2, "big") + message)
        size = int.from_bytes(await reader.readexactly(2), "big")
        message = await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        raise DnsTrouble("a name server closed the connection early") from error
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    if wire.answers(message, number, asked) is False:
        raise DnsTrouble("a name server answered another question")
    return message


def _mixed_case(name: str) -> str:
    """The name with the case of its letters drawn at random (draft-vixie-dnsext-dns0x20)."""
    bits = secrets.randbits(len(name))
    return "".join(letter.upper() if bits >> place & 1 else letter for place, letter in enumerate(name))
