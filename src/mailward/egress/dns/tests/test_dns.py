# SPDX-License-Identifier: Apache-2.0
"""The resolver against a real name server on loopback that misbehaves in every way."""

import asyncio
import random
import struct

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailward.contract.dns import DnsTrouble, MailExchange
from mailward.egress.dns import network, wire
from mailward.egress.dns.answer import Answer, plain
from mailward.egress.dns.cache import Cache
from mailward.egress.dns.network import Network, Server, system_servers
from mailward.egress.dns.service import Dns, Zone


class NameServer(asyncio.DatagramProtocol):
    """Answers over UDP and TCP what `respond(query, tcp)` makes of the question, and counts."""

    def __init__(self, respond) -> None:
        self.respond = respond
        self.udp, self.tcp, self.peers = [], [], set()

    async def start(self) -> "NameServer":
        loop = asyncio.get_running_loop()
        for _ in range(20):
            self.listener = await asyncio.start_server(self.talk, "127.0.0.1", 0)
            self.port = self.listener.sockets[0].getsockname()[1]
            try:
                self.transport, _ = await loop.create_datagram_endpoint(
                    lambda: self, local_addr=("127.0.0.1", self.port)
                )
            except OSError:
                self.listener.close()
                continue
            return self
        raise OSError("no port")

    def stop(self) -> None:
        self.transport.close()
        self.listener.close()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data, addr) -> None:
        self.udp.append(data)
        self.peers.add(addr)
        for answer in self._answers(data, tcp=False):
            self.transport.sendto(answer, addr)

    async def talk(self, reader, writer) -> None:
        data = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        self.tcp.append(data)
        for answer in self._answers(data, tcp=True):
            writer.write(len(answer).to_bytes(2, "big") + answer)
        await writer.drain()
        writer.close()

    def _answers(self, data, *, tcp):
        answer = self.respond(dns.message.from_wire(data), tcp)
        return answer if isinstance(answer, list) else [answer] if answer else []


def reply(query, *records, rcode=0, flags=0) -> bytes:
    """`records` are (name, ttl, kind, text...)."""
    response = dns.message.make_response(query)
    response.set_rcode(rcode)
    response.flags |= flags
    for name, ttl, kind, *texts in records:
        section = response.authority if kind == "SOA" else response.answer
        section.append(dns.rrset.from_text(name, ttl, "IN", kind, *texts))
    return response.to_wire(max_size=65535)


def name_of(query) -> str:
    return query.question[0].name.to_text().lower()


@pytest.fixture
async def serve():
    servers = []

    async def start(respond):
        servers.append(await NameServer(respond).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
async def over():
    """Makes a resolver over servers on loopback, closed after the test."""
    opened = []

    def make(*servers, try_seconds=0.2, **options):
        network = Network([Server("127.0.0.1", server.port) for server in servers], try_seconds=try_seconds)
        opened.append(Dns(network, **options))
        return opened[-1].for_feature("test")

    yield make
    for resolver in opened:
        await resolver.close()


async def test_each_kind(serve, over):
    zone = {
        "TXT": ("x.test.", 60, "TXT", '"v=spf1 " "-all"', '"other"'),
        "A": ("x.test.", 60, "A", "192.0.2.1"),
        "AAAA": ("x.test.", 60, "AAAA", "2001:DB8:0::1"),
        "MX": ("x.test.", 60, "MX", "20 b.test.", "10 A.test.", "0 ."),
        "PTR": ("1.2.0.192.in-addr.arpa.", 60, "PTR", "X.test."),
    }
    server = await serve(lambda query, tcp: reply(query, zone[dns.rdatatype.to_text(query.question[0].rdtype)]))
    resolver = over(server)
    assert set(await resolver.txt("x.test")) == {b"v=spf1 -all", b"other"}
    assert await resolver.a("X.Test.") == ("192.0.2.1",)
    assert await resolver.aaaa("x.test") == ("2001:db8::1",)
    assert await resolver.mx("x.test") == (
        MailExchange(0, ""),
        MailExchange(10, "a.test"),
        MailExchange(20, "b.test"),
    )
    assert await resolver.ptr("192.0.2.1") == ("x.test",)
    assert await resolver.exists("x.test")
    assert len(server.udp) == 5


async def test_missing_names_and_missing_records(serve, over):
    soa = ("test.", 60, "SOA", "ns.test. a.test. 1 1 1 1 30")
    server = await serve(
        lambda query, tcp: reply(query, soa, rcode=3 if name_of(query) == "no.test." else 0),
    )
    resolver = over(server)
    assert await resolver.a("no.test") == ()
    assert not await resolver.exists("no.test")
    assert await resolver.a("yes.test") == ()
    assert await resolver.exists("yes.test")
    assert len(server.udp) == 2


async def test_impossible_names_are_never_asked(serve, over):
    server = await serve(lambda query, tcp: None)
    resolver = over(server)
    for name in ("", ".", "a..b", "x" * 64 + ".test", ".".join(["x" * 60] * 5), "b\u00fccher.test"):
        assert await resolver.txt(name) == ()
        assert not await resolver.exists(name)
    assert server.udp == []


async def test_truncated_answers_come_over_tcp(serve, over):
    text = "x" * 200
    long = ("x.test.", 60, "TXT", *(f'"{number}{text}"' for number in range(50)))
    server = await serve(lambda query, tcp: reply(query, long) if tcp else reply(query, flags=dns.flags.TC))
    assert len(await over(server).txt("x.test")) == 50
    assert (len(server.udp), len(server.tcp)) == (1, 1)


async def test_a_lost_question_is_asked_again(serve, over):
    lost = []

    def respond(query, tcp):
        lost.append(1)
        return None if len(lost) == 1 else reply(query, ("x.test.", 60, "A", "192.0.2.1"))

    server = await serve(respond)
    assert await over(server).a("x.test") == ("192.0.2.1",)


async def test_a_failing_server_leaves_it_to_the_next(serve, over):
    failing = await serve(lambda query, tcp: reply(query, rcode=2))
    good = await serve(lambda query, tcp: reply(query, ("x.test.", 60, "A", "192.0.2.1")))
    assert await over(failing, good).a("x.test") == ("192.0.2.1",)
    with pytest.raises(DnsTrouble, match="failed"):
        await over(failing).a("x.test")


async def test_nobody_waits_for_a_dead_server_and_one_that_comes_back_is_asked_again(serve, over, monkeypatch):
    monkeypatch.setattr(network, "REST_SECONDS", 0.05)
    alive = False
    server = await serve(lambda query, _: reply(query, (name_of(query), 60, "A", "192.0.2.1")) if alive else None)
    resolver = over(server, try_seconds=0.02)
    for number in range(8):
        with pytest.raises(DnsTrouble):
            await resolver.a(f"host{number}.example.com")
    names = [name_of(dns.message.from_wire(asked)) for asked in server.udp]
    assert f"{network.CANARY}." in names
    before = len(names)
    with pytest.raises(DnsTrouble, match="no name server answers"):
        await resolver.a("one-more.example.com")
    names = [name_of(dns.message.from_wire(asked)) for asked in server.udp[before:]]
    assert "one-more.example.com." not in names
    alive = True
    await asyncio.sleep(0.3)
    assert await resolver.a("back.example.com") == ("192.0.2.1",)


async def test_names_without_an_answer_do_not_make_the_server_look_dead(serve, over):
    def respond(query, _):
        return None if "silent" in name_of(query) else reply(query, (name_of(query), 60, "A", "192.0.2.1"))

    resolver = over(await serve(respond), try_seconds=0.02)
    for number in range(12):
        with pytest.raises(DnsTrouble, match="no answer about"):
            await resolver.a(f"silent{number}.example.com")
    assert await resolver.a("fine.example.com") == ("192.0.2.1",)


async def test_nobody_listens():
    network = Network([Server("127.0.0.1", 1)], try_seconds=0.2)
    with pytest.raises(DnsTrouble):
        await Dns(network).for_feature("test").a("x.test")
    await network.close()


async def test_a_server_without_edns(serve, over):
    def respond(query, tcp):
        if query.edns >= 0:
            return struct.pack("!HHHHHH", query.id, 0x8001, 0, 0, 0, 0)
        return reply(query, ("x.test.", 60, "A", "192.0.2.1"))

    assert await over(await serve(respond)).a("x.test") == ("192.0.2.1",)


async def test_forged_answers_are_ignored(serve, over):
    def respond(query, tcp):
        good = reply(query, ("x.test.", 60, "A", "192.0.2.1"))
        evil = dns.message.make_query("evil.test", "A")
        evil.id = query.id
        other_id = struct.pack("!H", query.id ^ 1) + good[2:]
        question_only = good[:2] + b"\x01\x00" + good[4:]
        return [b"", b"\0", other_id, reply(evil, ("evil.test.", 60, "A", "203.0.113.1")), question_only, good]

    assert await over(await serve(respond)).a("x.test") == ("192.0.2.1",)


async def test_an_answer_in_another_case_is_checked_over_tcp(serve, over):
    name = "abcdefghijklmnopqrstuvwxyz.test"

    def respond(query, tcp):
        records = (name + ".", 60, "A", "192.0.2.1" if tcp else "203.0.113.1")
        wire_form = reply(query, records)
        return wire_form if tcp else wire_form[:12] + wire_form[12:].lower()

    server = await serve(respond)
    assert await over(server).a(name) == ("192.0.2.1",)
    assert len(server.tcp) == 1
    cases = {data[13:39] for data in server.udp}
    assert cases != {name[:26].encode()}


async def test_records_of_other_names_are_not_taken(serve, over):
    server = await serve(
        lambda query, tcp: reply(query, ("evil.test.", 60, "A", "203.0.113.1"), ("x.test.", 60, "A", "192.0.2.1"))
    )
    assert await over(server).a("x.test") == ("192.0.2.1",)


async def test_aliases(serve, over):
    def respond(query, tcp):
        name = name_of(query)
        if name == "in-one.test.":
            return reply(query, (name, 60, "CNAME", "b.test."), ("b.test.", 60, "A", "192.0.2.1"))
        if name == "two.test.":
            return reply(query, (name, 60, "CNAME", "end.test."))
        if name == "loop.test.":
            return reply(query, (name, 60, "CNAME", "loop.test."))
        if name.startswith("n"):
            return reply(query, (name, 60, "CNAME", f"n{int(name[1:].split('.')[0]) + 1}.test."))
        return reply(query, (name, 60, "A", "192.0.2.2"))

    resolver = over(await serve(respond))
    assert await resolver.a("in-one.test") == ("192.0.2.1",)
    assert await resolver.a("two.test") == ("192.0.2.2",)
    for name in ("loop.test", "n1.test"):
        with pytest.raises(DnsTrouble, match="aliases"):
            await resolver.a(name)


async def test_the_time_of_a_question_is_bounded(serve, over):
    server = await serve(lambda query, tcp: None)
    resolver = over(server, server, server, try_seconds=10, question_seconds=0.2)
    async with asyncio.timeout(3):
        with pytest.raises(DnsTrouble):
            await resolver.a("x.test")
        with pytest.raises(DnsTrouble):  # remembered for a moment
            await resolver.a("x.test")
    assert len(server.udp) == 1


async def test_identical_questions_are_asked_once_and_witnessed_once(serve, over):
    server = await serve(lambda query, tcp: reply(query, ("x.test.", 60, "A", "192.0.2.1")))
    seen = []
    one = over(server, on_question=lambda *question: seen.append(question))
    two = one._dns.for_feature("two")
    answers = await asyncio.gather(*(resolver.a("x.test") for resolver in (one, two) * 50))
    assert set(answers) == {("192.0.2.1",)}
    assert await two.a("x.test") == ("192.0.2.1",)
    assert len(server.udp) == 1
    assert seen == [("test", "x.test", "A")]


async def test_one_who_stops_waiting_does_not_stop_the_others(serve):
    gate = asyncio.Event()

    class Gated:
        async def fetch(self, name, kind):
            await gate.wait()
            return Answer(("192.0.2.1",))

        async def close(self):
            pass

    dns_ = Dns(Gated())
    first = asyncio.create_task(dns_.for_feature("one").a("x.test"))
    second = asyncio.create_task(dns_.for_feature("two").a("x.test"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    assert await second == ("192.0.2.1",)
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_many_questions_use_several_ports(serve, over):
    server = await serve(lambda query, tcp: reply(query, (query.question[0].name.to_text(), 60, "A", "192.0.2.1")))
    resolver = over(server)
    for _ in range(10):
        await asyncio.gather(*(resolver.a(f"n{random.random()}.test".replace("0.", "")) for _ in range(60)))
    assert len({data[:2] for data in server.udp}) > 500
    assert 10 < len(server.peers) < 100


async def test_closing_ends_open_questions(serve, over):
    resolver = over(await serve(lambda query, tcp: None), try_seconds=60, question_seconds=60)
    waiting = asyncio.create_task(resolver.a("x.test"))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(2):
        await resolver._dns.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting


def test_cache_is_bounded_in_time_and_memory():
    now = [0.0]
    cache = Cache(clock=lambda: now[0], max_bytes=10_000)
    cache.put(("a", "A"), Answer(("192.0.2.1",), ttl=10))
    cache.put(("b", "A"), Answer((), exists=False, ttl=10_000))
    cache.put(("c", "A"), Answer(("192.0.2.1",), ttl=10**9))
    cache.put(("d", "A"), Answer(("192.0.2.1",), ttl=0))
    cache.put(("e", "A"), DnsTrouble("dead"))
    assert [cache.get((name, "A")) is not None for name in "abcde"] == [True, True, True, False, True]
    now[0] = 11
    assert [cache.get((name, "A")) is not None for name in "abce"] == [False, True, True, False]
    now[0] = 301
    assert cache.get(("b", "A")) is None
    now[0] = 3601
    assert cache.get(("c", "A")) is None
    assert (len(cache), cache.bytes) == (0, 0)
    for number in range(100):
        cache.put((f"{number}.test", "TXT"), Answer((b"x" * 1000,), ttl=60))
        cache.put((f"{number}.test", "TXT"), Answer((b"x" * 1000,), ttl=60))
    assert cache.bytes <= 10_000
    assert cache.get(("99.test", "TXT")) is not None
    assert cache.get(("0.test", "TXT")) is None


ZONE = """
$TTL 60
example.test.        IN MX   10 mx.example.test.
example.test.        IN TXT  "v=spf1 " "mx -all"
mx.example.test.     IN A    192.0.2.1
mx.example.test.     IN AAAA 2001:db8::0001
www.example.test.    IN CNAME mx.example.test.
*.wild.test.         IN TXT  "any"
a.b.wild.test.       IN A    192.0.2.9
1.2.0.192.in-addr.arpa. IN PTR mx.example.test.
"""


async def test_zone_file(tmp_path):
    (tmp_path / "zone").write_text(ZONE)
    resolver = Dns(Zone.from_file(tmp_path / "zone")).for_feature("test")
    assert await resolver.txt("example.test") == (b"v=spf1 mx -all",)
    assert await resolver.mx("Example.test.") == (MailExchange(10, "mx.example.test"),)
    assert await resolver.a("www.example.test") == ("192.0.2.1",)
    assert await resolver.aaaa("www.example.test") == ("2001:db8::1",)
    assert await resolver.ptr("192.0.2.1") == ("mx.example.test",)
    assert await resolver.txt("x.y.wild.test") == (b"any",)
    assert await resolver.txt("b.wild.test") == ()
    assert await resolver.txt("x.b.wild.test") == ()
    assert await resolver.exists("b.wild.test")
    assert not await resolver.exists("other.test")
    assert await resolver.a("other.test") == ()


def test_zone_file_in_error():
    with pytest.raises(ValueError, match="zone file"):
        Zone.from_text("example.test. IN A not-an-address\n")


def test_resolv_conf(tmp_path):
    path = tmp_path / "resolv.conf"
    path.write_text(
        "# x\nsearch a.test\nnameserver 192.0.2.1\nnameserver ::1\nnameserver\nnameserver 1.1.1.1\nnameserver 2.2.2.2\n"
    )
    assert system_servers(path) == (Server("192.0.2.1"), Server("::1"), Server("1.1.1.1"))
    assert system_servers(tmp_path / "none") == (Server("127.0.0.1"),)


def test_plain_names():
    assert plain("A.Test.") == "a.test"
    assert plain("a_b.test") == "a_b.test"
    for name in ("", ".", "a..b", "x" * 64, "b\u00fccher.test"):
        assert plain(name) == ""


@pytest.mark.parametrize("seed", range(20))
def test_broken_messages_are_trouble_and_nothing_else(seed):
    draw = random.Random(seed)
    query = dns.message.make_query("x.test", "TXT")
    good = reply(
        query, ("x.test.", 60, "CNAME", "y.test."), ("y.test.", 60, "TXT", '"a" "b"'), ("z.test.", 9, "MX", "1 x.")
    )
    assert wire.read(good, "x.test", "TXT").answer.values == (b"ab",)
    for _ in range(500):
        broken = bytearray(good)
        for _ in range(draw.randrange(1, 6)):
            broken[draw.randrange(len(broken))] = draw.randrange(256)
        del broken[draw.randrange(1, len(broken) + 1) :]
        for kind in wire.KINDS:
            try:
                wire.read(bytes(broken), "x.test", kind)
            except wire.Malformed:
                continue


def test_pointers_that_turn_in_circles():
    head = struct.pack("!HHHHHH", 1, 0x8000, 0, 1, 0, 0)
    for name in (b"\xc0\x0c", b"\x01a\xc0\x0c", b"\xc0\xff", b"\x40abc", b"\x01a" * 200 + b"\0"):
        with pytest.raises(wire.Malformed):
            wire.read(head + name + struct.pack("!HHIH", 1, 1, 1, 4) + b"\1\2\3\4", "x.test", "A")
