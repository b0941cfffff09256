# SPDX-License-Identifier: Apache-2.0
"""Networks as sets: the same answers as a walk over a list, and quick."""

import ipaddress
import random
import time

import pytest

from mailward.kit.networks import NetworkSet, is_behind_us, read_address, read_network, site


def test_a_set_answers_as_a_walk_over_the_list_does():
    dice = random.Random(7)
    networks = [ipaddress.ip_network((dice.getrandbits(32), dice.randrange(8, 33)), strict=False) for _ in range(300)]
    networks += [
        ipaddress.ip_network((dice.getrandbits(128), dice.randrange(16, 129)), strict=False) for _ in range(300)
    ]
    compiled, found = NetworkSet(networks), 0
    for _ in range(2000):
        near = dice.choice(networks)
        number = int(near.network_address) ^ dice.getrandbits(near.max_prefixlen - near.prefixlen + dice.randrange(2))
        address = ipaddress.ip_address(number % 2**near.max_prefixlen)
        if address.version != near.version:
            continue
        expected = any(address.version == network.version and address in network for network in networks)
        assert (address in compiled) == expected
        found += expected
    assert found > 500


def test_a_hundred_thousand_networks_are_asked_in_microseconds():
    compiled = NetworkSet(ipaddress.ip_network((number << 8, 24)) for number in range(1 << 16, (1 << 16) + 100_000))
    addresses = [ipaddress.ip_address((1 << 24) + number * 517) for number in range(10_000)]
    began = time.perf_counter()
    assert sum(address in compiled for address in addresses) > 1000
    assert (time.perf_counter() - began) / len(addresses) < 100e-6
    assert len(compiled) == 100_000


@pytest.mark.parametrize(
    ("text", "words"), [("192.0.2.1/24", "the network is 192.0.2.0/24"), ("example", "neither"), ("", "neither")]
)
def test_what_is_no_network_is_explained(text, words):
    with pytest.raises(ValueError, match=words):
        read_network(text)


def test_clothes_zones_and_sites():
    assert read_address("::ffff:192.0.2.1") == ipaddress.ip_address("192.0.2.1")
    assert str(read_address("fe80::1%eth0")) == "fe80::1"
    assert read_address("mx.sender.test") is None
    assert site(ipaddress.ip_address("2001:db8:1:2:3::4")) == "2001:db8:1:2::/64"
    assert is_behind_us(ipaddress.ip_address("10.1.2.3"))
    assert not is_behind_us(ipaddress.ip_address("192.0.2.1"))
