# SPDX-License-Identifier: Apache-2.0
"""Workers that crash, hang, swell and misbehave cost their mail an answer, and nobody else anything.

The misbehaviour stands in an engine that is handed to the pool before the fork: the mail's subject
says what to do.
"""

import asyncio
import ctypes
import os
import signal
import socket
import stat
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailward.contract.check import Examination, Facts
from mailward.contract.mail import Content
from mailward.engines.scanning import wire
from mailward.engines.scanning.client import OUT_OF_TIME, UNREACHABLE, WORKER_DIED, BlockingScanClient, ScanClient
from mailward.engines.scanning.limits import MAX_ATTEMPTS, Limits
from mailward.engines.scanning.pool import CannotStart, Pool
from mailward.kit import confinement, seccomp

pytestmark = pytest.mark.skipif(bool(seccomp.unavailable()), reason="no seccomp here")

TIGHT = Limits(cpu_seconds=30, wall_seconds=60, memory_bytes=256 * 1024 * 1024)
"""Wide in time, so that a busy machine changes no outcome."""
LITTLE_CPU = Limits(cpu_seconds=1, wall_seconds=120)
LITTLE_TIME = Limits(cpu_seconds=1, wall_seconds=1)


def crash() -> None:
    ctypes.string_at(0)


def spin() -> None:
    while True:
        pass


def stick() -> None:
    """CPU in C code that never looks at signals."""
    pow(3, 10**9, 10**30_000_000 + 7)


def sleep() -> None:
    time.sleep(60)


def swell() -> None:
    bytearray(1 << 30)


def swell_in_c() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    for _ in range(2000):
        at = libc.malloc(1 << 20)
        ctypes.memset(at, 1, 1 << 20)


def connect() -> None:
    socket.create_connection(("127.0.0.1", 25), 1)


def read_secret() -> None:
    Path("/etc/passwd").read_text()


def run_program() -> None:
    os.execv("/bin/true", ["/bin/true"])


def kill_parent() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


DEEDS = {
    deed.__name__.encode(): deed
    for deed in (crash, spin, stick, sleep, swell, swell_in_c, connect, read_secret, run_program, kill_parent)
}


def poisoned(asked: wire.Request) -> wire.Answer:
    """Do what the mail says; what is only refused is told."""
    try:
        if deed := DEEDS.get(asked.raw):
            deed()
    except (OSError, MemoryError) as error:
        return Examination(failures={"deed": type(error).__name__})
    return Examination(content=Content(subject=str(os.getpid()), text=asked.raw[:20].decode()))


@contextmanager
def open_pool(*, workers=2, limits=TIGHT, answering=poisoned, address=""):
    deaths: list[str] = []
    pool = Pool(answering, workers=workers, limits=limits, address=address, died=lambda _pid, why: deaths.append(why))
    pool.deaths = deaths
    pool.fill()
    try:
        yield pool
    finally:
        pool.close()


@contextmanager
def reaping(pool, limits=TIGHT):
    """Replace the dead while clients wait, as a supervisor does."""
    previous = signal.signal(signal.SIGCHLD, lambda *_: pool.reap())
    try:
        yield BlockingScanClient(pool.address, limits=limits)
    finally:
        signal.signal(signal.SIGCHLD, previous)


def buried(pool: Pool, count: int) -> list[str]:
    """The causes of death, once there are `count`: a client hears of a death before the parent does."""
    deadline = time.monotonic() + 30
    while len(pool.deaths) < count and time.monotonic() < deadline:
        pool.reap()
        time.sleep(0.02)
    return pool.deaths


def ask(client: BlockingScanClient, words: bytes) -> Examination:
    return client.examine(words, Facts())


def test_answers():
    with open_pool() as pool:
        answer = ask(BlockingScanClient(pool.address), b"hello")
        assert answer.content.text == "hello"
        assert int(answer.content.subject) in pool.pids


KILLED = {
    "crash": ("SIGSEGV", TIGHT, WORKER_DIED),
    "run_program": ("forbidden system call", TIGHT, WORKER_DIED),
    "spin": ("CPU time limit", LITTLE_CPU, OUT_OF_TIME),
    "stick": ("CPU time limit", LITTLE_CPU, OUT_OF_TIME),
    "sleep": ("time limit", LITTLE_TIME, OUT_OF_TIME),
}


@pytest.mark.parametrize("deed", KILLED)
def test_a_deadly_mail_costs_its_own_answer_only(deed):
    cause, limits, words = KILLED[deed]
    with open_pool(limits=limits) as pool, reaping(pool, limits) as client:
        answer = ask(client, deed.encode())
        assert answer.failures == {"antivirus": words, "antispam": words}
        assert ask(client, b"next").content.text == "next"
        assert set(buried(pool, MAX_ATTEMPTS if words == WORKER_DIED else 1)) == {cause}
        assert len(pool.pids) == 2


def test_the_same_poison_kills_a_named_number_of_workers():
    with open_pool() as pool, reaping(pool) as client:
        answers = [ask(client, b"crash") for _ in range(5)]
        assert {answer.failures["antivirus"] for answer in answers} == {WORKER_DIED}
        assert buried(pool, MAX_ATTEMPTS) == ["SIGSEGV"] * MAX_ATTEMPTS


def test_what_runs_out_of_time_is_not_tried_twice():
    with open_pool(limits=LITTLE_TIME) as pool, reaping(pool, LITTLE_TIME) as client:
        assert [ask(client, b"sleep").failures["antivirus"] for _ in range(3)] == [OUT_OF_TIME] * 3
        assert buried(pool, 1) == ["time limit"]


@pytest.mark.parametrize("deed", ["swell", "connect", "read_secret", "kill_parent"])
def test_what_is_refused_leaves_the_worker_alive(deed):
    with open_pool(workers=1) as pool:
        client = BlockingScanClient(pool.address)
        assert set(ask(client, deed.encode()).failures) == {"deed"}
        assert ask(client, b"next").content.text == "next"
        assert pool.reap() == 0


def test_memory_that_c_code_takes_is_bounded():
    with open_pool() as pool, reaping(pool) as client:
        assert "antivirus" in ask(client, b"swell_in_c").failures
        assert ask(client, b"next").content.text == "next"


def test_without_walls_the_same_deeds_succeed():
    """The control: it is the confinement that refuses, not the test."""
    assert poisoned(wire.Examine(b"read_secret", Facts())).failures == {}
    assert poisoned(wire.Examine(b"swell", Facts())).failures == {}


def test_a_worker_is_replaced_after_its_share_of_mails():
    with open_pool(workers=1, limits=Limits(mails=3)) as pool, reaping(pool) as client:
        served = [ask(client, b"x").content.subject for _ in range(9)]
        assert [served.count(pid) for pid in dict.fromkeys(served)] == [3, 3, 3]
        assert pool.deaths == []


def test_a_worker_that_has_swollen_is_replaced():
    def fat(_asked):
        bytearray(b"x") * (200 << 20)
        return Examination()

    limits = Limits(recycle_bytes=150 << 20)
    with open_pool(workers=1, limits=limits, answering=fat) as pool, reaping(pool) as client:
        before = pool.pids
        assert ask(client, b"x").failures == {}
        deadline = time.monotonic() + 20
        while pool.pids == before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert pool.pids != before
        assert pool.deaths == []


def test_other_children_are_not_the_pools():
    with open_pool() as pool:
        assert pool.reaped(1, 0) is False
        pid = next(iter(pool.pids))
        os.kill(pid, signal.SIGKILL)
        assert pool.reaped(pid, os.waitpid(pid, 0)[1]) is True
        assert pid not in pool.pids
        assert len(pool.pids) == 2


def test_run_keeps_the_pool_full_and_closes_it():
    pool = Pool(poisoned, workers=1, died=lambda _pid, _why: None)
    rounds = []

    def until() -> bool:
        rounds.append(pool.pids)
        if len(rounds) == 1:
            os.kill(next(iter(pool.pids)), signal.SIGKILL)
        return len(rounds) > 3

    pool.run(until=until, pause=0.05)
    assert rounds[0] != rounds[-1]
    assert pool.pids == frozenset()


def test_workers_that_cannot_live_are_not_born_for_ever(monkeypatch):
    def refuse(**_):
        raise confinement.CannotConfine("no wall")

    monkeypatch.setattr(confinement, "confine", refuse)

    def reap_often(pool: Pool) -> None:
        for _ in range(100):
            pool.reap()
            time.sleep(0.05)

    with open_pool(workers=1) as pool, pytest.raises(CannotStart):
        reap_often(pool)


def test_no_pool_without_walls(monkeypatch):
    monkeypatch.setattr(confinement, "missing", lambda: "there is no wall")
    with pytest.raises(CannotStart, match="there is no wall"):
        Pool(poisoned, workers=1)


def test_a_path_is_for_its_owner_only_and_is_removed(tmp_path):
    address = str(tmp_path / "scan")
    with open_pool(address=address) as pool:
        assert pool.address == address
        assert stat.S_IMODE(Path(address).stat().st_mode) == 0o600
        assert ask(BlockingScanClient(address), b"x").content.text == "x"
    assert not Path(address).exists()
    assert ask(BlockingScanClient(address), b"x").failures["antispam"] == UNREACHABLE


def test_another_user_gets_no_answer():
    if os.getuid() != 0:
        pytest.skip("only root can be somebody else")
    with open_pool() as pool:
        child = os.fork()
        if child == 0:
            os.setresuid(1000, 1000, 1000)
            failures = ask(BlockingScanClient(pool.address), b"x").failures
            os._exit(0 if failures else 1)
        # uid 0 may always ask, so only the other direction can be shown: the pool's owner is root here
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_nonsense_on_the_wire_harms_nobody():
    with open_pool(workers=1) as pool:
        for nonsense in (b"", b"\0", b"\xff\xff\xff\xff", b"\0\0\0\x05hello", b"\0\0\0\x02\x81\xa4"):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(pool.address)
                connection.sendall(nonsense)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(100) == b""
        assert ask(BlockingScanClient(pool.address), b"x").content.text == "x"


def test_large_mails_pass():
    with open_pool(answering=lambda asked: Examination(content=Content(subject=str(len(asked.raw))))) as pool:
        size = 50 * 1024 * 1024
        assert ask(BlockingScanClient(pool.address), bytes(size)).content.subject == str(size)


async def test_many_at_once_on_an_event_loop():
    with open_pool() as pool:
        client = ScanClient(pool.address, concurrency=8)
        answers = await asyncio.gather(*(client.examine(b"%d" % number, Facts()) for number in range(200)))
        assert [answer.content.text for answer in answers] == [str(number) for number in range(200)]


async def test_poison_among_many():
    loop = asyncio.get_running_loop()
    with open_pool() as pool:
        loop.add_signal_handler(signal.SIGCHLD, pool.reap)
        client = ScanClient(pool.address, limits=TIGHT)
        mails = [b"crash" if number == 50 else b"%d" % number for number in range(100)]
        answers = await asyncio.gather(*(client.examine(mail, Facts()) for mail in mails))
        loop.remove_signal_handler(signal.SIGCHLD)
        assert [number for number, answer in enumerate(answers) if answer.failures] == [50]


async def test_nobody_listening():
    client = ScanClient("/nonexistent/scan")
    assert (await client.examine(b"x", Facts())).failures == {"antivirus": UNREACHABLE, "antispam": UNREACHABLE}
    assert (await client.preview(b"x")).why == UNREACHABLE


async def test_an_answer_cut_short_is_no_answer(tmp_path):
    async def cut(reader, writer):
        await reader.read(10)
        writer.write(wire.frame(Examination())[:-1])
        writer.close()

    server = await asyncio.start_unix_server(cut, tmp_path / "cut")
    async with server:
        answer = await ScanClient(str(tmp_path / "cut")).examine(b"x", Facts())
    assert answer.failures["antivirus"] == WORKER_DIED
