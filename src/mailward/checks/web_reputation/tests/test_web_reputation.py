# SPDX-License-Identifier: Apache-2.0
"""Who is asked about an address, in which order, and what becomes of the mail: hit, clear, untested, failed, off."""

from datetime import UTC, datetime

import msgspec
import pytest

from mailward.checks.web_reputation.compiled import read_pattern
from mailward.checks.web_reputation.feature import FEATURE
from mailward.checks.web_reputation.listing import asked_name
from mailward.checks.web_reputation.service import MAX_ASKED, Exceptions, LocalLists, WebDnsLists, WebReputation
from mailward.checks.web_reputation.settings import Untested, WebDnsList, WebReputationSettings
from mailward.checks.web_reputation.shapes import WebExceptionList
from mailward.contract.check import Examination, Facts, View
from mailward.contract.finding import CAUGHT_AT, MAX_EVIDENCE, Clear, Failed, Hit, Skipped, Threat, points
from mailward.contract.web_address import WebAddress, WebSource
from mailward.egress.dns.service import Dns
from mailward.egress.dns.zone import Zone
from mailward.engines.web_reputation import rating
from mailward.engines.web_reputation.importing import bring
from mailward.engines.web_reputation.levels import Level
from mailward.engines.web_reputation.lists import SUFFIX, Category
from mailward.message import parse
from mailward.message.content import read
from policies import organization

NOW = datetime(2026, 11, 27, tzinfo=UTC)
SOUND = {"test.list.test": {"A": ["127.0.0.2"]}}
DNS = WebDnsList(zone="list.test", category=Category.PHISHING)
GROSS = "http://paypal.com.verify-login.tk/wp-content/x/index.php?e=a@b.com"


def mail(*urls, subject="x"):
    body = "\n".join(urls)
    return Examination(web_addresses=rating.rate(read(parse(f"Subject: {subject}\n\n{body}\n".encode()))))


class Room:
    """The room between an organization, a folder of lists and a name server."""

    def __init__(self, folder, records=None, trouble=(), exceptions=(), **settings):
        self.settings = WebReputationSettings(**settings)
        self.policy = organization({"web_reputation": self.settings}, {"web_reputation": Exceptions(exceptions)})
        self.questions = []
        dns = Dns(Zone(records or {}, trouble=trouble), on_question=lambda *asked: self.questions.append(asked[1]))
        wanted = [(entry, (self.policy.id,)) for entry in self.settings.lists]
        self.dns_lists = WebDnsLists(dns.for_feature("web_reputation"), lambda: wanted)
        self.room = WebReputation(local=LocalLists(folder), dns_lists=self.dns_lists)

    async def ask(self, examination):
        await self.dns_lists.test()
        self.questions.clear()
        seen = await self.room.look_up(self.policy, examination)
        return seen, FEATURE.examine(View(facts=Facts(), examination=seen), self.settings)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "web_lists"


@pytest.fixture
def listed(folder, tmp_path):
    def write(lines, name="bad", category=Category.PHISHING):
        feed = tmp_path / "feed"
        feed.write_text(lines)
        bring(folder, name, feed, category=category, now=NOW, write=True)

    return write


async def test_a_listed_address_is_caught_at_every_level_with_the_address_as_evidence(folder, listed):
    listed("evil.com\n")
    for level in Level:
        seen, finding = await Room(folder, level=level).ask(mail("https://www.evil.com/x"))
        assert isinstance(finding, Hit)
        assert finding.threat is Threat.WEB_REPUTATION
        (reason,) = finding.reasons
        assert (reason.id, reason.evidence) == ("url_listed", "https://www.evil.com/x (evil.com on bad)")
        assert seen.reasons[Threat.WEB_REPUTATION] == finding.reasons
        assert points(finding.reasons) > CAUGHT_AT


async def test_an_ordinary_mail_is_clear(folder):
    seen, finding = await Room(folder).ask(mail("https://www.example.com/", "https://example.org/docs/x"))
    assert finding == Clear()
    assert Threat.WEB_REPUTATION not in seen.reasons


async def test_a_mail_without_addresses_is_clear_and_nobody_is_asked(folder):
    room = Room(folder, SOUND, lists=(DNS,))
    assert (await room.ask(Examination()))[1] == Clear()
    assert room.questions == []


async def test_a_shape_is_explained_by_marks_that_add_up(folder):
    _, finding = await Room(folder).ask(mail(GROSS))
    assert isinstance(finding, Hit)
    assert len(finding.reasons) > 1
    assert all(reason.evidence == GROSS for reason in finding.reasons)
    assert points(finding.reasons) >= CAUGHT_AT
    _, finding = await Room(folder, shape=False).ask(mail(GROSS))
    assert finding == Clear()


async def test_a_level_catches_what_the_one_below_lets_pass(folder):
    address = WebAddress(url="http://x.com/", host="x.com", place="text", score=60, marks=(("host_cheap", 40.0),))
    caught = [
        isinstance((await Room(folder, level=level).ask(Examination(web_addresses=(address,))))[1], Hit)
        for level in Level
    ]
    assert caught == [False, False, False, False, True, True]


async def test_the_worst_address_speaks_and_the_others_are_named(folder, listed):
    listed("evil.com\nworse.com\n", category=Category.SPAM)
    listed("worse.com\n", name="malware", category=Category.MALWARE)
    _, finding = await Room(folder).ask(mail("http://evil.com/", "http://worse.com/"))
    assert [reason.id for reason in finding.reasons] == ["url_listed", "url_also_bad"]
    assert "worse.com on malware" in finding.reasons[0].evidence
    assert "malware" in finding.reasons[0].text


async def test_a_good_list_spares_the_shape_but_not_a_bad_list(folder, listed):
    listed("verify-login.tk\n", name="good", category=Category.GOOD)
    seen, finding = await Room(folder).ask(mail(GROSS))
    assert finding == Clear()
    assert (seen.web_addresses[0].source, seen.web_addresses[0].score) == (WebSource.LIST, 100)
    listed("verify-login.tk\n")
    assert isinstance((await Room(folder).ask(mail(GROSS)))[1], Hit)


@pytest.mark.parametrize(
    ("pattern", "approved"),
    [
        ("paypal.com.verify-login.tk", True),
        ("*.verify-login.tk", True),
        ("verify-login.tk", False),
        ("paypal.com.verify-login.tk/wp-content/", True),
        ("paypal.com.verify-login.tk/wp-content", False),
        ("*.login.tk", False),
    ],
)
async def test_an_approved_address_is_never_judged(folder, listed, pattern, approved):
    listed("verify-login.tk\n")
    room = Room(folder, SOUND, lists=(DNS,), exceptions=[("approved", pattern)])
    seen, finding = await room.ask(mail(GROSS))
    assert isinstance(finding, Clear if approved else Hit)
    assert bool(room.questions) is not approved
    assert (seen.web_addresses[0].source is WebSource.APPROVED) is approved


async def test_a_keyword_spares_the_shape_and_not_the_list(folder, listed):
    exceptions = [("keyword", "wp"), ("keyword", "magic_link")]
    one_time = "http://paypal.com.verify-login.tk/Magic_Link/index.php?e=a@b.com"
    seen, finding = await Room(folder, exceptions=exceptions[1:]).ask(mail(one_time))
    assert (finding, seen.web_addresses[0].listed) == (Clear(), "magic_link")
    in_host = "http://paypal.com.magic_link.verify-login.tk/wp-content/x/index.php?e=a@b.com"
    assert isinstance((await Room(folder, exceptions=exceptions[1:]).ask(mail(in_host)))[1], Hit)
    listed("verify-login.tk\n")
    assert isinstance((await Room(folder, exceptions=exceptions[1:]).ask(mail(one_time)))[1], Hit)


async def test_own_domains_are_not_judged_by_shape_nor_asked_about(folder):
    room = Room(folder, SOUND, lists=(DNS,))
    url = "http://login.example.test/wp-content/x/index.php?e=a@b.com"
    assert (await room.ask(mail(url)))[1] == Clear()
    assert room.questions == []


async def test_dns_lists_are_asked_about_registered_names_once(folder):
    records = {**SOUND, "evil.co.uk.list.test": {"A": ["127.0.0.2"]}}
    room = Room(folder, records, lists=(DNS,))
    _, finding = await room.ask(
        mail("http://a.evil.co.uk/x", "http://b.evil.co.uk/y", "http://192.0.2.1/", "http://box.internal/")
    )
    assert room.questions == ["evil.co.uk.list.test"]
    assert [reason.id for reason in finding.reasons] == ["url_dns_listed", "url_also_bad"]
    assert "list.test 127.0.0.2" in finding.reasons[0].evidence


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("www.evil.co.uk", "evil.co.uk"),
        ("192.0.2.1", ""),
        ("[::1]", ""),
        ("intranet", ""),
        ("box.corp.internal", ""),
        ("x.own.com", ""),
        ("co.uk", ""),
        ("", ""),
    ],
)
def test_what_lists_are_told(host, asked):
    assert asked_name(host, {"own.com": None, "x.own.com": None}) == asked


@pytest.mark.parametrize("setting", list(Untested))
async def test_a_list_that_cannot_be_asked_leaves_addresses_untested(folder, listed, setting):
    cases = [
        Room(folder, {}, lists=(DNS,), untested=setting),
        Room(folder, SOUND, trouble=["test.list.test"], lists=(DNS,), untested=setting),
    ]
    listed("evil.com\n")
    (folder / f"bad{SUFFIX}").write_bytes(b"x")
    cases.append(Room(folder, untested=setting))
    for room in cases:
        seen, finding = await room.ask(mail("https://www.example.com/"))
        assert "cannot be asked" in seen.web_addresses[0].untested
        (reason,) = seen.reasons[Threat.WEB_REPUTATION]
        assert (reason.id, reason.weight) == ("url_untested", 0.0)
        if setting is Untested.FAIL:
            assert isinstance(finding, Failed)
            assert finding.limit == "web_addresses"
        else:
            assert finding == Clear((reason,))


async def test_a_bad_address_is_caught_though_another_is_untested(folder, listed):
    listed("evil.com\n")
    seen, finding = await Room(folder, {}, lists=(DNS,), untested=Untested.FAIL).ask(
        mail("http://evil.com/", "http://x.com/")
    )
    assert isinstance(finding, Hit)
    assert "url_untested" in {reason.id for reason in seen.reasons[Threat.WEB_REPUTATION]}


async def test_more_names_than_the_limit_are_untested(folder):
    urls = [f"http://host{number}.com/" for number in range(MAX_ASKED + 2)]
    room = Room(folder, SOUND, lists=(DNS,))
    seen, _ = await room.ask(mail(*urls))
    assert len(room.questions) == MAX_ASKED
    assert sum("more than" in address.untested for address in seen.web_addresses) == 2


async def test_off_asks_nobody(folder, listed):
    listed("evil.com\n")
    room = Room(folder, SOUND, lists=(DNS,), enabled=False)
    seen, finding = await room.ask(mail("http://evil.com/"))
    assert isinstance(finding, Skipped)
    assert not seen.reasons
    assert room.questions == []


def test_a_broken_engine_has_failed():
    view = View(facts=Facts(), examination=Examination(failures={rating.NAME: "it broke"}))
    assert FEATURE.examine(view, WebReputationSettings()) == Failed("it broke")


async def test_evidence_is_short(folder, listed):
    listed("evil.com\n")
    _, finding = await Room(folder).ask(mail("http://evil.com/" + "x" * 2000))
    assert all(len(reason.evidence) <= MAX_EVIDENCE for reason in finding.reasons)


def test_addresses_survive_the_way_from_the_worker():
    examination = mail(GROSS)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(examination), type=Examination) == examination


@pytest.mark.parametrize("text", ["", "ab", "a b c", "x" * 257, "sp!n"])
def test_a_keyword_is_a_plain_word(text):
    with pytest.raises(ValueError, match="no keyword"):
        read_pattern(WebExceptionList.KEYWORD, text)
    for bad in ("*.co.uk", "*.192.0.2.1", "*.a.com/x", "mailto:a@b.com"):
        with pytest.raises(ValueError, match=r"."):
            read_pattern(WebExceptionList.APPROVED, bad)
