# SPDX-License-Identifier: Apache-2.0
"""What the server says to each command, in and out of order."""

import pytest

from mailward.contract.reply import PermFail, TempFail

MAIL = b"Subject: hello\r\n\r\nhow are you?\r\n"


def test_greeting_and_offers(gateway, call):
    peer = call(gateway, greeting=False)
    assert peer.reply() == "220 mx.example.test ESMTP ready"
    offers = {line[4:] for line in peer.hello().split("\n")[1:]}
    assert offers == {
        "PIPELINING", f"SIZE {50 * 1024 * 1024}", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES", "DSN",
        "STARTTLS",
    }  # fmt: skip
    assert peer.ask("QUIT") == "221 2.0.0 goodbye"
    assert peer.closed()


def test_a_mail(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.envelope("a@peer.example", "lee@EXAMPLE.test", "sam@example.test")
    assert peer.ask("DATA").startswith("354 ")
    peer.send(b"Subject: dots\r\n\r\n..one\r\n...\r\n")
    assert peer.ask(b".\r\n") == "250 2.0.0 queued"
    [(connection, envelope, raw)] = gateway.journey.accepted
    assert raw == b"Subject: dots\r\n\r\n.one\r\n..\r\n"
    assert envelope.sender == "a@peer.example"
    assert envelope.recipients == ("lee@example.test", "sam@example.test")
    assert (envelope.body, envelope.utf8) == ("7BIT", False)
    assert envelope.received_at.tzinfo is not None
    assert (connection.peer_ip, connection.helo, connection.tls, connection.extended) == (
        "127.0.0.1", "peer.example", "", True
    )  # fmt: skip


def test_everything_in_one_write(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.send(
        b"MAIL FROM:<a@peer.example>\r\nRCPT TO:<wait1@example.test>\r\nRCPT TO:<unknown@example.test>\r\nDATA\r\n"
    )
    assert [peer.reply()[:9] for _ in range(4)] == ["250 2.1.0", "250 2.1.5", "550 5.1.1", "354 go ah"]
    peer.send(MAIL + b".\r\nMAIL FROM:<b@peer.example>\r\nRSET\r\nQUIT\r\n")
    assert [peer.reply()[:9] for _ in range(4)] == ["250 2.0.0", "250 2.1.0", "250 2.0.0", "221 2.0.0"]
    assert [envelope.recipients for _, envelope, _ in gateway.journey.accepted] == [("wait1@example.test",)]


def test_byte_by_byte(gateway, call):
    peer = call(gateway)
    for command in (b"EHLO x\r\n", b"MAIL FROM:<a@b.example>\r\n"):
        for octet in command:
            peer.send(bytes([octet]))
        assert peer.reply().startswith("250")
    assert peer.ask("RCPT TO:<lee@example.test>").startswith("250")
    assert peer.ask("DATA").startswith("354")
    for octet in MAIL + b"..\r\n.\r\n":
        peer.send(bytes([octet]))
    assert peer.reply().startswith("250")
    assert gateway.journey.accepted[0][2] == MAIL + b".\r\n"


@pytest.mark.parametrize("data", [b"", b"\r\n", b"x\r\n", b".\r\n", b"..\r\n\r\n", b".x\r\n"])
def test_shortest_mails(gateway, call, data):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    stuffed = (b"." if data.startswith(b".") else b"") + data.replace(b"\r\n.", b"\r\n..")
    assert peer.ask(stuffed + b".\r\n").startswith("250")
    assert gateway.journey.accepted[0][2] == data


@pytest.mark.parametrize("line_ends", ["reject", "normalise"])
@pytest.mark.parametrize("size", [65_000, 70_000, 3_000_000])
def test_large_mails_come_whole(start, call, size, line_ends):
    """Over the borders of the inbox and of the disk, dots at every place."""
    gateway = start(line_ends=line_ends, limits={"spill": 200_000})
    peer = call(gateway)
    peer.hello()
    lines = [(b"." * (number % 4)) + b"x" * (number % 97) for number in range(size // 50)]
    mail = b"Subject: large\r\n\r\n" + b"\r\n".join(lines) + b"\r\n"
    stuffed = mail.replace(b"\r\n.", b"\r\n..")
    for data, words in ((stuffed + b".\r\n", "DATA"), (mail, f"BDAT {len(mail)} LAST")):
        peer.envelope()
        if words == "DATA":
            assert peer.ask("DATA").startswith("354")
            peer.send(data)
        else:
            peer.send(words.encode() + b"\r\n" + data)
        assert peer.reply().startswith("250 2.0.0 queued")
    assert [raw == mail for _, _, raw in gateway.journey.accepted] == [True, True]


def test_chunks(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.send(b"BDAT 9\r\nSubject: BDAT 7\r\nx\r\n\r\n..BDAT 0\r\nBDAT 3 LAST\r\n\r\n.NOOP\r\n")
    assert [peer.reply() for _ in range(5)] == [
        "250 2.0.0 9 octets received", "250 2.0.0 7 octets received", "250 2.0.0 0 octets received",
        "250 2.0.0 queued", "250 2.0.0 ok",
    ]  # fmt: skip
    assert gateway.journey.accepted[0][2] == b"Subject: x\r\n\r\n..\r\n."


def test_bdat_0_last(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.send(b"BDAT 6\r\nx\r\ny\r\n")
    assert peer.reply() == "250 2.0.0 6 octets received"
    assert peer.ask("BDAT 0 LAST") == "250 2.0.0 queued"
    assert peer.ask("BDAT 0 LAST").startswith("503 5.5.1")
    assert [raw for _, _, raw in gateway.journey.accepted] == [b"x\r\ny\r\n"]


@pytest.mark.parametrize(
    "words", ["BDAT", "BDAT -1", "BDAT x", "BDAT 1 FIRST", "BDAT 99999999999999999999999", "BDAT 1.5"]
)
def test_bdat_that_cannot_be_counted_ends_the_session(gateway, call, words):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    assert peer.ask(words).startswith("501 5.5.4")
    assert peer.closed()


@pytest.mark.parametrize("size", [2**31, 2**31 - 1, 2**32 + 5, 2**63])
def test_bdat_of_gigabytes(gateway, call, size):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.send(f"BDAT {size} LAST\r\nMAIL FROM:<evil@x.example>\r\n".encode())
    assert peer.reply().startswith("552 5.3.4")
    assert peer.rest() == ""
    assert len(gateway.journey.senders) == 1


def test_bdat_without_a_transaction_eats_its_octets(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.send(b"BDAT 8 LAST\r\nQUIT\r\nx\nRSET\r\n")
    assert peer.reply().startswith("503 5.5.1")
    assert peer.reply().startswith("250 2.0.0")


def test_what_may_not_be_mixed_with_bdat(gateway, call):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.send(b"BDAT 3\r\nx\r\n")
    assert peer.reply().startswith("250")
    assert peer.ask("DATA").startswith("503 5.5.1")
    assert peer.ask("RCPT TO:<sam@example.test>").startswith("503 5.5.1")
    assert peer.ask("MAIL FROM:<a@peer.example>").startswith("503 5.5.1")
    assert peer.ask("RSET").startswith("250")
    peer.envelope()
    assert peer.ask("DATA").startswith("354")
    assert peer.ask(MAIL + b".\r\n").startswith("250")
    assert [raw for _, _, raw in gateway.journey.accepted] == [MAIL]


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["MAIL FROM:<a@b.example>"], "503 5.5.1"),
        (["EHLO x", "RCPT TO:<lee@example.test>"], "503 5.5.1"),
        (["EHLO x", "DATA"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.example>", "DATA"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.example>", "MAIL FROM:<a@b.example>"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.example>", "EHLO x", "RCPT TO:<lee@example.test>"], "503 5.5.1"),
        (["EHLO x", "MAIL FROM:<a@b.example>", "RSET", "RCPT TO:<lee@example.test>"], "503 5.5.1"),
        (["EHLO"], "501 5.5.4"),
        (["EHLO two words"], "501 5.5.4"),
        (["HELO x", "MAIL FROM:<a@b.example> SIZE=10"], "555 5.5.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> SIZE=99999999999"], "552 5.3.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> SIZE=abc"], "501 5.5.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> BODY=BINARYMIME"], "501 5.5.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> RET=ALL"], "501 5.5.4"),
        (["EHLO x", "MAIL FROM:<a@b.example> TRANSID=x"], "555 5.5.4"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<lee@example.test> NOTIFY=NEVER,DELAY"], "501 5.5.4"),
        (["EHLO x", "MAIL FROM:<blocked@b.example>"], "550 5.7.1"),
        (["EHLO x", "MAIL FROM:<break@b.example>"], "451 4.3.0"),
        (["EHLO x", "MAIL FROM:<ü@b.example>"], "553 5.6.7"),
        (["EHLO x", "MAIL FROM:<ü@b.example> SMTPUTF8"], "250 2.1.0"),
        (["EHLO x", "MAIL FROM: <a@b.example> size=10 BODY=8bitmime"], "250 2.1.0"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<break@example.test>"], "451 4.3.0"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<@x.example:lee@example.test>"], "553 5.1.3"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<lee%evil.example@example.test>"], "550 5.1.3"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<>"], "553 5.1.3"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<postmaster>"], "250 2.1.5"),
        (["EHLO x", "MAIL FROM:<a@b.example> SIZE=2000", "RCPT TO:<small@example.test>"], "552 5.3.4"),
        (["VRFY lee"], "252 2.1.5"),
        (["EXPN all"], "502 5.5.1"),
        (["AUTH PLAIN AGEAYg=="], "502 5.5.1"),
        (["ETRN x"], "502 5.5.1"),
        (["HELP"], "214 2.0.0"),
        (["NOOP with words"], "250 2.0.0"),
        (["RSET x"], "501 5.5.4"),
        (["QUIT x"], "501 5.5.4"),
        (["FOO"], "500 5.5.1"),
        ([""], "500 5.5.1"),
    ],
)
def test_answers(gateway, call, commands, code):
    peer = call(gateway)
    *before, last = commands
    for command in before:
        peer.ask(command)
    assert peer.ask(last)[:9] == code
    assert peer.ask("QUIT").startswith("221")


@pytest.mark.parametrize(
    "trouble", [ValueError("x"), OSError(28, "disk full"), KeyError("x"), TempFail(451, "4.3.0", "later")]
)
def test_trouble_of_ours_is_temporary(gateway, call, trouble):
    gateway.journey.fail = trouble
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(MAIL + b".\r\n").startswith("451 4.3.0")
    gateway.journey.fail = None
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(MAIL + b".\r\n").startswith("250")


def test_refused_after_data(gateway, call):
    gateway.journey.fail = PermFail(550, "5.7.1", "two\nlines", why="policy")
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    assert peer.ask(MAIL + b".\r\n") == "550-5.7.1 two\n550 5.7.1 lines"


@pytest.mark.parametrize(
    ("refusal", "code"), [(PermFail(550, "5.7.1", "no"), "554 5.7.1"), (TempFail(450, "4.7.1", "no"), "421 4.7.1")]
)
def test_refused_at_the_door(gateway, call, refusal, code):
    gateway.journey.refuse_connection = refusal
    peer = call(gateway, greeting=False)
    assert peer.rest().startswith(code)


def test_smtputf8(gateway, call):
    peer = call(gateway)
    peer.hello()
    assert peer.ask("MAIL FROM:<jörg@bücher.example> BODY=8BITMIME SMTPUTF8").startswith("250")
    assert peer.ask('RCPT TO:<"l e>e"@EXAMPLE.test>').startswith("250")
    peer.ask("DATA")
    assert peer.ask("Subject: ü\r\n\r\nö\r\n.\r\n").startswith("250")
    _, envelope, raw = gateway.journey.accepted[0]
    assert (envelope.sender, envelope.utf8, envelope.body) == ("jörg@xn--bcher-kva.example", True, "8BITMIME")
    assert envelope.recipients == ('"l e>e"@example.test',)
    assert raw == "Subject: ü\r\n\r\nö\r\n".encode()


def test_half_closed_peer_still_hears_its_answer(gateway, call):
    """As `nc` does it: everything sent, then the sending side closed."""
    gateway.journey.hold = 0.1
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    peer.send(MAIL + b".\r\n")
    peer.sock.shutdown(1)
    assert peer.rest().startswith("250 2.0.0 queued")


def test_peer_that_leaves_while_its_mail_is_accepted(gateway, call, eventually):
    gateway.journey.hold = 0.1
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    peer.send(MAIL + b".\r\n")
    peer.close()
    eventually(lambda: gateway.journey.accepted)
    eventually(lambda: gateway.server.sessions == 0)


def test_peer_that_leaves_in_the_middle(gateway, call, eventually):
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    peer.send(MAIL)
    peer.close()
    eventually(lambda: gateway.server.sessions == 0)
    assert gateway.journey.accepted == []
