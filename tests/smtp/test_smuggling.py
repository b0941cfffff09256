# SPDX-License-Identifier: Apache-2.0
"""No end of data but CRLF.CRLF: whatever a peer sends, one mail stays one mail, or is refused.

The ends are those of the smtpsmug tool and every other combination of CR, LF and NUL around the dot.
"""

import itertools

import pytest

_BEFORE = [b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\n\r", b"\r\r\n", b"\r\n\0", b"\0\n", b"\0\r\n", b"\r\0\n"]
_AFTER = [b"\n", b"\r", b"\r\n", b"\r\r\n", b"\n\r", b"\0\r\n", b"\r\0\n", b" \r\n", b"\t\r\n"]
ENDS = [
    before + b"." + after
    for before, after in itertools.product(_BEFORE, _AFTER)
    if (before + b"." + after).replace(b"\r\n.\r\n", b"") and not (before.endswith(b"\r\n") and after == b"\r\n")
]
CLEAN = {end for end in ENDS if not (end.replace(b"\r\n", b"").strip(b". \t"))}
SMUGGLED = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<sam@example.test>\r\nDATA\r\nSubject: evil\r\n\r\nevil\r\n.\r\n"


def _attack(peer, end, way):
    """Send a mail that holds `end` and the commands of a second mail; everything that is heard."""
    peer.hello()
    peer.envelope()
    content = b"Subject: good\r\n\r\ngood" + end + SMUGGLED.removesuffix(b".\r\n")
    if way == "DATA":
        assert peer.ask("DATA").startswith("354")
        peer.send(content + b".\r\nQUIT\r\n")
    elif way == "slowly":
        assert peer.ask("DATA").startswith("354")
        for place in range(0, len(content), 7):
            peer.send(content[place : place + 7])
        peer.send(b".\r\nQUIT\r\n")
    else:
        half = len(content) // 3
        peer.send(b"BDAT %d\r\n" % half + content[:half])
        peer.send(b"BDAT %d LAST\r\n" % (len(content) - half) + content[half:] + b"QUIT\r\n")
    return peer.rest()


@pytest.mark.parametrize("way", ["DATA", "BDAT"])
@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
@pytest.mark.parametrize("line_ends", ["reject", "normalise"])
def test_one_mail_or_none(start, call, way, tls, line_ends):
    gateway = start(line_ends=line_ends, limits={"connections_per_address": 1000})
    assert len(ENDS) > 90
    for end in ENDS:
        gateway.journey.accepted.clear()
        peer = call(gateway)
        if tls:
            peer.hello()
            peer.start_tls()
        heard = _attack(peer, end, way)
        peer.close()
        accepted = gateway.journey.accepted
        assert [envelope.sender for _, envelope, _ in accepted] in ([], ["a@peer.example"]), end
        assert not any(sender.startswith("evil") for _, sender, _ in gateway.journey.senders), end
        if line_ends == "reject" and end not in CLEAN:
            assert accepted == [], end
            assert "550 5.6" in heard or "550-5.6" in heard, (end, heard)
        else:
            assert len(accepted) == 1, (end, heard)
            raw = accepted[0][2]
            assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
            assert b"\0" not in raw
            assert b"Subject: evil" in raw


@pytest.mark.parametrize("end", [b"\n.\n", b"\r\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\r", b"\r\n\0.\r\n"])
def test_in_small_pieces(gateway, call, end):
    heard = _attack(call(gateway), end, "slowly")
    assert "550" in heard
    assert gateway.journey.accepted == []


def test_a_true_end_behind_a_stray_cr(start, call):
    """CR CRLF.CRLF is an end of data for us, so nothing behind it may be believed."""
    for line_ends, mails in (("reject", 0), ("normalise", 1)):
        gateway = start(line_ends=line_ends)
        peer = call(gateway)
        peer.hello()
        peer.envelope()
        peer.ask("DATA")
        peer.send(b"Subject: good\r\n\r\ngood\r\r\n.\r\n" + SMUGGLED)
        peer.rest()
        assert len(gateway.journey.accepted) == mails
        assert [sender for _, sender, _ in gateway.journey.senders] == ["a@peer.example"]


@pytest.mark.parametrize("border", range(65_520, 65_552))
def test_at_the_border_of_the_inbox(gateway, call, border):
    """A CRLF, and a dot, cut in two by the place where content is handed on."""
    peer = call(gateway)
    peer.hello()
    peer.envelope()
    peer.ask("DATA")
    mail = b"x" * 60 + b"\r\n"
    mail += b"y" * (border - len(mail) - 1000) + b"\r\n.hidden\r\n" + b"z" * 980 + b"\r\n..\r\n"
    peer.send(mail.replace(b"\r\n.", b"\r\n.."))
    peer.send(b".\r\n")
    assert peer.reply().startswith("250")
    assert gateway.journey.accepted[0][2] == mail


@pytest.mark.parametrize("bad", [b"x\ny", b"x\ry", b"\n", b"a\r\r\nb", b"x\0y"])
@pytest.mark.parametrize("way", ["DATA", "BDAT"])
def test_what_is_wrong_is_found_in_large_mails_too(start, call, bad, way):
    gateway = start(limits={"spill": 100_000})
    for place in (0, 65_535, 65_536, 300_000):
        peer = call(gateway)
        peer.hello()
        peer.envelope()
        good = b"0123456789abc\r\n" * 30_000
        mail = good[: place - place % 15] + bad + b"\r\n" + good[place:]
        if way == "DATA":
            peer.ask("DATA")
            peer.send(mail + b".\r\n")
        else:
            peer.send(b"BDAT %d LAST\r\n" % len(mail) + mail)
        assert peer.reply()[:8] in ("550-5.6.", "550 5.6.")
        assert peer.closed()
    assert gateway.journey.accepted == []


@pytest.mark.parametrize(
    "command",
    [
        b"NOOP\n", b"EHLO x\nMAIL FROM:<a@b.example>\r\n", b"MAIL FROM:<a@b>\rRCPT TO:<lee@x.test>\r\n", b"NOOP\r\r\n",
        b"NO\0OP\r\n", b"\n",
    ],
)  # fmt: skip
def test_bare_line_ends_in_commands(gateway, call, command):
    peer = call(gateway)
    peer.send(command)
    assert peer.rest().startswith("500 5.5.2")


def test_commands_with_lf_alone_when_normalising(start, call):
    gateway = start(line_ends="normalise")
    peer = call(gateway)
    peer.send(b"EHLO x\n")
    assert peer.reply().startswith("250")
    peer.send(b"MAIL FROM:<a@b.example>\n")
    assert peer.reply().startswith("250 2.1.0")
