# SPDX-License-Identifier: Apache-2.0
"""A mail that is caught, one that is not, one that could not be judged, and the switch."""

from pathlib import Path

import pytest

from mailward.checks.spam.feature import FEATURE
from mailward.checks.spam.hooks import examine
from mailward.checks.spam.settings import SpamSettings
from mailward.contract.check import Examination, Facts, HighProfileUser, View
from mailward.contract.finding import Clear, Failed, Hit, Reason, Skipped, Threat
from mailward.engines.antispam.engine import signals
from mailward.engines.antispam.service import BAR, Level
from mailward.message import parse
from mailward.message.content import read

CASES = Path(__file__).parent / "cases"
FACTS = Facts(
    own_domains=("example.test",),
    high_profile_users=(HighProfileUser("Dana Whitfield", ("dana.whitfield@example.test",)),),
)


def view(name):
    reasons = signals(read(parse((CASES / f"{name}.eml").read_bytes())), FACTS)
    return View(facts=FACTS, examination=Examination(reasons=reasons))


def weighing(points):
    reason = Reason(id="r", text="It is so.", weight=points)
    return View(facts=FACTS, examination=Examination(reasons={Threat.SPAM: (reason,)}))


def test_hit():
    finding = examine(view("hit"), SpamSettings())
    assert isinstance(finding, Hit)
    assert finding.threat is Threat.SPAM
    assert finding.score >= BAR[Level.MODERATELY_LOW]


def test_miss():
    assert isinstance(examine(view("miss"), SpamSettings()), Clear)


def test_an_engine_that_broke_is_never_clear():
    broken = View(facts=FACTS, examination=Examination(failures={"antispam": "the engine antispam broke"}))
    assert examine(broken, SpamSettings()) == Failed("the engine antispam broke")


def test_the_failure_of_another_engine_is_not_ours():
    other = View(facts=FACTS, examination=Examination(failures={"antivirus": "x"}))
    assert examine(other, SpamSettings()) == Clear()


def test_switched_off_it_does_nothing():
    assert examine(view("hit"), SpamSettings(enabled=False)) == Skipped("switched off")


@pytest.mark.parametrize(("level", "bar"), BAR.items())
def test_each_level_catches_at_its_bar(level, bar):
    settings = SpamSettings(level=level)
    assert isinstance(examine(weighing(bar), settings), Hit)
    assert isinstance(examine(weighing(bar - 0.1), settings), Clear)


def test_the_levels_grow_more_aggressive():
    assert list(BAR.values()) == sorted(BAR.values(), reverse=True)


def test_the_manifest():
    assert FEATURE.examine is examine
    assert FEATURE.settings is SpamSettings
    assert not FEATURE.disclosure.sends
