# SPDX-License-Identifier: Apache-2.0
import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.contract.reply import PermFail
from mailward.edge import commands


def mail(argument, **options):
    return commands.mail(argument, **{"extended": True, "longest": 320, **options})


def rcpt(argument, **options):
    return commands.recipient(argument, **{"extended": True, "utf8": False, "longest": 320, **options}).address


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("<a@b.example>", "a@b.example"),
        ("<A.b+c=d@B.Example>", "A.b+c=d@b.example"),
        ("<o'neil@x-y--z.example>", "o'neil@x-y--z.example"),
        ('<"a b"@x.example>', '"a b"@x.example'),
        ('<"a\\"b>c"@x.example>', '"a\\"b>c"@x.example'),
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]"),
        ("<a@[IPv6:2001:db8::1]>", "a@[ipv6:2001:db8::1]"),
        ("<a@under_score.example>", "a@under_score.example"),
        ("<a@localhost>", "a@localhost"),
        ("   <a@b.example>", "a@b.example"),
        (f"<{'v' * 200}@x.example>", f"{'v' * 200}@x.example"),
    ],
)
def test_addresses(path, address):
    assert mail(f"FROM:{path}").sender == address
    assert rcpt(f"to:{path}") == address


@pytest.mark.parametrize(
    "path",
    [
        "a@b.example",
        "<a@b.example",
        "a@b.example>",
        "<<a@b.example>>",
        "<a@b.example>x",
        "<a b@c.example>",
        "<a@>",
        "<@b>",
        "<a>",
        "<.a@b.example>",
        "<a.@b.example>",
        "<a..b@c.example>",
        "<a@-b.example>",
        "<a@b-.example>",
        "<a@b..example>",
        "<a@b.example.>",
        f"<a@{'b' * 64}.example>",
        f"<a@{'b.' * 130}example>",
        "<a@b,c.example>",
        "<a@[1.2.3]x>",
        '<"a@b.example>',
        '<"a"b@c.example>',
        "<a@b@c.example>",
        "<a@b.example\x01>",
        "<@r.example:a@b.example>",
        f"<{'a' * 400}@b.example>",
        "<a@b.example> <c@d.example>",
        "<a(comment)@b.example>",
        "<a@b .example>",
    ],
)
def test_no_addresses(path):
    for read in (mail, rcpt):
        with pytest.raises(PermFail) as refused:
            read(f"{'FROM' if read is mail else 'TO'}:{path}")
        assert refused.value.reply.status[0] == "5"


@pytest.mark.parametrize("local", ["a%b", "a!b", '"a@b"', '"a%b"'])
def test_hidden_routes_are_refused_for_recipients_only(local):
    assert mail(f"FROM:<{local}@x.example>").sender == f"{local}@x.example"
    with pytest.raises(PermFail) as refused:
        rcpt(f"TO:<{local}@x.example>")
    assert (refused.value.reply.code, refused.value.reply.status) == (550, "5.1.3")


def test_null_sender_and_postmaster():
    assert mail("FROM:<>").sender == ""
    assert rcpt("TO:<PostMaster>") == "PostMaster"
    with pytest.raises(PermFail):
        rcpt("TO:<>")


def test_parameters():
    assert mail("FROM:<a@b.example> SIZE=123 BODY=8BITMIME SMTPUTF8") == commands.Mail(
        sender="a@b.example", size=123, body="8BITMIME", utf8=True
    )
    for words in (
        "SIZE=1 SIZE=2",
        "SIZE",
        "SIZE=-1",
        "SIZE=x",
        "BODY=x",
        "SMTPUTF8=1",
        "X=1",
        "=1",
        "SIZE=1" + "0" * 30,
        "A B C D E F G H I J K",
    ):
        with pytest.raises(PermFail):
            mail(f"FROM:<a@b.example> {words}")
    with pytest.raises(PermFail) as refused:
        mail("FROM:<a@b.example> SIZE=1", extended=False)
    assert refused.value.reply.code == 555


def test_letters_outside_ascii_need_smtputf8():
    with pytest.raises(PermFail) as refused:
        mail("FROM:<ü@b.example>")
    assert (refused.value.reply.code, refused.value.reply.status) == (553, "5.6.7")
    assert mail("FROM:<ü@BÜCHER.example> SMTPUTF8").sender == "ü@xn--bcher-kva.example"
    assert rcpt("TO:<ü@b.example>", utf8=True) == "ü@b.example"


@pytest.mark.parametrize(
    ("argument", "chunk"),
    [
        ("0", commands.Chunk(0, False)),
        ("10 LAST", commands.Chunk(10, True)),
        ("10 last", commands.Chunk(10, True)),
        ("", None),
        ("LAST", None),
        ("-1", None),
        ("+1", None),
        ("1 LAST x", None),
        ("1_0", None),
        ("\u0661", None),
        ("9" * 21, None),
    ],
)
def test_chunks(argument, chunk):
    assert commands.chunk(argument) == chunk


@given(st.text(max_size=80))
def test_nothing_but_refusals_comes_out(text):
    for read, keyword in ((mail, "FROM:"), (rcpt, "TO:")):
        for argument in (text, f"{keyword}<{text}>", f"{keyword}{text}"):
            try:
                got = read(argument)
            except PermFail:
                continue
            address = got if isinstance(got, str) else got.sender
            assert not any(sign in address for sign in "\r\n\0")
            assert address in ("", "postmaster") or "@" in address or address.lower() == "postmaster"


@pytest.mark.parametrize("pattern", ["<{}>", "<{}@x.example>", "<a@{}>", '<"{}"@x>', "<a@b.example> {}", "{}"])
@pytest.mark.parametrize("piece", ["a", "a.", "a-", "-", '"', '\\"', "\\", "<", ">", "=", " ", "[", "@", "ü"])
def test_cost_is_linear(pattern, piece):
    """A full command line of anything is read in far less than a millisecond."""
    line = "FROM:" + pattern.format(piece * (2000 // len(piece)))
    begun = time.process_time()
    for _ in range(20):
        with contextlib.suppress(PermFail):
            mail(line, longest=10_000)
    assert (time.process_time() - begun) / 20 < 0.02
