# SPDX-License-Identifier: Apache-2.0
"""The language of the lexicon, and that every engine finds the same."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from mailward.engines.antispam import engine, phrases
from mailward.engines.antispam.fold import fold
from mailward.engines.antispam.phrase import read
from mailward.engines.antispam.tests.cases import cases

SAID = [
    ("verif* your (account|mailbox)", "please VERIFY your Account now", True),
    ("verif* your (account|mailbox)", "verify your accountant", False),
    ("account ~(blocked|closed)", "account will soon be closed", True),
    ("account ~(blocked|closed)", "account " + "x" * 60 + " closed", False),
    ("win # euro", "win 5.000 euro", True),
    ("win # euro", "win five euro", False),
    ("un-?subscrib", "unsubscrib", True),
    ("gespe?rrt", "gesprrt", True),
    ("密码~(过期|到期)", "您的密码将于明日到期", True),
    ("скидк[аи] до", "Скидки до 50%", True),
    ("заблокирован[а-я]*", "Заблокирована", True),
    ("cell ?[#]", "your cell #", True),
    ("contraseña", "CONTRASEÑA", True),
    ("cena (\\$|€) #", "cena € 5", True),
]


@pytest.mark.parametrize(("phrase", "text", "found"), SAID)
def test_the_language_of_phrases(phrase, text, found):
    read_phrase = read("lure", "xx", phrase)
    data = fold(text).encode()
    assert bool(re.search(read_phrase.pattern, data, re.DOTALL)) is found
    if found:
        assert any(anchor in data for anchor in read_phrase.anchors)


@pytest.mark.parametrize("phrase", ["(a|b", "a)", "[0-9]", "#", "x?", "~"])
def test_what_cannot_be_searched_for_is_refused(phrase):
    with pytest.raises(ValueError):
        read("lure", "xx", phrase)


def test_every_phrase_of_the_lexicon_can_be_read_and_compiled():
    for phrase in phrases.lexicon():
        re.compile(phrase.pattern)


def test_every_lure_is_asked_for_by_some_signal():
    package = Path(engine.__file__).parent
    code = "".join(path.read_text() for path in package.glob("*.py"))
    lures = {lure for path in (package / "lexicon").glob("*.toml") for lure in tomllib.loads(path.read_text())}
    assert not {lure for lure in lures if f'"{lure}"' not in code}


def test_lures_for_secrets_speak_eleven_languages():
    data = tomllib.loads((Path(engine.__file__).parent / "lexicon" / "credentials.toml").read_text())
    for lure in ("account_blocked", "verify_identity", "mailbox_full", "payment_trouble", "parcel"):
        assert {"en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "zh", "ja"} <= data[lure].keys()


@pytest.mark.parametrize("name", phrases.ENGINES)
def test_every_engine_finds_the_same(name, monkeypatch):
    texts = [fold(case.reading().text) for case in cases()]
    by_python = phrases.with_python(phrases.index().strings)
    find = phrases.ENGINES[name](phrases.index().strings)
    for text in texts:
        assert set(find(text.encode())) == set(by_python(text.encode()))
    monkeypatch.setattr(phrases, "_finder", lambda: find)
    found = [phrases.search(text).by_lure for text in texts]
    monkeypatch.setattr(phrases, "_finder", lambda: by_python)
    assert found == [phrases.search(text).by_lure for text in texts]


def test_without_the_optional_libraries_plain_python_searches(monkeypatch):
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    monkeypatch.setitem(sys.modules, "re2", None)
    phrases._finder.cache_clear()
    try:
        assert phrases.search("verify your account").count("verify_identity") == 1
    finally:
        phrases._finder.cache_clear()


def test_a_quote_shows_the_words_around():
    hits = phrases.search(
        fold("Dear customer of the bank, please verify your account before Friday evening, says the bank.")
    )
    words, place = hits.quote("verify_identity")
    assert "verify your account" in words
    assert place == 34
