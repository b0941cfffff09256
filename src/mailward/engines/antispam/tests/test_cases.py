# SPDX-License-Identifier: Apache-2.0
"""Every case speaks as expected, every signal has a case, and ordinary mail in ten languages stays clean."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cases import cases

from mailward.contract.finding import CAUGHT_AT, Threat, points
from mailward.engines.antispam import engine


def caught(case):
    answer = engine.signals(case.reading(), case.facts)
    return {threat for threat, reasons in answer.items() if points(reasons) >= CAUGHT_AT}, answer


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_expected_signals_speak(case):
    assert set(case.expected) <= case.spoken()


@pytest.mark.parametrize("case", cases("clean"), ids=lambda case: case.name)
def test_ordinary_mail_is_clean(case):
    found, answer = caught(case)
    assert not found, {threat: answer[threat] for threat in found}


@pytest.mark.parametrize("case", cases("clean"), ids=lambda case: case.name)
def test_ordinary_mail_keeps_its_distance(case):
    _, answer = caught(case)
    worst = max((points(reasons) for threat, reasons in answer.items() if threat is not Threat.GRAYMAIL), default=0)
    assert worst <= CAUGHT_AT - 1


@pytest.mark.parametrize("case", cases("graymail"), ids=lambda case: case.name)
def test_newsletters_and_notices_are_graymail_and_nothing_worse(case):
    found, answer = caught(case)
    assert found == {Threat.GRAYMAIL}, answer


def test_every_signal_has_a_case():
    expected = {name for case in cases() for name in case.expected}
    assert {signal.id for signal in engine.SIGNALS} == expected
