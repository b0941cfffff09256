# SPDX-License-Identifier: Apache-2.0
"""One word, one score, reasons that add up."""

from hypothesis import given
from hypothesis import strategies as st

from mailward.contract.finding import Clear, Failed, Hit, Reason, Skipped, Threat, Verdict
from mailward.policy.verdict import NOT_KNOWN, judge, probability


def reason(weight: float, id_: str = "r") -> Reason:
    return Reason(id=id_, text="It is so.", weight=weight)


def test_nothing_found_is_clean():
    judgement = judge({"virus": Clear(), "spam": Clear(), "bec": Skipped("off")})
    assert judgement.verdict == Verdict.CLEAN
    assert judgement.score == 0
    assert judgement.reasons == ()
    assert set(judgement.probabilities) == set(Threat)


def test_clean_shows_the_class_that_came_nearest():
    judgement = judge({"spam": Clear((reason(1.0),)), "phishing": Clear((reason(3.2),))})
    assert judgement.verdict == Verdict.CLEAN
    assert judgement.score == 3.2


def test_most_points_win():
    judgement = judge({"spam": Hit(Threat.SPAM, (reason(9.0),)), "phishing": Hit(Threat.PHISHING, (reason(6.0),))})
    assert judgement.verdict == Verdict.SPAM
    assert judgement.score == 9.0


def test_of_equals_the_more_harmful_wins():
    judgement = judge({"spam": Hit(Threat.SPAM, (reason(6.0),)), "bec": Hit(Threat.BEC, (reason(6.0),))})
    assert judgement.verdict == Verdict.BEC


def test_malware_comes_before_all():
    judgement = judge({"virus": Hit(Threat.MALWARE, (reason(5.0),)), "spam": Hit(Threat.SPAM, (reason(50.0),))})
    assert judgement.verdict == Verdict.MALWARE
    assert judgement.score == 5.0


def test_a_failure_is_never_clean():
    judgement = judge({"virus": Failed("too many files", limit="archive_files"), "spam": Clear((reason(2.0),))})
    assert judgement.verdict == Verdict.UNSCANNABLE
    assert judgement.trouble == "too many files"
    assert judgement.probabilities[Threat.MALWARE] == NOT_KNOWN
    assert judgement.score == 2.0


def test_a_hit_stands_beside_a_failure():
    judgement = judge({"virus": Failed("broken"), "phishing": Hit(Threat.PHISHING, (reason(6.0),))})
    assert judgement.verdict == Verdict.PHISHING
    assert judgement.trouble == "broken"


def test_a_clear_check_without_a_class_counts_nowhere():
    assert judge({"authentication": Clear((reason(4.0),))}).score == 0


@given(st.lists(st.floats(-20, 20, allow_nan=False), max_size=30))
def test_weights_add_up_to_the_score(weights):
    judgement = judge({"spam": Hit(Threat.SPAM, tuple(map(reason, weights)))})
    assert round(sum(r.weight for r in judgement.reasons), 1) == judgement.score
    assert all(r.weight == round(r.weight, 1) for r in judgement.reasons)


def test_probability_runs_from_nothing_to_one():
    assert probability(5.0) == 0.5
    assert probability(-1e6) < 1e-9
    assert probability(1e6) == 1.0
    assert all(0 <= value <= 1 for value in judge({}).probabilities.values())
