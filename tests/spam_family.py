# SPDX-License-Identifier: Apache-2.0
"""What every room of the spam family must do: each subclasses `SpamFamily`, names itself and brings two mails.

`cases/hit.eml` is caught at the default level, `cases/miss.eml` is not.
"""

from pathlib import Path

import pytest

from mailward.contract.check import Examination, Facts, HighProfileUser, View
from mailward.contract.finding import Clear, Failed, Hit, Reason, Skipped
from mailward.engines.antispam.engine import signals
from mailward.engines.antispam.service import BAR, Level
from mailward.message import parse
from mailward.message.content import read

FACTS = Facts(
    own_domains=("example.test",),
    high_profile_users=(HighProfileUser("Dana Whitfield", ("dana.whitfield@example.test",)),),
)


class SpamFamily:
    """A mail that is caught, one that is not, one that could not be judged, and the switch."""

    feature = None
    threat = None
    cases: Path

    def examine(self, view, **changed):
        return self.feature.examine(view, self.feature.settings(**changed))

    def mail(self, name):
        reasons = signals(read(parse((self.cases / f"{name}.eml").read_bytes())), FACTS)
        return View(facts=FACTS, examination=Examination(reasons=reasons))

    def weighing(self, points):
        reason = Reason(id="r", text="It is so.", weight=points)
        return View(facts=FACTS, examination=Examination(reasons={self.threat: (reason,)}))

    def failing(self, **failures):
        return View(facts=FACTS, examination=Examination(failures=failures))

    def test_hit(self):
        finding = self.examine(self.mail("hit"))
        assert isinstance(finding, Hit)
        assert finding.threat is self.threat
        assert finding.score >= BAR[Level.MODERATELY_LOW]

    def test_miss(self):
        assert isinstance(self.examine(self.mail("miss")), Clear)

    def test_an_engine_that_broke_is_never_clear(self):
        assert self.examine(self.failing(antispam="the engine broke")) == Failed("the engine broke")

    def test_the_failure_of_another_engine_is_not_ours(self):
        assert self.examine(self.failing(antivirus="x")) == Clear()

    def test_switched_off_it_does_nothing(self):
        assert self.examine(self.mail("hit"), enabled=False) == Skipped("switched off")

    @pytest.mark.parametrize(("level", "bar"), BAR.items())
    def test_each_level_catches_at_its_bar(self, level, bar):
        assert isinstance(self.examine(self.weighing(bar), level=level), Hit)
        assert isinstance(self.examine(self.weighing(bar - 0.1), level=level), Clear)

    def test_the_levels_grow_more_aggressive(self):
        assert list(BAR.values()) == sorted(BAR.values(), reverse=True)

    def test_it_sends_nothing(self):
        assert not self.feature.disclosure.sends
