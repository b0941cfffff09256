# SPDX-License-Identifier: Apache-2.0
"""The order in which an address is judged, the answers, and silence where the feature is off."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest

from mailward.catalog import FEATURES
from mailward.checks.ip_reputation.countries import Countries
from mailward.checks.ip_reputation.dns_lists import BlockLists
from mailward.checks.ip_reputation.dynamic import BARS, Dynamic
from mailward.checks.ip_reputation.service import AddressLists, IpReputation
from mailward.checks.ip_reputation.settings import DnsList, IpReputationSettings
from mailward.checks.ip_reputation.tests.country_file import write
from mailward.contract.finding import Verdict
from mailward.egress.dns.service import Dns
from mailward.egress.dns.zone import Zone
from mailward.egress.door import ON_BEHALF_OF, Door
from mailward.kit.clock import HeldClock
from mailward.kit.networks import NetworkSet
from policies import organization

PEER = "192.0.2.9"
LIST = DnsList(zone="list.test", help="https://list.test/{ip}")
ZONE = {"2.0.0.127.list.test": {"A": ["127.0.0.2"]}, "9.2.0.192.list.test": {"A": ["127.0.0.2"]}}
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Counting:
    """A ledger that only counts."""

    def __init__(self):
        self.lines = []

    def count(self, organization, **line):
        self.lines.append(line)


class Bench:
    """One organization with everything against 192.0.2.9, as far as it is switched on."""

    def __init__(self, *, approved=(), blocked=(), **settings):
        networks = [NetworkSet(map(ipaddress.ip_network, texts)) for texts in (approved, blocked)]
        self.policy = organization(
            {"ip_reputation": IpReputationSettings(**settings)}, {"ip_reputation": AddressLists(*networks)}
        )
        self.clock, self.ledger, self.questions = HeldClock(NOON), Counting(), []
        on = self.policy.settings["ip_reputation"].enabled
        door = Door({f.name: f.disclosure for f in FEATURES}, is_on=lambda *_: on, ledger=self.ledger)

        def witness(feature, name, kind):
            door.dns(feature, name, kind)
            self.questions.append(name)

        lists = self.policy.settings["ip_reputation"].lists
        self.block_lists = BlockLists(
            Dns(Zone(ZONE), on_question=witness).for_feature("ip_reputation"),
            lambda: [(entry, (self.policy.id,)) for entry in lists if on],
        )
        self.dynamic = Dynamic(None, self.clock, level_of=lambda _: self.policy.settings["ip_reputation"].dynamic_level)
        self.reputation = IpReputation(
            countries=Countries(write({"192.0.2.0/24": "NL"})), block_lists=self.block_lists, dynamic=self.dynamic
        )
        ON_BEHALF_OF.set((self.policy.id,))

    async def answer(self, peer=PEER):
        await self.block_lists.test()
        found = await self.reputation.objection(self.policy, peer)
        return found and (found.refused.reply.code, found.refused.reply.status, found.refused.reply.text)

    def learn(self, verdict, times=1, peer=PEER):
        for _ in range(times):
            self.reputation.learn(self.policy, peer, verdict)


async def test_nothing_is_against_an_unknown_address():
    bench = Bench()
    assert await bench.answer() is None
    assert bench.questions == []


async def test_a_blocked_address_gets_550_and_an_approval_goes_first():
    code, status, text = await Bench(blocked=["192.0.2.0/24"]).answer()
    assert (code, status) == (550, "5.7.1")
    assert "192.0.2.9 is blocked" in text
    assert await Bench(approved=["192.0.2.9"], blocked=["192.0.2.0/24"], lists=(LIST,)).answer() is None


async def test_ipv6_networks_are_blocked_too():
    bench = Bench(blocked=["2001:db8::/32"])
    assert (await bench.answer("2001:db8:5::1"))[0] == 550
    assert await bench.answer("2001:db9::1") is None


async def test_countries_block_approve_and_exclude_all_others():
    assert "(NL)" in (await Bench(blocked_countries=("NL",)).answer())[2]
    assert await Bench(blocked_countries=("DE",)).answer() is None
    assert (await Bench(blocked_countries=("DE",), block_all_except=True).answer())[0] == 550
    assert await Bench(blocked_countries=("NL",), block_all_except=True).answer() is None
    assert await Bench(blocked_countries=("DE",), block_all_except=True).answer("198.51.100.1") is None
    approved = Bench(approved_countries=("NL",), blocked_countries=("NL",), lists=(LIST,))
    assert await approved.answer() is None


async def test_a_listed_address_gets_550_with_the_place_to_look_at():
    bench = Bench(lists=(LIST,))
    code, status, text = await bench.answer()
    assert (code, status) == (550, "5.7.1")
    assert "list.test" in text
    assert "https://list.test/192.0.2.9" in text
    assert bench.ledger.lines, "the questions are in the ledger"
    temporary = DnsList(zone="list.test", temporary=True)
    assert (await Bench(lists=(temporary,)).answer())[:2] == (450, "4.7.1")


async def test_switched_off_not_one_question_leaves_and_nobody_is_refused():
    bench = Bench(enabled=False, lists=(LIST,), blocked=["192.0.2.9"], blocked_countries=("NL",))
    bench.learn(Verdict.SPAM, 50)
    assert await bench.answer() is None
    assert bench.questions == []
    assert bench.ledger.lines == []
    assert len(bench.dynamic) == 0


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "fd00::1"])
async def test_no_list_is_asked_about_our_own_networks(peer):
    bench = Bench(lists=(LIST,))
    assert await bench.answer(peer) is None
    assert bench.questions == ["2.0.0.127.list.test", "1.0.0.127.list.test"], "its test, and nothing else"
    bench.learn(Verdict.SPAM, 50, peer)
    assert len(bench.dynamic) == 0


@pytest.mark.parametrize("level", sorted(BARS))
async def test_experience_asks_to_come_again_at_each_level(level):
    bench = Bench(dynamic_level=level)
    needed = int(BARS[level].bad)
    bench.learn(Verdict.SPAM, needed - 1)
    assert await bench.answer() is None
    bench.learn(Verdict.MALWARE)
    code, status, text = await bench.answer()
    assert (code, status) == (450, "4.7.1")
    assert "again in 5 minutes" in text


async def test_level_0_never_acts_and_good_mail_outweighs():
    bench = Bench(dynamic_level=0)
    bench.learn(Verdict.SPAM, 100)
    assert await bench.answer() is None
    mixed = Bench(dynamic_level=2)
    mixed.learn(Verdict.CLEAN, 20)
    mixed.learn(Verdict.SPAM, 10)
    assert await mixed.answer() is None
    mixed.learn(Verdict.UNSCANNABLE, 100)
    assert await mixed.answer() is None


async def test_penalties_end_and_double_and_experience_fades():
    bench = Bench(dynamic_level=4)
    bench.learn(Verdict.SPAM)
    assert (await bench.answer())[0] == 450
    bench.clock.at += timedelta(minutes=6)
    assert await bench.answer() is None
    bench.learn(Verdict.SPAM)
    assert "10 minutes" in (await bench.answer())[2]
    slow = Bench(dynamic_level=2)
    slow.learn(Verdict.SPAM, 4)
    slow.clock.at += timedelta(hours=24)
    slow.learn(Verdict.SPAM, 1)
    assert await slow.answer() is None


async def test_an_ipv6_site_is_one_peer():
    bench = Bench(dynamic_level=4)
    bench.learn(Verdict.SPAM, peer="2001:db8:1:2::1")
    assert (await bench.answer("2001:db8:1:2:ffff::9"))[0] == 450
    assert await bench.answer("2001:db8:1:3::1") is None


async def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("mailward.checks.ip_reputation.dynamic.MAX_KNOWN", 100)
    bench = Bench()
    for number in range(300):
        bench.learn(Verdict.SPAM, peer=f"198.51.{number // 250}.{number % 250}")
    assert len(bench.dynamic) <= 100
