# SPDX-License-Identifier: Apache-2.0
"""Mail exchangers as a real name server names them: preference, chance, and what a stranger may not make us do."""

import ipaddress
import random

import pytest

from mailward.disposition.delivery.mx import MOST_ADDRESSES, MOST_HOSTS, MailExchangers, Unroutable
from mailward.egress.dns.network import Network
from mailward.egress.dns.network import Server as Peer
from mailward.egress.dns.service import Dns
from name_server import NameServer


@pytest.fixture
def zone():
    with NameServer({("localhost", "A"): ["127.0.0.1"]}) as server:
        yield server


@pytest.fixture
async def ask(zone):
    host, port = zone.address.rsplit(":", 1)
    dns = Dns(Network([Peer(host, int(port))]))

    async def targets(domain, *, ours=False, inside=()):
        networks = [ipaddress.ip_network(network) for network in inside]
        chance = random.Random(3)
        exchangers = MailExchangers(
            dns.for_feature("delivery"), own_names=["gateway.test"], chance=chance, inside=networks
        )
        return [tuple(target) for target in await exchangers.targets(domain, ours=ours)]

    yield targets
    await dns.close()


async def refusal(ask, domain, **how):
    with pytest.raises(Unroutable) as caught:
        await ask(domain, **how)
    return caught.value.reply.code, caught.value.reply.status


async def test_the_best_preference_comes_first_and_equal_ones_share(zone, ask):
    zone.records |= {("a.test", "MX"): ["20 late.a.test.", *(f"10 m{n}.a.test." for n in range(6))]}
    for n in range(6):
        zone.records[f"m{n}.a.test", "A"] = [f"8.8.4.{n}"]
    zone.records["late.a.test", "A"] = ["8.8.8.8"]
    first = set()
    for _ in range(2):
        found = await ask("A.test.")
        assert found[-1] == ("late.a.test", "8.8.8.8")
        assert sorted(host for host, _ in found[:-1]) == [f"m{n}.a.test" for n in range(6)]
        first.add(found[0])
    assert [host for host, _ in found[:-1]] != sorted(host for host, _ in found[:-1])


async def test_without_mx_the_domain_is_its_own_server(zone, ask):
    zone.records |= {("b.test", "A"): ["8.8.8.8"], ("b.test", "AAAA"): ["2001:4860:4860::8888"]}
    assert await ask("b.test") == [("b.test", "8.8.8.8"), ("b.test", "2001:4860:4860::8888")]


async def test_a_null_mx_is_a_no(zone, ask):
    zone.records |= {("c.test", "MX"): ["0 ."], ("c.test", "A"): ["8.8.8.8"]}
    assert await refusal(ask, "c.test") == (556, "5.1.10")


async def test_a_domain_that_is_not_there_and_one_without_a_server_are_noes(zone, ask):
    zone.records |= {("d.test", "TXT"): ["hello"], ("e.test", "MX"): ["10 nowhere.e.test."]}
    assert await refusal(ask, "missing.test") == (550, "5.1.2")
    assert await refusal(ask, "d.test") == (550, "5.1.2")
    assert await refusal(ask, "e.test") == (550, "5.4.4")
    assert await refusal(ask, "[192.0.2.1]") == (550, "5.1.3")


async def test_no_answer_is_temporary(zone, ask):
    zone.failing.add("f.test")
    zone.records |= {("g.test", "MX"): ["10 m.g.test."]}
    zone.failing.add("m.g.test")
    assert await refusal(ask, "f.test") == (451, "4.4.3")
    assert await refusal(ask, "g.test") == (451, "4.4.3")


async def test_what_would_bring_the_mail_back_to_us_is_left_out(zone, ask):
    zone.records |= {
        ("h.test", "MX"): ["5 real.h.test.", "10 gateway.test.", "10 same.h.test.", "20 later.h.test."],
        ("i.test", "MX"): ["10 gateway.test.", "20 later.h.test."],
        ("gateway.test", "A"): ["8.8.8.1"],
    }
    for n, name in enumerate(("real", "same", "later")):
        zone.records[f"{name}.h.test", "A"] = [f"8.8.8.{n + 2}"]
    assert await ask("h.test") == [("real.h.test", "8.8.8.2")]
    assert await refusal(ask, "i.test") == (554, "5.4.6")
    assert (await ask("i.test", ours=True))[0] == ("gateway.test", "8.8.8.1")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.1.1", "0.0.0.0", "224.0.0.5", "192.168.0.9"])
async def test_a_stranger_does_not_make_us_talk_to_the_neighbours(zone, ask, address):
    zone.records |= {("j.test", "MX"): ["10 m.j.test."], ("m.j.test", "A"): [address]}
    assert await refusal(ask, "j.test") == (550, "5.4.4")
    assert await ask("j.test", inside=[f"{address}/32"]) == [("m.j.test", address)]


@pytest.mark.parametrize("address", ["::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1"])
async def test_nor_over_ipv6(zone, ask, address):
    zone.records |= {("k.test", "MX"): ["10 m.k.test."], ("m.k.test", "AAAA"): [address]}
    assert await refusal(ask, "k.test") == (550, "5.4.4")


async def test_a_long_answer_is_cut(zone, ask):
    zone.records |= {("l.test", "MX"): [f"{n} m{n}.l.test." for n in range(14)]}
    for n in range(14):
        zone.records[f"m{n}.l.test", "A"] = [f"8.8.{n}.{k}" for k in range(9)]
    found = await ask("l.test")
    assert len(found) == MOST_HOSTS * MOST_ADDRESSES
    assert {host for host, _ in found} == {f"m{n}.l.test" for n in range(MOST_HOSTS)}


async def test_a_domain_in_letters_is_asked_for_in_ascii(zone, ask):
    zone.records |= {("xn--mller-kva.test", "A"): ["8.8.8.8"]}
    assert await ask("müller.test") == [("xn--mller-kva.test", "8.8.8.8")]
