# SPDX-License-Identifier: Apache-2.0
"""Country files: every record size, both kinds of address, and files that lie."""

import ipaddress
import random

import pytest

from mailward.checks.ip_reputation.countries import BadCountryFile, Countries
from mailward.checks.ip_reputation.tests.country_file import pointer, value, write

KNOWN = {"192.0.2.0/24": "NL", "198.51.100.128/25": "DE", "2001:db8::/32": "FR"}


def country(countries, text):
    return countries.country(ipaddress.ip_address(text))


@pytest.mark.parametrize("bits", [24, 28, 32])
def test_addresses_are_found_in_every_record_size(bits, tmp_path):
    path = tmp_path / "countries.mmdb"
    path.write_bytes(write(KNOWN, bits=bits))
    countries = Countries.open(path)
    assert country(countries, "192.0.2.9") == "NL"
    assert country(countries, "198.51.100.129") == "DE"
    assert country(countries, "198.51.100.1") == ""
    assert country(countries, "2001:db8:1::1") == "FR"
    assert country(countries, "2001:db9::1") == ""
    assert countries.built == 1790000000


def test_a_file_of_ipv4_alone_knows_no_ipv6():
    countries = Countries(write({"192.0.2.0/24": "NL"}, version=4))
    assert country(countries, "192.0.2.1") == "NL"
    assert country(countries, "2001:db8::1") == ""


def test_pointers_are_followed_and_the_registered_country_stands_in():
    inner = value({"registered_country": {"iso_code": "be"}})
    countries = Countries(write({"192.0.2.0/24": inner, "198.51.100.0/24": pointer(0)}))
    assert country(countries, "198.51.100.1") == country(countries, "192.0.2.1") == "BE"


@pytest.mark.parametrize(
    "data", [b"", b"x" * 1000, b"\xab\xcd\xefMaxMind.com", b"\xab\xcd\xefMaxMind.com\xe1\x41a\xff"]
)
def test_what_is_no_country_file_is_refused(data, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(BadCountryFile):
        Countries.open(path)


def test_a_pointer_to_itself_ends():
    countries = Countries(write({"192.0.2.0/24": pointer(0)}))
    assert country(countries, "192.0.2.1") == ""


def test_a_damaged_file_never_breaks_a_question():
    good, dice = write(KNOWN), random.Random(1)
    asked = 0
    for _ in range(400):
        bad = bytearray(good)
        for _ in range(dice.randrange(1, 6)):
            bad[dice.randrange(len(bad) - 80)] = dice.randrange(256)
        countries = Countries(bytes(bad))
        for text in ("192.0.2.1", "198.51.100.200", "2001:db8::1"):
            assert isinstance(country(countries, text), str)
            asked += 1
    assert asked == 1200
