# SPDX-License-Identifier: Apache-2.0
"""Which TLSA records can vouch for a mail server."""

from mailward.checks.tls_peers.dane import MAX_RECORDS, usable
from mailward.contract.dns import Tlsa


def test_only_usages_two_and_three_in_whole_known_forms():
    good = [Tlsa(3, 1, 1, b"a" * 32), Tlsa(2, 0, 1, b"b" * 32), Tlsa(3, 0, 0, b"cert")]
    bad = [
        Tlsa(0, 1, 1, b"a" * 32), Tlsa(1, 1, 1, b"a" * 32), Tlsa(4, 1, 1, b"a" * 32), Tlsa(3, 2, 1, b"a" * 32),
        Tlsa(3, 1, 3, b"a" * 32), Tlsa(3, 1, 1, b"a" * 31), Tlsa(3, 1, 2, b"a" * 32), Tlsa(3, 0, 0, b""),
    ]  # fmt: skip
    assert usable(bad + good) == tuple(good)
    assert usable(bad) == ()


def test_of_digests_of_one_kind_the_strongest_counts():
    weak, strong, whole, other = (
        Tlsa(3, 1, 1, b"a" * 32),
        Tlsa(3, 1, 2, b"a" * 64),
        Tlsa(3, 1, 0, b"k"),
        Tlsa(2, 1, 1, b"b" * 32),
    )
    assert usable([weak, strong, whole, other]) == (strong, whole, other)
    assert usable([weak, Tlsa(3, 1, 2, b"broken")]) == (weak,)


def test_there_is_a_limit():
    assert len(usable([Tlsa(3, 1, 1, bytes([n]) * 32) for n in range(200)])) == MAX_RECORDS
