# SPDX-License-Identifier: Apache-2.0
"""Block lists that are sound, closed, hijacked, blocked, silent and dead: only sound ones list anybody."""

import asyncio
import ipaddress

import pytest

from mailward.checks.ip_reputation.dns_lists import MAX_SILENCES, BlockLists, Health, question
from mailward.checks.ip_reputation.settings import DnsList
from mailward.egress.dns.service import Dns
from mailward.egress.dns.zone import Zone

PEER = ipaddress.ip_address("192.0.2.9")
ASKED = "9.2.0.192"
SOUND = {"2.0.0.127.list.test": {"A": ["127.0.0.2"]}}


def listed(code="127.0.0.2", zone="list.test", **more):
    return {**SOUND, f"{ASKED}.{zone}": {"A": [code]}, **more}


async def opened(records, *lists, trouble=()):
    questions = []
    lists = lists or (DnsList(zone="list.test"),)
    dns = Dns(Zone(records, trouble=trouble), on_question=lambda *question: questions.append(question))
    block_lists = BlockLists(dns.for_feature("ip_reputation"), lambda: [(entry, ()) for entry in lists])
    await block_lists.test()
    questions.clear()
    return block_lists, lists, questions


async def test_a_listed_address_is_found_with_its_code():
    block_lists, lists, questions = await opened(listed())
    listing = await block_lists.listing(PEER, lists)
    assert (listing.by.zone, listing.code) == ("list.test", "127.0.0.2")
    assert questions == [("ip_reputation", f"{ASKED}.list.test", "A")]


async def test_an_address_that_is_not_listed_is_not():
    block_lists, lists, _ = await opened(SOUND)
    assert await block_lists.listing(PEER, lists) is None


@pytest.mark.parametrize("code", ["127.255.255.254", "127.255.255.252", "127.0.0.1", "203.0.113.80", "127.0.1.4"])
async def test_errors_and_foreign_answers_are_no_listings(code):
    block_lists, lists, _ = await opened(listed(code))
    assert await block_lists.listing(PEER, lists) is None


@pytest.mark.parametrize(("code", "counts"), [("127.0.0.4", True), ("127.0.0.8", False), ("127.0.3.7", True)])
async def test_only_the_codes_that_were_named_count(code, counts):
    entry = DnsList(zone="list.test", codes=("127.0.0.2", "127.0.0.4-127.0.0.7", "127.0.3.0/24"))
    block_lists, lists, _ = await opened(listed(code), entry)
    assert bool(await block_lists.listing(PEER, lists)) is counts


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ({}, "does not list its test entry"),
        ({"*.list.test": {"A": ["127.0.0.2"]}}, "it lists 127.0.0.1"),
        ({"*.list.test": {"A": ["203.0.113.80"]}}, "answers in its place"),
        ({"*.list.test": {"A": ["127.255.255.254"]}}, "reports an error"),
        ({"2.0.0.127.list.test": {"A": ["127.0.0.99"]}, "x": {}}, ""),
    ],
)
async def test_a_list_that_fails_its_test_is_not_asked(records, why):
    records = {**records, f"{ASKED}.list.test": {"A": ["127.0.0.2"]}}
    block_lists, lists, questions = await opened(records)
    (health,) = block_lists.health
    assert why in health.why
    assert bool(health.why) is bool(why)
    found = await block_lists.listing(PEER, lists)
    assert (found is None and not questions) if why else found


async def test_a_dead_zone_is_not_asked_until_it_answers_again():
    trouble = [question("list.test", ipaddress.ip_address("127.0.0.2"))]
    block_lists, lists, questions = await opened(listed(), trouble=trouble)
    assert block_lists.health == (Health("list.test", "it does not answer"),)
    assert await block_lists.listing(PEER, lists) is None
    assert questions == []


class Fading:
    """Answers its test, and then falls silent until it is told to speak."""

    def __init__(self):
        self.zone = Zone(listed())
        self.silent = False

    async def fetch(self, name, kind):
        if self.silent:
            await asyncio.Event().wait()
        return await self.zone.fetch(name, kind)

    async def close(self):
        pass


async def test_a_list_that_falls_silent_is_left_out_and_comes_back(monkeypatch):
    monkeypatch.setattr("mailward.egress.dns.lists.LIST_SECONDS", 0.01)
    source, lists = Fading(), (DnsList(zone="list.test"),)
    dns = Dns(source)
    block_lists = BlockLists(dns.for_feature("ip_reputation"), lambda: [(entry, ()) for entry in lists])
    await block_lists.test()
    source.silent = True
    for number in range(MAX_SILENCES):
        assert await block_lists.listing(ipaddress.ip_address(f"192.0.2.{number + 1}"), lists) is None
    assert "did not answer 5 times" in block_lists.health[0].why
    source.silent = False
    monkeypatch.undo()
    await block_lists.test()
    assert await block_lists.listing(PEER, lists)
    await dns.close()


async def test_a_list_that_begins_to_report_errors_is_left_out_at_once():
    block_lists, lists, questions = await opened(listed("127.255.255.255"))
    assert await block_lists.listing(PEER, lists) is None
    assert "127.255.255.255" in block_lists.health[0].why
    questions.clear()
    assert await block_lists.listing(ipaddress.ip_address("192.0.2.10"), lists) is None
    assert questions == []


async def test_a_new_list_is_tested_before_it_counts_and_what_changes_is_told():
    lists, told = [], []
    dns = Dns(Zone(listed()))
    block_lists = BlockLists(dns.for_feature("ip_reputation"), lambda: [(entry, ("o",)) for entry in lists])

    async def record(health):
        told.append(health)

    running = asyncio.create_task(block_lists.run(record))
    await asyncio.sleep(0.01)
    lists.append(DnsList(zone="list.test"))
    assert await block_lists.listing(PEER, lists) is None
    await asyncio.sleep(0.05)
    assert await block_lists.listing(PEER, lists)
    assert told == [{}, {"o": {"list.test": ""}}]
    running.cancel()


async def test_questions_during_a_test_do_not_cause_another():
    """A list that reported an error must stay out, however busy it was while it was tested."""
    lists, rounds = [DnsList(zone="list.test")], []
    dns = Dns(Zone(listed()))

    def wanted():
        rounds.append(len(rounds))
        return [(entry, ()) for entry in lists]

    block_lists = BlockLists(dns.for_feature("ip_reputation"), wanted)
    testing = asyncio.create_task(block_lists.test())
    await asyncio.sleep(0)
    assert await block_lists.listing(PEER, lists) is None
    await testing

    async def record(_):
        pass

    running = asyncio.create_task(block_lists.run(record))
    await asyncio.sleep(0.02)
    block_lists._disable(lists[0], "an error")
    await asyncio.sleep(0.02)
    running.cancel()
    assert len(rounds) == 2
    assert block_lists.health[0].why == "an error"


async def test_the_first_of_several_lists_is_the_answer():
    first, second = DnsList(zone="first.test"), DnsList(zone="second.test")
    test_entries = {f"2.0.0.127.{zone}": {"A": ["127.0.0.2"]} for zone in ("first.test", "second.test")}
    hits = {f"{ASKED}.{zone}": {"A": ["127.0.0.3"]} for zone in ("first.test", "second.test")}
    block_lists, lists, _ = await opened({**test_entries, **hits}, second, first)
    assert (await block_lists.listing(PEER, lists)).by is second


def test_an_ipv6_address_is_turned_by_half_bytes():
    name = question("list.test", ipaddress.ip_address("2001:db8::1"))
    assert name == "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.list.test"
