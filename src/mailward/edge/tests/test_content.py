# SPDX-License-Identifier: Apache-2.0
import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.edge.content import Content, Fault, Memory, open_line
from mailward.edge.data import ChunkReader, DotReader
from mailward.edge.limits import Limits, LineEnds

PIECES = st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"..", b"x", b"\0", b"\r\n.\r", b"yy" * 600, b"\r\n.x"])
BYTES = st.lists(PIECES, max_size=30).map(b"".join)


def content(*, line_ends=LineEnds.REJECT, most=1 << 30, spool="", memory=None, **limits):
    limits = Limits(**limits)
    return Content(limits, memory or Memory(limits.memory), line_ends=line_ends, most=most, spool=spool)


def naive(stream):
    """The dot algorithm as RFC 5321 words it, and where the end is (None if it never comes)."""
    out, place = b"", 0
    while True:
        end = stream.find(b"\r\n", place)
        if end < 0:
            return None
        line = stream[place:end]
        place = end + 2
        if line == b".":
            return out, stream[place:]
        out += line.removeprefix(b".") + b"\r\n"


@given(BYTES, st.integers(1, 40), st.integers(5, 60))
def test_dots_as_the_standard_says_however_they_arrive(body, step, inbox_size):
    stream = body + b"\r\n.\r\nREST"
    expected, rest = naive(stream)
    got = content(line_ends=LineEnds.NORMALISE)
    seen = []
    got.add = seen.append
    reader, inbox, done = DotReader(got, inbox_size), bytearray(), False
    for place in range(0, len(stream), step):
        inbox += stream[place : place + step]
        if not done:
            done = reader.take(inbox)
    assert done
    assert b"".join(seen) == expected
    assert bytes(inbox) == rest


@given(BYTES, st.lists(st.integers(1, 50), min_size=1, max_size=10))
def test_verdict_does_not_depend_on_where_segments_are_cut(body, steps):
    whole = content()
    whole.add(body)
    whole.finish()
    cut, place, number = content(), 0, 0
    while place < len(body):
        step = steps[number % len(steps)]
        cut.add(body[place : place + step])
        place, number = place + step, number + 1
    cut.finish()
    assert (cut.fault is None) == (whole.fault is None)
    if whole.fault is None:
        assert cut.joined() == whole.joined() == body
        assert b"\0" not in body
        assert body.count(b"\r") == body.count(b"\n") == body.count(b"\r\n")


@given(BYTES, st.lists(st.integers(1, 50), min_size=1, max_size=10))
def test_normalised_mails_are_clean_and_the_same_however_cut(body, steps):
    whole = content(line_ends=LineEnds.NORMALISE)
    whole.add(body)
    whole.finish()
    cut, place, number = content(line_ends=LineEnds.NORMALISE), 0, 0
    while place < len(body):
        step = steps[number % len(steps)]
        cut.add(body[place : place + step])
        place, number = place + step, number + 1
    cut.finish()
    raw = whole.joined()
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert b"\0" not in raw
    assert cut.joined() == raw
    assert cut.disputed == whole.disputed == (raw != body)


@given(st.lists(st.integers(0, 40), max_size=20), st.integers(2, 30), st.integers(1, 50))
def test_longest_line(lengths, most, step):
    data = b"".join(b"x" * length + b"\r\n" for length in lengths)
    open_now = 0
    for place in range(0, len(data), step):
        open_now = open_line(data[place : place + step], open_now, most)
        if open_now < 0:
            break
    assert (open_now < 0) == any(length + 2 > most for length in lengths)


def test_bdat_eats_its_octets_only():
    got, inbox = content(), bytearray(b"12345\r\nNOOP\r\n")
    assert ChunkReader(got, 7, last=True).take(inbox)
    assert inbox == b"NOOP\r\n"
    assert got.joined() == b"12345\r\n"
    skipped, inbox = ChunkReader(None, 10, last=False), bytearray(b"123")
    assert not skipped.take(inbox)
    inbox += b"4567890QUIT"
    assert skipped.take(inbox)
    assert inbox == b"QUIT"


def test_spill(tmp_path):
    memory = Memory(1 << 20)
    got = content(spool=str(tmp_path), spill=1000, memory=memory)
    expected = b""
    for number in range(100):
        piece = random.Random(number).randbytes(50).hex().encode() + b"\r\n"
        expected += piece
        got.add(piece)
        if got.heavy:
            got.spill()
    assert not got.in_memory
    assert memory.receiving < 1200
    assert got.joined() == expected
    got.discard()
    got.discard()
    assert memory.receiving == 0
    assert list(tmp_path.iterdir()) == []


def test_spill_without_a_disk(tmp_path):
    got = content(spool=str(tmp_path / "gone"), spill=10)
    got.add(b"0123456789abcdef\r\n")
    assert got.heavy
    got.spill()
    assert got.fault is Fault.NO_ROOM
    got.add(b"more\r\n")
    assert got.fault is Fault.NO_ROOM


def test_faults_free_what_was_held():
    memory = Memory(1 << 20)
    got = content(most=20, memory=memory)
    got.add(b"0123456789\r\n")
    assert memory.receiving == 12
    got.add(b"0123456789\r\n")
    assert (got.fault, memory.receiving, got.size) == (Fault.TOO_BIG, 0, 24)


@pytest.mark.parametrize("trailing", [b"\r", b"\r\r"])
def test_a_cr_at_the_very_end_stands_alone(trailing):
    got = content()
    got.add(b"x" + trailing)
    got.finish()
    assert got.fault is Fault.BARE_LINE_END


def test_a_run_of_cr_is_bounded():
    got = content(line_ends=LineEnds.NORMALISE, data_line=1000)
    for _ in range(20):
        got.add(b"\r" * 100)
    assert got.fault is Fault.LINE_TOO_LONG


async def test_memory_is_given_in_order():
    memory = Memory(100)
    order = []

    async def take(name, size):
        await memory.hold(size)
        order.append(name)
        await asyncio.sleep(0.01)
        memory.release(size)

    await asyncio.gather(take("a", 60), take("large", 500), take("b", 60), take("c", 30))
    assert order == ["a", "large", "b", "c"]
    assert memory.held == 0


async def test_memory_of_a_waiter_that_was_cancelled():
    memory = Memory(100)
    await memory.hold(100)
    waiter = asyncio.create_task(memory.hold(50))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    late = asyncio.create_task(memory.hold(60))
    await asyncio.sleep(0)
    memory.release(100)
    late.cancel()
    await asyncio.gather(late, return_exceptions=True)
    assert memory.held == 0
