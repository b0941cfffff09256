# SPDX-License-Identifier: Apache-2.0
"""A real server in a thread, on each kind of event loop, and a peer that speaks raw bytes."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time

import pytest
import uvloop

from mailward.contract.reply import PermFail, Reply
from mailward.disposition.delivery.client import Destination, Timeouts, Tls, send
from mailward.edge import tls
from mailward.edge.limits import Limits, Listening
from mailward.edge.server import Server

HOST = "mx.example.test"


class Recording:
    """A journey that remembers everything. `example.test` has lee, sam and small (1 KB); addresses
    that begin with "wait" are answered late, those that begin with "break" break."""

    def __init__(self):
        self.accepted = []
        self.connected = []
        self.senders = []
        self.hold = 0.0
        self.refuse_connection = None
        self.reply = Reply(250, "2.0.0", "queued")
        self.fail = None

    def connect(self, connection):
        self.connected.append(connection)
        if self.refuse_connection:
            raise self.refuse_connection

    async def sender(self, connection, sender, size):
        self.senders.append((connection, sender, size))
        if sender.startswith("break"):
            raise ValueError("broken on purpose")
        if sender.startswith("blocked"):
            raise PermFail(550, "5.7.1", "you are blocked", why="block list")

    async def recipient(self, connection, sender, recipient):
        local = recipient.partition("@")[0]
        if local.startswith("wait"):
            await asyncio.sleep(0.05)
        if local.startswith("break"):
            raise ValueError("broken on purpose")
        if local.startswith("unknown"):
            raise PermFail(550, "5.1.1", "no such user here")
        return 1000 if local.startswith("small") else 1 << 40

    async def accept(self, connection, envelope, raw):
        if self.hold:
            await asyncio.sleep(self.hold)
        if self.fail:
            raise self.fail
        self.accepted.append((connection, envelope, raw))
        return self.reply


class Gateway:
    """The server, its thread, and what its journey saw."""

    def __init__(self, loop_kind, settings, context):
        self.journey = Recording()
        self.settings = settings
        self._kind = loop_kind
        self._context = context
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def _main(self):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop if self._kind == "uvloop" else None) as runner:
            runner.run(self._serve())

    async def _serve(self):
        self.loop = asyncio.get_running_loop()
        self.troubles = []
        self.loop.set_exception_handler(lambda _, context: self.troubles.append(context))
        self.server = Server(self.settings, self.journey, tls=self._context)
        _, self.port = await self.server.listen("127.0.0.1", 0)
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        await self.server.drain(seconds=0.2)

    def drain(self, seconds):
        return asyncio.run_coroutine_threadsafe(self.server.drain(seconds=seconds), self.loop)

    def close(self):
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()
        assert self.troubles == []


class Peer:
    """A socket, and the replies that come over it."""

    def __init__(self, port, *, greeting=True):
        self.port = port
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.buffer = b""
        if greeting:
            assert self.reply().startswith("220 "), "no greeting"

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        while b"\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("closed")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        assert line.endswith(b"\r")
        return line[:-1].decode()

    def reply(self):
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        return "\n".join(lines)

    def ask(self, command):
        data = command.encode() if isinstance(command, str) else command
        self.send(data if data.endswith(b"\r\n") else data + b"\r\n")
        return self.reply()

    def hello(self):
        return self.ask("EHLO peer.example")

    def envelope(self, sender="a@peer.example", *recipients):
        assert self.ask(f"MAIL FROM:<{sender}>").startswith("250")
        for recipient in recipients or ("lee@example.test",):
            assert self.ask(f"RCPT TO:<{recipient}>").startswith("250")

    def rest(self):
        """Everything until the server closes."""
        self.sock.settimeout(10)
        with contextlib.suppress(ConnectionResetError, ssl.SSLError):
            while data := self.sock.recv(65536):
                self.buffer += data
        return self.buffer.decode()

    def closed(self):
        self.rest()
        return True

    def start_tls(self):
        assert self.ask("STARTTLS").startswith("220")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock)
        return self

    def close(self):
        self.sock.close()


QUICK = Timeouts(connect=2, greeting=2, handshake=2, command=2, slice=2, end_of_data=2)
MAIL = b"Subject: x\r\n\r\n.dot\r\n..\r\nx\r\n"


class Script:
    """A server that answers each line as it is told. `heard` is every byte that came in."""

    def __init__(self, answers=None, *, offers=("PIPELINING", "8BITMIME"), greeting="220 hi", context=None, behind=b""):
        self.answers = answers or {}
        self.offers = offers
        self.greeting = greeting
        self.context = context
        self.behind = behind
        self.heard = b""
        self.connections = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._tasks, self._writers = set(), []
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self._writers.append(writer)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader, writer):
        writer.write(self.greeting.encode() + b"\r\n")
        in_data = False
        while line := await reader.readline():
            self.heard += line
            if in_data:
                if line != b".\r\n":
                    continue
                verb, in_data = ".", False
            else:
                verb = line.split()[0].decode().upper()
            answer = self.answers.get(
                verb, {"DATA": "354 go", "QUIT": "221 bye", "STARTTLS": "220 go"}.get(verb, "250 2.0.0 ok")
            )
            if callable(answer):
                answer = answer(line.decode())
            if verb == "EHLO" and "EHLO" not in self.answers:
                answer = "\r\n".join([f"250-{word}" for word in ("me", *self.offers[:-1])] + [f"250 {self.offers[-1]}"])
            if answer is None:
                return
            if verb == "BDAT":
                self.heard += await reader.readexactly(int(line.split()[1]))
            in_data = verb == "DATA" and answer.startswith("354")
            writer.write(answer.encode() + b"\r\n" + (self.behind if verb == "STARTTLS" else b""))
            if verb == "STARTTLS" and answer.startswith("220") and self.context:
                await writer.drain()
                clear = writer.transport
                try:
                    await writer.start_tls(self.context)
                except AttributeError:  # the client went during the handshake: Python 3.11 loses the transport
                    writer._transport = clear
                    return
            if verb == "QUIT":
                return

    def destination(self, tls=Tls.OPPORTUNISTIC):
        return Destination(host="127.0.0.1", port=self.port, helo="gateway.example", tls=tls)

    async def send(
        self, *recipients, raw=MAIL, sender="a@peer.example", utf8=False, tls=Tls.OPPORTUNISTIC, timeouts=QUICK
    ):
        recipients = recipients or ("lee@example.test",)
        return await send(self.destination(tls), sender, recipients, raw, utf8=utf8, timeouts=timeouts)


@pytest.fixture(scope="session")
def script():
    """The class of scripted servers."""
    return Script


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return tls.own_certificate(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture(params=["uvloop", "asyncio"])
def start(request, certificate, tmp_path):
    """Starts gateways: `start(line_ends=..., limits={...})`."""
    running = []

    def begin(*, limits=None, **settings):
        settings = Listening(hostname=HOST, spool=str(tmp_path), limits=Limits(**(limits or {})), **settings)
        gateway = Gateway(request.param, settings, tls.server_context(*certificate))
        running.append(gateway)
        return gateway

    yield begin
    for gateway in running:
        gateway.close()


@pytest.fixture
def gateway(start):
    return start()


@pytest.fixture
def call():
    """Opens peers: `call(gateway)`."""
    peers = []

    def connect(gateway, **options):
        peers.append(Peer(gateway.port, **options))
        return peers[-1]

    yield connect
    for peer in peers:
        peer.close()


@pytest.fixture
def eventually():
    """Waits, for a short time, until something is true."""

    def wait(condition, seconds=5.0):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not come true"
            time.sleep(0.01)

    return wait
