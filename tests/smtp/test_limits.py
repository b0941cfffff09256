# SPDX-License-Identifier: Apache-2.0
"""Every named limit, run into on purpose, with limits small enough to be quick."""

import socket
import threading
import time

import pytest

MAIL = b"Subject: x\r\n\r\nx\r\n"


def test_size_while_data_arrives(start, call):
    gateway = start(limits={"size": 10_000})
    peer = call(gateway)
    assert "SIZE 10000" in peer.hello()
    peer.envelope()
    peer.ask("DATA")
    peer.send(b"0123456789abcd\r\n" * 1000 + b".\r\n")
    assert peer.reply().startswith("552 5.3.4")
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(MAIL + b".\r\n").startswith("250")
    peer.envelope()
    peer.send(b"BDAT 16000\r\n" + b"0123456789abcd\r\n" * 1000)
    assert peer.reply().startswith("552 5.3.4")
    assert peer.ask("BDAT 0 LAST").startswith("503")
    assert len(gateway.journey.accepted) == 1


def test_endless_data(start, call):
    gateway = start(limits={"size": 10_000})
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    with pytest.raises(OSError):
        for _ in range(10_000):
            peer.send(b"0123456789abcd\r\n" * 100)
            time.sleep(0.0005)
    assert gateway.journey.accepted == []


def test_the_smallest_limit_of_the_recipients_counts(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.envelope("a@peer.example", "lee@example.test", "small@example.test")
    peer.ask("DATA")
    assert peer.ask(b"x" * 900 + b"\r\n" + b"y" * 200 + b"\r\n.\r\n").startswith("552 5.3.4")


def test_recipients(start, call):
    peer = call(start(limits={"recipients": 3}))
    peer.hello()
    peer.envelope("a@peer.example", *(f"r{number}@example.test" for number in range(3)))
    assert peer.ask("RCPT TO:<r4@example.test>").startswith("452 4.5.3")
    assert peer.ask("DATA").startswith("354")


@pytest.mark.parametrize("line", [b"NOOP " + b"x" * 3000 + b"\r\n", b"x" * 5000])
def test_command_line(gateway, call, line):
    peer = call(gateway)
    peer.send(line)
    assert peer.rest().startswith("500 5.5.2")


def test_data_line(start, call):
    gateway = start(limits={"data_line": 5000})
    for size, answer in ((4998, "250"), (4999, "550 5.6.0"), (200_000, "550 5.6.0")):
        peer = call(gateway)
        peer.hello()
        peer.envelope()
        peer.ask("DATA")
        assert peer.ask(MAIL + b"x" * size + b"\r\n.\r\n").startswith(answer)


def test_errors(start, call):
    peer = call(start(limits={"errors": 4}))
    peer.hello()
    for _ in range(4):
        assert peer.ask("FOO").startswith("500")
    assert peer.rest().startswith("421 4.7.0")


def test_junk(start, call):
    gateway = start(limits={"junk_commands": 5})
    peer = call(gateway)
    peer.hello()
    for _ in range(4):
        assert peer.ask("RSET").startswith("250")
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(MAIL + b".\r\n").startswith("250")
    for _ in range(5):
        assert peer.ask("NOOP").startswith("250")
    assert peer.ask("NOOP").startswith("421 4.7.0")
    assert peer.closed()


def test_tiny_chunks_are_junk(start, call):
    peer = call(start(limits={"junk_commands": 5}))
    peer.hello()
    peer.envelope()
    for _ in range(4):
        peer.send(b"BDAT 1\r\nx")
        assert peer.reply().startswith("250")
    assert peer.ask("BDAT 0").startswith("421 4.7.0")


def test_connections_in_all(start, call, eventually):
    gateway = start(limits={"connections": 2})
    first, second = call(gateway), call(gateway)
    assert call(gateway, greeting=False).rest().startswith("421 4.3.2")
    first.close()
    eventually(lambda: gateway.server.sessions == 1)
    assert call(gateway).hello().startswith("250")
    assert second.hello().startswith("250")


def test_connections_of_one_address(start, call, eventually):
    gateway = start(limits={"connections_per_address": 2})
    peers = [call(gateway), call(gateway)]
    assert call(gateway, greeting=False).rest().startswith("421 4.7.0")
    peers[0].ask("QUIT")
    peers[0].close()
    eventually(lambda: gateway.server.sessions == 1)
    call(gateway)


def test_idle(start, call):
    peer = call(start(limits={"idle": 0.4}))
    peer.hello()
    assert peer.rest().startswith("421 4.4.2")


def _drip(peer, data, gap=0.1, most=100):
    """Send a byte at a time until the server has had enough; the seconds that took."""
    begun = time.monotonic()
    peer.sock.settimeout(0.001)
    for place in range(most):
        try:
            peer.send(data[place % len(data) :][:1])
        except TimeoutError:
            continue
        except OSError:
            break
        try:
            heard = peer.sock.recv(1000)
            peer.buffer += heard
            break
        except TimeoutError:
            time.sleep(gap)
        except OSError:
            break
    return time.monotonic() - begun


@pytest.mark.parametrize("stage", ["greeted", "command", "data", "chunk"])
def test_slow_loris(start, call, stage):
    gateway = start(limits={"idle": 0.8, "linger": 0.4})
    peer = call(gateway)
    if stage != "greeted":
        peer.hello()
    if stage in ("data", "chunk"):
        peer.envelope()
    if stage == "data":
        peer.ask("DATA")
    if stage == "chunk":
        peer.send(b"BDAT 100000 LAST\r\n")
    assert _drip(peer, b"abcdefg") < 5
    peer.sock.settimeout(5)
    assert peer.rest().startswith("421 4.4.2")
    assert gateway.journey.accepted == []


def test_a_slow_peer_above_the_floor_is_heard(start, call):
    gateway = start(limits={"idle": 0.6, "minimum_rate": 100})
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    for _ in range(16):
        peer.send(b"x" * 98 + b"\r\n")
        time.sleep(0.1)
    assert peer.ask(b".\r\n").startswith("250")


def test_bare_lf_and_no_end(start, call):
    """A sender that ends its lines, and its mail, with LF alone is told what is wrong."""
    peer = call(start(limits={"idle": 0.6, "inbox": 64}))
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    peer.send(b"Subject: x\n\nx\n.\n" * 40)
    assert "must end in CRLF" in peer.rest()


def test_length_of_a_session(start, call):
    peer = call(start(limits={"session": 0.6, "idle": 100, "linger": 0.4}))
    peer.hello()
    end = time.monotonic() + 3
    with pytest.raises((ConnectionError, AssertionError)):
        while time.monotonic() < end:
            assert peer.ask("RSET").startswith("250")
            time.sleep(0.1)
        pytest.fail("the session goes on")


def test_replies_that_are_not_read(start, call, eventually):
    gateway = start(limits={"unread_replies": 0.5, "junk_commands": 10**9})
    peer = call(gateway)
    peer.hello()
    peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.sock.settimeout(0.5)
    commands, sent, end = b"RSET\r\n" * 2000, 0, time.monotonic() + 30
    with pytest.raises(ConnectionError):
        while time.monotonic() < end:
            try:
                sent = (sent + peer.sock.send(commands[sent:])) % len(commands)
            except TimeoutError:
                continue
    eventually(lambda: gateway.server.sessions == 0)


def test_a_journey_that_takes_too_long(start, call):
    gateway = start(limits={"journey": 0.4})
    gateway.journey.hold = 30
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(MAIL + b".\r\n").startswith("451 4.3.0")
    gateway.journey.hold = 0
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(MAIL + b".\r\n").startswith("250")


def test_full_disk(start, call):
    gateway = start(limits={"free_bytes": 1 << 60})
    peer = call(gateway)
    peer.hello()
    assert peer.ask("MAIL FROM:<a@b.example>").startswith("452 4.3.1")


def test_spool_that_fails(start, call, tmp_path):
    gateway = start(limits={"spill": 100_000})
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    tmp_path.rename(tmp_path.with_suffix(".away"))
    try:
        peer.send(b"0123456789abcd\r\n" * 50_000 + b".\r\n")
        assert peer.reply().startswith("452 4.3.1")
    finally:
        tmp_path.with_suffix(".away").rename(tmp_path)


def test_memory_makes_large_mails_wait_for_each_other(start, call):
    """Eight mails of 1 MB where one fits at a time: all are accepted."""
    gateway = start(limits={"memory": 1_500_000, "spill": 100_000, "spill_when_busy": 50_000})
    gateway.journey.hold = 0.05
    mail = b"0123456789abcd\r\n" * 65_000
    answers = []

    def bring():
        peer = call(gateway)
        peer.hello()
        peer.envelope()
        peer.ask("DATA")
        peer.send(mail + b".\r\n")
        answers.append(peer.reply())

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [answer[:9] for answer in answers] == ["250 2.0.0"] * 8
    assert all(raw == mail for _, _, raw in gateway.journey.accepted)
