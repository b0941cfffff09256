# SPDX-License-Identifier: Apache-2.0
"""Names: folded, looked alike, owned, imitated, random."""

import pytest

from mailward.engines.antispam import brands, domains
from mailward.engines.antispam.fold import fold, folded, joined, skeleton
from mailward.engines.antispam.target import read
from mailward.message.links import link


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ｐassword", "password"),
        ("pass\u200bword", "password"),
        ("раssword", "password"),  # Cyrillic р and а in a Latin word
        ("пароль", "пароль"),
        ("Größe  und\nMaß", "grosse und mass"),
        ("don’t", "don't"),
        ("𝐛𝐞𝐬𝐭", "best"),
        ("Mic\U000e0139ros", "micros"),
    ],
)
def test_fold(text, plain):
    assert fold(text) == plain


def test_folding_says_what_it_undid():
    assert folded("your wаllеt").mixed == ("wаllеt",)
    assert folded("a\u200bb").invisible == 1


def test_letters_spaced_out_are_joined():
    assert joined("P a y P a l Service") == "PayPal Service"


@pytest.mark.parametrize("name", ["rnicrosoft", "micr0soft", "miсrosoft", "mícrosoft"])
def test_look_alikes_have_one_skeleton(name):
    assert skeleton(name) == skeleton("microsoft")


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("www.shop.test", "shop.test"),
        ("192.0.2.1", "192.0.2.1"),
        ("host", "host"),
    ],
)
def test_registrable(host, owner):
    assert domains.registrable(host) == owner


@pytest.mark.parametrize(
    ("host", "true_name", "does"),
    [
        ("examp1e.test", "example.test", True),
        ("exampel.test", "example.test", True),
        ("harbor-lane.test", "harborlane.test", True),
        ("example.test", "example.test", False),
        ("mail.example.test", "example.test", False),
        ("sample.test", "example.test", False),
        ("abc.test", "abd.test", False),
    ],
)
def test_imitates(host, true_name, does):
    assert domains.imitates(host, true_name) is does


@pytest.mark.parametrize("text", ["qzxwvbnmkt", "bsdfklqwxz", "x91k2a7b3", "mgkwxpqvbd"])
def test_looks_random(text):
    assert domains.looks_random(text)


@pytest.mark.parametrize(
    "text", ["john.smith85", "schwarzkopf", "kaczmarczyk", "wojciechowski", "nguyenphuong", "newsletter", "info"]
)
def test_names_of_people_do_not_look_random(text):
    assert not domains.looks_random(text)


@pytest.mark.parametrize(
    ("name", "brand"),
    [
        ("paypal service", "paypal"),
        ("apple support", "apple"),
        ("m i c", None),
        ("apple tree nursery", None),
        ("dhl express", "dhl express"),
    ],
)
def test_claimed(name, brand):
    found = brands.claimed(name)
    assert (found.name if found else None) == brand


def test_a_brand_owns_its_name_in_other_countries():
    found = brands.claimed("dhl")
    assert found.owns("dhl.cz")
    assert found.owns("tracking.dhl.com")
    assert not found.owns("dhl.top")
    assert not found.owns("dhl-parcel.test")


@pytest.mark.parametrize(
    ("host", "imitated", "worn"),
    [
        ("rnicrosoft.com", True, False),
        ("paypa1.com", True, False),
        ("paypal-login.test", False, True),
        ("www.paypal.com", False, False),
        ("mercadopagoacesso.test", False, True),
        ("harborlane.test", False, False),
    ],
)
def test_imitated_and_worn(host, imitated, worn):
    assert bool(brands.imitated(host)) is imitated
    assert bool(brands.worn(host)) is worn


def target(url, text=""):
    return read(link(url, text=text, place="html a"))


def test_wrappers_of_other_filters_are_undone():
    wrapped = "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.test%2Flogin&data=05"
    assert target(wrapped).host == "evil.test"


def test_what_the_text_promises_and_what_the_link_holds():
    found = target("http://hop.test/r?u=https%3A%2F%2Fgoal.test%2Fa", "www.bank.com/login")
    assert found.promised == "www.bank.com"
    assert found.inner == "goal.test"
    assert target("http://203.0.113.9/x").is_address
    assert target("https://x1.web.app/").free
    assert target("https://bit.ly/a").short
    assert target("https://u1.ct.sendgrid.net/ls/click").counted
