# SPDX-License-Identifier: Apache-2.0
"""The finding, and how clamd's answer gets into it."""

import pytest

from mailward.checks.virus.feature import FEATURE
from mailward.checks.virus.hooks import examine
from mailward.checks.virus.service import Clamd, merge_clamd, with_clamd
from mailward.checks.virus.settings import VirusSettings
from mailward.contract.check import Examination, Facts, View
from mailward.contract.finding import Clear, Failed, Hit, Reason, Threat
from mailward.egress.clamd import ClamdAnswer, Outcome
from mailward.egress.door import EngineScan, SwitchedOff, items_of


def reason(weight: float) -> Reason:
    return Reason(id="r", text="It is so.", weight=weight)


def find(**parts):
    view = View(facts=Facts(), examination=Examination(**parts))
    return examine(view, VirusSettings())


def test_nothing_is_clear():
    assert find() == Clear()


def test_below_the_bar_is_clear_and_keeps_its_reasons():
    assert find(reasons={Threat.MALWARE: (reason(4.9),)}) == Clear((reason(4.9),))


def test_at_the_bar_is_a_hit():
    assert find(reasons={Threat.MALWARE: (reason(2.5), reason(2.5))}).score == 5.0


def test_other_classes_are_not_ours():
    assert find(reasons={Threat.SPAM: (reason(9.0),)}, failures={"antispam": "broken"}) == Clear()


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        ("limit=archive_files: more than 353 files", Failed("more than 353 files", limit="archive_files")),
        ("temporary: clamd is away", Failed("clamd is away", temporary=True)),
        ("the engine broke", Failed("the engine broke")),
    ],
)
def test_a_failure_is_never_clear(words, finding):
    for engine in ("antivirus", "clamd"):
        assert find(failures={engine: words}, reasons={Threat.MALWARE: (reason(1.0),)}) == finding


def test_a_hit_is_a_hit_even_if_not_all_was_seen():
    finding = find(failures={"antivirus": "limit=time: x"}, reasons={Threat.MALWARE: (reason(8.0),)})
    assert finding == Hit(Threat.MALWARE, (reason(8.0),))


def test_clamd_found():
    merged = merge_clamd(
        Examination(reasons={Threat.MALWARE: (reason(1.0),)}), ClamdAnswer(outcome=Outcome.FOUND, name="Win.Test")
    )
    assert [r.id for r in merged.reasons[Threat.MALWARE]] == ["r", "clamd_found"]
    assert merged.reasons[Threat.MALWARE][1].evidence == "Win.Test"
    assert isinstance(examine(View(facts=Facts(), examination=merged), VirusSettings()), Hit)


@pytest.mark.parametrize("name", ["PUA.Win.Tool", "Heuristics.Encrypted.Zip"])
def test_clamd_suspects(name):
    merged = merge_clamd(Examination(), ClamdAnswer(outcome=Outcome.FOUND, name=name))
    assert isinstance(examine(View(facts=Facts(), examination=merged), VirusSettings()), Clear)
    assert merged.reasons[Threat.MALWARE][0].weight > 0


def test_clamd_clean_changes_nothing():
    before = Examination(failures={"antivirus": "x"})
    assert merge_clamd(before, ClamdAnswer(outcome=Outcome.CLEAN)) is before


@pytest.mark.parametrize(
    ("answer", "temporary", "limit"),
    [
        (ClamdAnswer(outcome=Outcome.TROUBLE, why="away", temporary=True), True, ""),
        (
            ClamdAnswer(outcome=Outcome.TROUBLE, why="too large", limit="StreamMaxLength"),
            False,
            "clamd_StreamMaxLength",
        ),
    ],
)
def test_clamd_in_trouble_is_a_failure(answer, temporary, limit):
    merged = merge_clamd(Examination(), answer)
    assert examine(View(facts=Facts(), examination=merged), VirusSettings()) == Failed(
        answer.why, temporary=temporary, limit=limit
    )


class CountingDoor:
    def __init__(self, refuse: Exception | None = None) -> None:
        self.admitted: list[tuple] = []
        self._refuse = refuse

    def admit(self, feature, request, *, destination, size):
        if self._refuse:
            raise self._refuse
        self.admitted.append((feature, request, destination, size))


async def test_nobody_is_asked_unless_configured():
    door = CountingDoor()
    before = Examination()
    assert await with_clamd(before, b"x", VirusSettings(), Clamd(door)) is before
    assert door.admitted == []


async def test_the_door_is_passed():
    door = CountingDoor()
    settings = VirusSettings(clamd="/nonexistent/clamd")
    merged = await with_clamd(Examination(), b"mail", settings, Clamd(door))
    assert door.admitted == [("virus", EngineScan, "clamd at /nonexistent/clamd", 4)]
    assert merged.failures["clamd"].startswith("temporary: clamd cannot be reached")


async def test_what_may_not_leave_is_not_clean():
    door = CountingDoor(SwitchedOff("virus"))
    merged = await with_clamd(Examination(), b"mail", VirusSettings(clamd="/x/y"), Clamd(door))
    assert "clamd" in merged.failures


def test_what_is_sent_is_declared():
    assert FEATURE.disclosure.permits(items_of(EngineScan))
