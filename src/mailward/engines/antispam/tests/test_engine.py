# SPDX-License-Identifier: Apache-2.0
"""What holds for every signal and every mail: sums, purity, bounds."""

import random
import re
import time

import pytest

from mailward.contract.check import Facts
from mailward.contract.finding import CAUGHT_AT, MAX_EVIDENCE, Reason, Threat, points
from mailward.engines.antispam import engine
from mailward.engines.antispam.tests.cases import cases
from mailward.message import parse
from mailward.message.content import read

ALL = cases()


def answer(raw, facts=None):
    return engine.signals(read(parse(raw)), facts or Facts())


def test_ids_are_unique_and_stable_words():
    ids = [signal.id for signal in engine.SIGNALS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z_]{3,40}", name) for name in ids)


@pytest.mark.parametrize("signal", engine.SIGNALS, ids=lambda signal: signal.id)
def test_a_signal_is_a_sentence_with_weights_in_tenths(signal):
    assert signal.text[0].isupper()
    assert signal.text.endswith(".")
    assert signal.weights
    for threat, weight in signal.weights.items():
        assert threat in engine.CLASSES
        assert weight
        assert round(weight, 1) == weight
        assert abs(weight) < CAUGHT_AT


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_reasons_add_up_are_ordered_and_short(case):
    for reasons in engine.signals(case.reading(), case.facts).values():
        assert points(reasons) == round(sum(reason.weight for reason in reasons), 1)
        assert [reason.weight for reason in reasons] == sorted((reason.weight for reason in reasons), reverse=True)
        assert all(len(reason.evidence) <= MAX_EVIDENCE for reason in reasons)


def test_the_same_mail_is_judged_the_same_again():
    for case in ALL[::7]:
        assert engine.signals(case.reading(), case.facts) == engine.signals(case.reading(), case.facts)


def test_probability_is_one_half_at_the_bar():
    assert engine.probability(()) < 0.01
    assert engine.probability((Reason(id="x", text="X.", weight=CAUGHT_AT),)) == 0.5


def test_harm_is_not_excused_by_being_bulk():
    raw = next(case.raw for case in ALL if case.name == "brand_display_name")
    bulk = raw.replace(
        b"MIME-Version",
        b"List-Unsubscribe: <https://quick-desk.top/u>\nPrecedence: bulk\nFeedback-ID: 1\nMIME-Version",
        1,
    )
    found = answer(bulk)
    assert points(found[Threat.PHISHING]) >= CAUGHT_AT
    assert points(found[Threat.GRAYMAIL]) < CAUGHT_AT
    assert found[Threat.GRAYMAIL][-1].id == "bulk_but_harmful"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 2000,
        b"From: \r\n\r\n",
        b"Subject: " + b"a" * 200_000 + b"\n\n" + b"b " * 100_000,
        b"From: a@b.test\nContent-Type: text/html\n\n" + b"<a href=http://x.test/%d>y</a>" * 5000,
        b"From: a@b.test\n\n" + b"http://" + b"a." * 5000 + b"test/ " * 50,
        b"From: a@b.test\n\n" + ("а" * 30_000 + "a" * 30_000).encode(),
        b"From: a@b.test\nTo: " + b"x@y.test, " * 5000 + b"\n\nhi",
        b"Received: from " + b"1-2-3-4." * 3000 + b"\n\nhi",
        b"From: a@b.test\n\n" + b"your account " * 20_000,
    ],
    ids=["empty", "nul", "no sender", "long", "links", "labels", "letters", "recipients", "received", "phrase"],
)
def test_hostile_mail_costs_little_and_never_raises(raw):
    reading = read(parse(raw))
    _ = reading.text, reading.links, reading.hidden_text
    begun = time.process_time()
    engine.signals(reading, Facts())
    assert time.process_time() - begun < 1.0


def test_random_bytes_never_raise():
    rng = random.Random(7)
    for case in ALL:
        raw = bytearray(case.raw)
        for _ in range(30):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        answer(bytes(raw), case.facts)
