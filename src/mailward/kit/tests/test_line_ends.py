# SPDX-License-Identifier: Apache-2.0
"""Line ends are judged alike in small and in large data, and at the seams between slices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.kit import line_ends

SEAM = 64 * 1024


@given(st.binary(max_size=3000))
def test_both_ways_of_looking_agree_with_counting(data):
    pairs = data.count(b"\r\n")
    expected = data.count(b"\r") == data.count(b"\n") == pairs
    assert line_ends.agree(data) == expected
    assert line_ends.agree(data + b"x" * 2000) == expected


@pytest.mark.parametrize("place", [0, 1, SEAM - 2, SEAM - 1, SEAM, SEAM + 1, 3 * SEAM - 1, 4 * SEAM - 1])
@pytest.mark.parametrize("flaw", [b"\r", b"\n", b"\n\r"])
def test_a_flaw_is_found_wherever_it_stands(place, flaw):
    clean = bytearray(b"x" * (4 * SEAM))
    assert line_ends.agree(bytes(clean))
    clean[place : place + len(flaw)] = flaw
    assert not line_ends.agree(bytes(clean))


@pytest.mark.parametrize("place", [0, SEAM - 2, SEAM - 1, SEAM, 3 * SEAM - 1])
def test_a_pair_across_a_seam_is_whole(place):
    clean = bytearray(b"x" * (4 * SEAM))
    clean[place : place + 2] = b"\r\n"
    assert line_ends.agree(bytes(clean))
