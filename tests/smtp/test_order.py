# SPDX-License-Identifier: Apache-2.0
"""Peers that speak out of turn: before the greeting, before an answer, before TLS, or not SMTP at all."""

import socket
import struct
import time

import pytest


@pytest.mark.parametrize("verb", ["EHLO x", "HELO x", "DATA", "STARTTLS", "NOOP", "VRFY x"])
def test_pipelining_where_it_is_not_allowed(gateway, call, verb):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.send(f"{verb}\r\nRSET\r\n".encode())
    assert peer.rest().startswith("554 5.5.1")
    assert gateway.journey.accepted == []


def test_body_before_the_go_ahead(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<wait@example.test>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\n")
    heard = peer.rest()
    assert "\n554 5.5.1" in heard
    assert "354" not in heard
    assert gateway.journey.accepted == []


def test_pipelining_after_helo(gateway, call):
    peer = call(gateway)
    peer.ask("HELO x")
    peer.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<lee@example.test>\r\n")
    assert peer.rest().startswith("554 5.5.1")


@pytest.mark.parametrize("inject", [b"NOOP\r\n", b"EHLO evil\r\nMAIL FROM:<evil@x.example>\r\n", b"x", b"\n"])
def test_bytes_behind_starttls_are_not_obeyed(gateway, call, inject):
    peer = call(gateway)
    peer.hello()
    peer.send(b"STARTTLS\r\n" + inject)
    heard = peer.rest()
    assert heard.startswith("554 5.5.1")
    assert "220" not in heard
    assert gateway.journey.senders == []


def test_clear_text_between_starttls_and_the_handshake(gateway, call):
    """In a segment of its own: it goes to the TLS engine, which refuses it."""
    peer = call(gateway)
    peer.hello()
    assert peer.ask("STARTTLS").startswith("220")
    peer.send(b"MAIL FROM:<evil@x.example>\r\n")
    peer.rest()
    assert gateway.journey.senders == []


def test_tls_forgets_what_was_said_before(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.start_tls()
    assert peer.ask("RCPT TO:<sam@example.test>").startswith("503")
    assert peer.ask("MAIL FROM:<a@b.example>").startswith("503 5.5.1 say EHLO")
    assert "STARTTLS" not in peer.hello()
    assert peer.ask("STARTTLS").startswith("503")
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(b"Subject: x\r\n\r\nx\r\n.\r\n").startswith("250")
    connection = gateway.journey.accepted[0][0]
    assert connection.tls.startswith("TLSv1.3 TLS_")
    assert connection.helo == "peer.example"
    assert peer.ask("QUIT").startswith("221")


def test_a_large_mail_over_tls(start, call):
    gateway = start(limits={"spill": 200_000})
    peer = call(gateway)
    peer.hello()
    peer.start_tls()
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    mail = b"".join(b"%d %s\r\n" % (number, b"x" * (number % 80)) for number in range(60_000))
    peer.send(mail + b".\r\n")
    assert peer.reply().startswith("250")
    assert gateway.journey.accepted[0][2] == mail


def test_early_talker(start, call):
    gateway = start(greet_delay=0.3)
    early = call(gateway, greeting=False)
    early.send(b"EHLO early\r\n")
    assert early.rest().startswith("554 5.5.1")
    begun = time.monotonic()
    patient = call(gateway)
    assert time.monotonic() - begun >= 0.25
    assert patient.hello().startswith("250")


@pytest.mark.parametrize("verb", ["GET / HTTP/1.1", "POST /x HTTP/1.1", "CONNECT x:25 HTTP/1.1", "PRI * HTTP/2.0"])
def test_web_browsers(gateway, call, verb):
    peer = call(gateway)
    peer.send(f"{verb}\r\n".encode())
    assert peer.rest().startswith("554 5.5.1")


def test_tls_from_the_first_byte(gateway, call):
    peer = call(gateway)
    peer.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert peer.rest().startswith("554 5.5.1")


def test_proxy_protocol(start, call):
    gateway = start(proxies=("127.0.0.0/8",))
    one = call(gateway, greeting=False)
    one.send(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n")
    assert one.reply().startswith("220")
    two = call(gateway, greeting=False)
    addresses = socket.inet_pton(socket.AF_INET6, "2001:db8::7") + socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    header = b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x21, 36) + addresses + struct.pack("!HH", 4712, 25)
    for octet in header:
        two.send(bytes([octet]))
    assert two.reply().startswith("220")
    health = call(gateway, greeting=False)
    health.send(b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x20, 0, 0))
    assert health.reply().startswith("220")
    peers = [(connection.peer_ip, connection.peer_port) for connection in gateway.journey.connected]
    assert peers[:2] == [("192.0.2.7", 4711), ("2001:db8::7", 4712)]
    assert peers[2][0] == "127.0.0.1"


@pytest.mark.parametrize(
    "words",
    [b"EHLO x\r\n", b"PROXY TCP4 nonsense\r\n", b"PROXY TCP4 1.2.3.4 1.2.3.4 99999 25\r\n", b"PROXY " + b"x" * 120],
)
def test_no_proxy_header_from_a_proxy(start, call, words):
    peer = call(start(proxies=("127.0.0.1",)), greeting=False)
    peer.send(words)
    assert peer.rest().startswith("554")


def test_proxy_header_from_somebody_else(gateway, call):
    peer = call(gateway)
    assert peer.ask("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25").startswith("500")
    assert gateway.journey.connected[0].peer_ip == "127.0.0.1"
