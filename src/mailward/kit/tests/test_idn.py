# SPDX-License-Identifier: Apache-2.0
"""Domains in letters outside ASCII: one name each, and none for what only looks like one."""

import unicodedata

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailward.kit.domain_names import domain_of, envelope_domain, plain_domain

MUNICH = "xn--mnchen-3ya.test"


@pytest.mark.parametrize(
    "text", ["münchen.test", "MÜNCHEN.Test", unicodedata.normalize("NFD", "münchen.test"), "Mü\N{LATIN SMALL LETTER N}chen.test"]
)  # fmt: skip
def test_one_domain_has_one_name(text):
    assert envelope_domain(text) == plain_domain(text) == domain_of(f"lee@{text}") == MUNICH


@pytest.mark.parametrize(
    "text",
    [
        "münchen\N{IDEOGRAPHIC FULL STOP}test", "münchen\N{FULLWIDTH FULL STOP}test", "münchen.te\N{SOFT HYPHEN}st",
        "münchen.\N{FULLWIDTH LATIN SMALL LETTER T}est", "ban\N{KELVIN SIGN}.test", "m\N{ZERO WIDTH SPACE}ail.test",
        "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}x.test", "münchen.test\N{RIGHT-TO-LEFT OVERRIDE}", "a\N{ZERO WIDTH JOINER}b.test",
        "\N{COMBINING DIAERESIS}a.test", "\N{HEBREW LETTER ALEF}a.test", "xn--ü.test", "ü..test", "-ü.test", "ü-.test",
        "\N{FRACTION SLASH}ü.test", "example.test\N{FULLWIDTH SOLIDUS}ü", f"{'ü' * 63}.test", f"{'ü.' * 140}test", "ü@b.test",
        "ü b.test", "ü\0.test", "\N{FULLWIDTH DIGIT ONE}.test", "☃.test",
    ],
)  # fmt: skip
def test_what_a_reader_could_take_for_another_domain_is_none(text):
    assert envelope_domain(text) == ""


@given(st.text(min_size=1))
def test_a_name_in_an_envelope_is_ascii_and_stands_for_itself(text):
    name = envelope_domain(text)
    if not name or text.isascii():
        return
    assert name.isascii()
    assert name == name.lower()
    assert unicodedata.normalize("NFC", text.lower()) == idna.decode(name)


@given(st.text(st.characters(min_codepoint=0xDF, max_codepoint=0xFF, exclude_characters="÷"), min_size=1, max_size=20))
def test_letters_of_western_europe_come_through(text):
    assert envelope_domain(f"{text}.test") == plain_domain(f"{text}.test")
