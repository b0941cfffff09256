# SPDX-License-Identifier: Apache-2.0
"""Lists: what they are read from, what they find, and how they are replaced while somebody asks."""

import os
import resource
import time
from array import array
from datetime import UTC, datetime

import msgspec
import pytest

from mailward.engines.web_reputation.importing import bring, remove
from mailward.engines.web_reputation.lists import LOOK_EVERY, SUFFIX, Category, ListAbout, LocalLists
from mailward.engines.web_reputation.reading import BadFile, Format, read, read_stix
from mailward.kit import mapped_set
from mailward.kit.hashed_set import hash64
from mailward.kit.mapped_set import BadSet, MappedSet
from mailward.message.links import normalise

NOW = datetime(2026, 11, 27, tzinfo=UTC)


class Watch:
    """A clock that is turned by hand."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "web_lists"


@pytest.fixture
def feed(tmp_path):
    def write(text, name="feed.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def brought(folder, path, name="bad", **more):
    more = {"category": Category.PHISHING, "now": NOW, "write": True, **more}
    return bring(folder, name, path, **more)


def found(lists, url):
    return [(one.list, one.entry) for one in lists.find(*normalise(url))]


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("http://evil.example/any/page", "evil.example"),
        ("https://login.evil.example/", "evil.example"),
        ("https://notevil.example/", None),
        ("https://shop.example/", None),
        ("https://shop.example/login/", "shop.example/login/"),
        ("https://shop.example/login/x/y?z", "shop.example/login/"),
        ("https://shop.example/loginx", None),
        ("https://shop.example/one.php?id=3", "shop.example/one.php?id=3"),
        ("https://shop.example/one.php?id=4", None),
        ("https://shop.example/two.php?id=4#x", "shop.example/two.php"),
        ("http://192.0.2.9/a", "192.0.2.9"),
        ("http://3221225993/a", "192.0.2.9"),
    ],
)
def test_hosts_parents_folders_and_pages_are_found(folder, feed, url, entry):
    lines = "evil.example\nshop.example/login/\nhttp://shop.example/one.php?id=3\nshop.example/two.php\n192.0.2.9\n"
    brought(folder, feed(lines))
    assert found(LocalLists(folder), url) == ([("bad", entry)] if entry else [])


def test_a_plan_writes_nothing(folder, feed):
    plan = brought(folder, feed("evil.example\n"), write=False)
    assert (plan.added, plan.after, plan.written) == (1, 1, False)
    assert not folder.exists()


def test_a_list_is_replaced_while_it_is_asked(folder, feed):
    watch = Watch()
    brought(folder, feed("one.example\ntwo.example\n"))
    lists = LocalLists(folder, watch)
    assert found(lists, "http://one.example/")
    plan = brought(folder, feed("two.example\nthree.example\n"))
    assert (plan.before, plan.added, plan.removed, plan.after) == (2, 1, 1, 2)
    assert found(lists, "http://one.example/"), "the old list serves until the folder is looked at"
    watch.now += LOOK_EVERY
    assert not found(lists, "http://one.example/")
    assert found(lists, "http://three.example/")
    assert remove(folder, "bad")
    assert not remove(folder, "bad")
    watch.now += LOOK_EVERY
    assert not found(lists, "http://three.example/")
    assert not lists


def test_merging_keeps_what_was_there(folder, feed):
    brought(folder, feed("one.example\nshop.example/x\n"))
    plan = brought(folder, feed("two.example\n"), merge=True)
    assert (plan.added, plan.removed, plan.after) == (1, 0, 3)
    lists = LocalLists(folder)
    assert found(lists, "http://shop.example/x"), "that the list has paths is not forgotten"
    assert found(lists, "http://two.example/")


def test_a_feed_that_shrinks_is_not_believed(folder, feed):
    brought(folder, feed("".join(f"host{number}.example\n" for number in range(100))))
    with pytest.raises(BadFile, match="shrink from 100 to 1"):
        brought(folder, feed("host1.example\n"))
    assert brought(folder, feed("host1.example\n"), force=True).after == 1


def test_an_empty_feed_changes_nothing(folder, feed):
    brought(folder, feed("one.example\n"))
    with pytest.raises(BadFile, match="no usable address"):
        brought(folder, feed("# nothing today\n"))
    assert found(LocalLists(folder), "http://one.example/")


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "x" * 41])
def test_a_name_is_a_plain_word(folder, feed, name):
    with pytest.raises(BadFile, match="no name for a list"):
        brought(folder, feed("one.example\n"), name=name)


@pytest.mark.parametrize("cut", [0, 100, 4096, 266_248 + 8, 266_248 + 5])
def test_a_piece_of_a_list_is_named_and_not_asked(folder, feed, cut):
    brought(folder, feed("one.example\ntwo.example\n"))
    path = folder / f"bad{SUFFIX}"
    path.write_bytes(path.read_bytes()[:cut])
    lists = LocalLists(folder)
    assert lists.find(*normalise("http://one.example/")) == ()
    assert lists.troubled == "bad"
    (state,) = lists.states()
    assert state.trouble
    brought(folder, feed("one.example\n"))
    assert LocalLists(folder).states()[0].entries == 1


def test_what_is_no_list_in_the_folder_is_passed_over(folder, feed):
    brought(folder, feed("one.example\n"))
    (folder / "notes.txt").write_text("x")
    (folder / f"BAD NAME{SUFFIX}").write_text("x")
    assert [state.name for state in LocalLists(folder).states()] == ["bad"]


def test_every_list_answers_in_the_order_of_names(folder, feed):
    brought(folder, feed("one.example\n"), name="zeta", category=Category.MALWARE)
    brought(folder, feed("one.example\n"), name="alpha", category=Category.GOOD)
    assert [(one.list, one.category) for one in LocalLists(folder).find(*normalise("http://one.example/"))] == [
        ("alpha", Category.GOOD),
        ("zeta", Category.MALWARE),
    ]


PLAIN = "\ufeff# comment\n! ad block\n\n0.0.0.0 one.example two.example # both\n127.0.0.1 localhost\nthree.example\n not a host \n"
CSV_HEAD = 'id,dateadded,"url",status\n1,2026-01-01,"http://one.example/a,b",online\n2,2026-01-01,http://two.example/,online\n3,2026\n'
CSV_COMMENT = "# list of things\n# id,dateadded,url,status\n1,2026-01-01,http://one.example/,online\n"
CSV_NONE = "one.example,phishing\ntwo.example,phishing\n"


@pytest.mark.parametrize(
    ("text", "name", "kind", "entries", "passed"),
    [
        (PLAIN, "hosts", Format.PLAIN, 3, 1),
        (CSV_HEAD, "feed.csv", Format.CSV, 2, 1),
        (CSV_HEAD, "feed.txt", Format.CSV, 2, 1),
        (CSV_COMMENT, "feed.csv", Format.CSV, 1, 0),
        (CSV_NONE, "feed.csv", Format.CSV, 2, 0),
        ("co.uk\nx\nevil.example\n", "feed.txt", Format.PLAIN, 1, 2),
        (b"\xff\xfe\x00bad\nevil.example\n", "feed.txt", Format.PLAIN, 1, 1),
        ("a" * 10_000 + ".example\nevil.example\n", "feed.txt", Format.PLAIN, 1, 1),
        ("evil.example\r\ntwo.example\r\n", "feed.txt", Format.PLAIN, 2, 0),
    ],
    ids=["hosts", "csv", "csv by its head", "head in a comment", "no head", "unusable", "bytes", "long", "CR LF"],
)
def test_feeds_are_read_as_they_come(feed, text, name, kind, entries, passed):
    made = read(feed(text, name), now=NOW)
    assert (made.format, len(made.hashes), made.passed_over) == (kind, entries, passed)
    assert len(made.shown) == passed


def indicator(pattern, **more):
    return {"type": "indicator", "id": "indicator--1", "pattern": pattern, "pattern_type": "stix", **more}


@pytest.mark.parametrize(
    ("item", "names", "passed", "expired"),
    [
        (indicator("[url:value = 'http://one.example/x']"), ["one.example/x"], 0, 0),
        (indicator("[domain-name:value='one.example']"), ["one.example"], 0, 0),
        (indicator("[ipv4-addr:value = '192.0.2.1']"), ["192.0.2.1"], 0, 0),
        (
            indicator("[url:value = 'http://one.example/'] OR [domain-name:value = 'two.example']"),
            ["one.example", "two.example"],
            0,
            0,
        ),
        (
            indicator("[url:value = 'http://a.example/' OR url:value = 'http://b.example/']"),
            ["a.example", "b.example"],
            0,
            0,
        ),
        (indicator("[url:value = 'http://one.example/it\\'s']"), ["one.example/it's"], 0, 0),
        (indicator("[url:value = 'http://one.example/'] AND [file:name = 'x']"), [], 1, 0),
        (indicator("[url:value LIKE '%.example']"), [], 1, 0),
        (indicator("[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']"), [], 1, 0),
        (indicator("[url:value != 'http://one.example/']"), [], 1, 0),
        (indicator("[url:value = 'http://one.example/']", revoked=True), [], 0, 1),
        (indicator("[url:value = 'http://one.example/']", valid_until="2026-01-01T00:00:00Z"), [], 0, 1),
        (indicator("[url:value = 'http://one.example/']", valid_until="2027-01-01T00:00:00Z"), ["one.example"], 0, 0),
        (indicator("rule x {}", pattern_type="yara"), [], 1, 0),
        (indicator(None), [], 1, 0),
        ({"type": "malware", "name": "x"}, [], 0, 0),
        ("no object", [], 0, 0),
    ],
)
def test_indicators_of_stix(item, names, passed, expired):
    made = read_stix(msgspec.json.encode({"type": "bundle", "objects": [item]}), now=NOW)
    assert list(made.hashes) == [hash64(name) for name in names]
    assert (made.passed_over, made.expired) == (passed, expired)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"objects": 3}', b"not json", b"[" * 100_000])
def test_what_is_no_bundle_is_told(data):
    with pytest.raises(BadFile, match="this is no"):
        read_stix(data, now=NOW)


def test_a_bundle_is_recognized_by_its_first_sign(feed):
    bundle = msgspec.json.encode({"objects": [indicator("[domain-name:value='one.example']")]})
    assert read(feed(bundle, "feed.txt"), now=NOW).format is Format.STIX


def test_a_million_entries_cost_memory_once_and_little_time(folder):
    """Printed, not asserted by time: eight bytes an entry on disk, and pages shared by all who look."""
    count = 1_000_000
    hashes = array("Q", (hash64(f"host{number}.example") for number in range(count)))
    about = ListAbout(
        name="large", category=Category.SPAM, source="test", made_at=NOW, entries=count, paths=True, passed_over=0
    )
    mapped_set.write(folder / f"large{SUFFIX}", about, mapped_set.sorted_unique(hashes))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lists = LocalLists(folder)
    known = [normalise(f"https://www.host{number}.example/a/b?c=1") for number in range(0, count, count // 2000)]
    begun = time.process_time()
    assert all(lists.find(*one) for one in known)
    spent = time.process_time() - begun
    strangers = [normalise(f"https://www.other{number}.example/a/b?c=1") for number in range(2000)]
    assert not any(lists.find(*one) for one in strangers)
    size = (folder / f"large{SUFFIX}").stat().st_size
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(
        f"\n{count} entries: {size / 1e6:.1f} MB on disk, {grown} KiB more resident, {spent / len(known) * 1e6:.0f} us a look-up"
    )
    assert size < 9 * count
    (state,) = lists.states()
    assert (state.entries, state.bytes) == (count, size)


def test_two_processes_share_one_file(folder, feed):
    brought(folder, feed("one.example\n"))
    lists = LocalLists(folder)
    assert found(lists, "http://one.example/")
    child = os.fork()
    if child == 0:  # the parent's list, asked in the child
        os._exit(0 if found(lists, "http://one.example/") else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_a_set_says_what_is_wrong(tmp_path):
    with pytest.raises(BadSet, match="cut off"):
        (tmp_path / "x").write_bytes(b"mailward")
        MappedSet(tmp_path / "x", ListAbout)
    with pytest.raises(BadSet, match="no set"):
        (tmp_path / "x").write_bytes(b"x" * 300_000)
        MappedSet(tmp_path / "x", ListAbout)
