# SPDX-License-Identifier: Apache-2.0
"""Lists and mails bring an address to the same form: the one that a browser opens."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import corpus
from mailward.engines.web_reputation import places
from mailward.message.content import read
from mailward.message.links import normalise
from mailward.message.message import parse

MANY = settings(max_examples=400, deadline=None)
HOSTS = st.from_regex(
    r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?(\.[a-z][a-z0-9]{0,8}){0,4}\.(com|co\.uk|de|test)", fullmatch=True
)


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("http://evil.com\\@good.com/", "evil.com/@good.com/"),
        ("http:\\\\evil.com", "evil.com"),
        ("http:///evil.com/", "evil.com"),
        ("https:evil.com/a", "evil.com/a"),
        ("HTTP://EVIL.com:80/A", "evil.com/A"),
        ("https://evil.com:443/", "evil.com"),
        ("http://good.com@evil.com/", "evil.com"),
        ("http://evil.com/a/../b/./c", "evil.com/b/c"),
        ("http://evil.com/%2e%2e/x", "evil.com/x"),
        ("http://ev%69l.com/", "evil.com"),
        ("http://evil.com\t/x", "evil.com/x"),
        ("http://evil。com/", "evil.com"),
        ("http://ｅｖｉｌ.com/", "evil.com"),
        ("http://bücher.example.com/", "xn--bcher-kva.example.com"),
        ("http://0x7f.1/a", "127.0.0.1/a"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://0177.0.0.01/", "127.0.0.1"),
        ("http://①②⑦.⓪.⓪.①/", "127.0.0.1"),
        ("http://[::ffff:7f00:1]/", "[::ffff:7f00:1]"),
        ("http://[0:0:0:0:0:0:0:1]/x", "[::1]/x"),
        ("hxxps://evil[.]com/x", "evil.com/x"),
        ("//evil.com/x", "evil.com/x"),
        ("evil.com", "evil.com"),
        ("evil.com.", "evil.com"),
        ("http://evil.com/x#good.com", "evil.com/x"),
        ("http://evil.com?x=1", "evil.com/?x=1"),
        ("*.evil.com", "evil.com"),
    ],
)
def test_an_entry_is_what_a_browser_opens(written, opened):
    url = normalise(written)
    if "@" in written.partition("/")[2].partition("/")[2].partition("/")[0] and "\\" not in written:
        assert url[1] + ("" if places.rest_of(url[0]) == "/" else places.rest_of(url[0])) == opened
    else:
        assert places.entry(written) == opened


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "no web address"),
        ("#", "no web address"),
        ("mailto:a@b.com", "no web address"),
        ("javascript:alert(1)", "no web address"),
        ("two words.com", "space"),
        ("co.uk", "everybody registers"),
        ("com", "everybody registers"),
        ("http://exa mple.com/", "space"),
        ("http://[::1", "no web address"),
        ("a" * 5000, "characters"),
    ],
)
def test_what_is_no_entry_is_told(written, why):
    with pytest.raises(ValueError, match=why):
        places.entry(written)


def test_parents_end_at_the_registered_name():
    assert places.hosts("a.b.example.co.uk") == ("a.b.example.co.uk", "b.example.co.uk", "example.co.uk")
    assert places.hosts("192.0.2.1") == ("192.0.2.1",)
    assert places.hosts("[::1]") == ("[::1]",)
    deep = places.hosts(".".join("abcdefghij") + ".example.com")
    assert len(deep) == 1 + places.MAX_PARENTS
    assert deep[-1] == "example.com"


def test_folders_are_bounded():
    assert places.folders("/") == ()
    assert places.folders("/a/b?c") == ("/a/b?c", "/a/b", "/a/")
    assert len(places.folders("/x" * 500)) <= places.MAX_FOLDERS + 2


@MANY
@given(HOSTS, st.text(st.characters(codec="utf-8", exclude_characters="#?"), max_size=40))
def test_an_entry_read_again_is_the_same(host, tail):
    try:
        once = places.entry(f"http://{host}/{tail}")
    except ValueError:
        return
    assert places.entry(once) == once
    assert places.entry(f"https://{host.upper()}./{tail}".replace("./", "/", 1)) == once


@MANY
@given(st.one_of(st.text(max_size=200), st.text("htp:/\\.@[]%0x7f#?&= \t\nabZ①。-_", max_size=60)))
def test_nothing_raises_but_a_sentence(text):
    try:
        name = places.entry(text)
    except ValueError as exc:
        assert str(exc)
        return
    host = name.partition("/")[0]
    assert host
    assert host.isascii()
    assert not re.search(r"[\s\\@]", host)
    assert name in {
        host,
        *(host + folder for folder in (name.removeprefix(host), *places.folders(name.removeprefix(host)))),
    }


def test_the_addresses_of_the_conformance_mails_are_normal_forms():
    folder = corpus("conformance")
    mails = [*folder.glob("rspamd-functional/messages/*.eml"), *folder.glob("sublime-emls/*.eml")]
    seen = 0
    for mail in mails:
        for link in read(parse(mail.read_bytes())).links:
            if link.host:
                seen += 1
                again = normalise(link.target)
                assert again is not None, link.target
                assert again[1] == link.host, (mail.name, link.target)
                assert places.hosts(link.host)[0] == link.host
    assert seen > 100, f"only {seen} addresses in {len(mails)} mails"
