# SPDX-License-Identifier: Apache-2.0
"""The shape of addresses: every mark has a case, scores fall as marks are added, and the card says what is shipped."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailward.contract.mail import Link
from mailward.engines.antispam.target import read as read_target
from mailward.engines.web_reputation import rating, structure
from mailward.engines.web_reputation.levels import BAR, Band, Level, band, expected
from mailward.message import parse
from mailward.message.content import read
from mailward.message.limits import MAX_URL
from mailward.message.links import link

CARD = Path(__file__).resolve().parents[5] / "docs" / "models" / "web_reputation.md"

CASES = {
    "host_is_address": "http://192.0.2.7/x",
    "host_imitates": "https://paypa1.com/",
    "host_wears_brand": "https://paypal-login.example.com/",
    "brand_below": "https://www.paypal.com.example.net/",
    "host_random": "https://x7k2q9vzw4.example.com/",
    "host_cheap": "https://parcel.tk/",
    "host_free": "https://somebody.github.io/",
    "host_short": "https://bit.ly/x",
    "host_punycode": "https://xn--bcher-kva.example.com/",
    "host_no_suffix": "https://www.example.test/",
    "host_long": "https://a-rather-long-name-of-a-host.example.com/",
    "label_long": "https://averylongregisteredname.com/",
    "host_hyphens": "https://a-b-c-d.example.com/",
    "host_hyphen": "https://two-words.com/",
    "host_digits": "https://a1234.example.com/",
    "host_digit": "https://shop24.com/",
    "host_deep": "https://a.b.c.example.com/",
    "host_sub": "https://shop.example.com/",
    "host_www": "https://www.example.com/",
    "host_login": "https://secure.example.com/",
    "ending_old": "https://example.org/",
    "ending_country": "https://example.de/",
    "ending_public": "https://www.example.edu/",
    "host_brand": "https://www.paypal.com/",
    "host_counts": "https://u1.ct.sendgrid.net/ls/click",
    "host_everyday": "https://www.facebook.com/page",
    "user": "https://paypal.com@example.com/",
    "port": "https://example.com:4444/",
    "path_none": "https://example.com/",
    "path_login": "https://example.com/signin",
    "path_brand": "https://example.com/paypal/",
    "path_built": "https://example.com/wp-content/x/y.php",
    "path_program": "https://example.com/invoice.zip",
    "path_script": "https://example.com/a.php",
    "path_page": "https://example.com/a.html",
    "path_index": "https://example.com/x/index.php",
    "path_deep": "https://example.com/a/b/c/d",
    "path_long": "https://example.com/" + "a" * 70,
    "path_random": "https://example.com/x7k2q9vzw4",
    "path_short_token": "https://example.com/a1b2c3",
    "path_double": "https://example.com/a//b",
    "path_words": "https://example.com/how-we-learned-to-fly",
    "path_dated": "https://example.com/2026/03/x",
    "path_archive": "https://example.com/docs/x",
    "path_tilde": "https://example.com/~ann/",
    "path_at": "https://example.com/@ann",
    "whole_long": "https://example.com/" + "a" * 200,
    "token": "https://example.com/" + "aB3" * 20,
    "hex": "https://example.com/" + "a1b2c3d4" * 4,
    "query": "https://example.com/?a=1",
    "query_many": "https://example.com/?a=1&b=2&c=3&d=4",
    "mail_address": "https://example.com/?e=ann@example.net",
    "inner": "https://example.com/?u=https://other.example.net/",
    "coded": "https://example.com/%C3%A9%C3%A8",
    "fragment": "https://example.com/#top",
}


def target(url):
    made = link(url, place="text")
    assert made is not None
    return read_target(made)


def test_every_mark_has_a_case():
    assert list(CASES) == [mark.id for mark in structure.MARKS]


@pytest.mark.parametrize("mark", structure.MARKS, ids=lambda mark: mark.id)
def test_a_mark_is_seen_where_it_is_and_not_everywhere(mark):
    seen = {structure.MARKS[number].id for number in structure.marks_of(target(CASES[mark.id]))}
    assert mark.id in seen
    others = [url for name, url in CASES.items() if name != mark.id]
    assert not all(mark.test(target(url)) for url in others)


@pytest.mark.parametrize("mark", structure.MARKS, ids=lambda mark: mark.id)
def test_a_mark_is_a_sentence_and_its_weight_keeps_its_sign(mark):
    assert re.fullmatch(r"[a-z_]{3,30}", mark.id)
    assert mark.text[0].isupper()
    assert mark.text.endswith(".")
    weight = structure.model().weights[mark.id]
    assert weight * mark.sign >= 0, "what can only speak against an address must not speak for it"


def test_the_model_falls_from_100_to_0():
    knots = structure.model().knots
    assert [number for number, _ in knots] == sorted(number for number, _ in knots)
    assert [score for _, score in knots] == sorted((score for _, score in knots), reverse=True)
    assert (structure.score_of(-100), structure.score_of(100)) == (100, 0)
    for level in Level:
        edge = next(number for number, score in knots if score == BAR[level] - 1)
        assert structure.score_of(edge) < BAR[level] <= structure.score_of(edge - 0.2)


@pytest.mark.parametrize(
    "url",
    [
        "http://paypal.com.verify-login.tk/wp-content/x/index.php?e=a@b.com",
        "http://account-update.microsoft-login.xyz/office365/login.php?email=kim@corp.example",
    ],
)
def test_gross_cases_are_dangerous(url):
    opinion = structure.rate(target(url))
    assert band(opinion.score) is Band.DANGEROUS
    assert sum(points for _, points in opinion.marks) == pytest.approx(100 - opinion.score)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/",
        "https://lists.example.org/pipermail/users/2026/03/msg01.html",
        "https://shop.example.de/account/reset?token=Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4",
        "https://click.news.example.com/?qs=1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c5b6a7988",
        "https://meet.example.com/j/82736455?pwd=QWxhZGRpbjpvcGVu",
    ],
)
def test_ordinary_mail_is_not_caught_at_the_default_level(url):
    assert structure.rate(target(url)).score >= BAR[Level.MODERATELY_HIGH]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120), st.text("abz019.-/?&=%@#~:_", max_size=80))
def test_any_address_is_rated(tail, rest):
    made = link(f"https://{rest}/{tail}", place="text")
    if made is None:
        return
    rated = rating.rate_one(made)
    assert 0 <= rated.score <= 100
    assert rated == rating.rate_one(made)
    assert bool(rated.host) or rated.untested


def test_more_addresses_than_the_limit_are_named():
    body = "".join(f"http://host{number}.example.com/\n" for number in range(rating.MAX_RATED + 30))
    rated = rating.rate(read(parse(f"From: a@b.test\n\n{body}".encode())))
    assert len(rated) == rating.MAX_RATED + 1
    assert rated[-1].untested.startswith("30 more")
    assert not rated[-1].host


def test_clickable_addresses_come_before_pictures():
    pictures = "".join(f'<img src="http://img{number}.example.com/x.png">' for number in range(rating.MAX_RATED))
    page = f'From: a@b.test\nContent-Type: text/html\n\n{pictures}<a href="http://evil.example.com/">x</a>'
    rated = rating.rate(read(parse(page.encode())))
    assert rated[0].url == "http://evil.example.com/"


def test_what_opens_no_host_or_is_cut_is_untested():
    page = f'From: a@b.test\nContent-Type: text/html\n\n<a href="javascript:alert(1)">x</a><a href="http://x.example.com/{"a" * MAX_URL}">y</a>'
    assert [bool(one.untested) for one in rating.rate(read(parse(page.encode())))] == [True, True]
    assert rating.rate_one(Link(target="data:text/html,x", host="", place="text")).untested


def test_a_picture_that_the_mail_brings_with_it_leads_nowhere():
    page = 'From: a@b.test\nContent-Type: text/html\n\n<img src="data:image/png;base64,iVBORw0KGgo="><img src="cid:x">'
    assert rating.rate(read(parse(page.encode()))) == ()


def test_wrappers_of_other_filters_are_undone():
    url = "https://eur01.safelinks.protection.outlook.com/?url=http%3A%2F%2Fevil.tk%2Flogin&data=x"
    assert rating.rate_one(link(url, place="text")).host == "evil.tk"


def test_the_platform_of_a_free_page_is_no_borrowed_name():
    """The pages of a project on a forge were caught as wearing the forge's name."""
    mark = next(mark for mark in structure.MARKS if mark.id == "host_wears_brand")
    assert not mark.test(target("https://openbmc.github.io/webui-vue/guide/"))
    assert mark.test(target("https://paypal-login.github.io/"))


def test_levels_and_bands():
    assert [band(score) for score in (None, 100, 81, 80, 66, 65, 51, 50, 0)] == [
        Band.UNTESTED, Band.SAFE, Band.SAFE, Band.SUSPICIOUS, Band.SUSPICIOUS, Band.HIGHLY_SUSPICIOUS,
        Band.HIGHLY_SUSPICIOUS, Band.DANGEROUS, Band.DANGEROUS,
    ]  # fmt: skip
    rates = [expected()[level] for level in Level]
    assert rates == sorted(rates)


def test_the_card_is_of_the_weights_that_are_shipped():
    card = CARD.read_text()
    assert structure.model().trained in card
    for mark in structure.MARKS:
        if weight := structure.model().weights[mark.id]:
            assert f"| {mark.text} | {weight:+.2f} |" in card
