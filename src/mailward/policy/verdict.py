# SPDX-License-Identifier: Apache-2.0
"""From what the checks found to one word, one score, and the reasons that add up to it.

The command line and the journey of a mail both judge here, so that they cannot disagree.
"""

import math
from collections.abc import Mapping

import msgspec

from mailward.contract.finding import CAUGHT_AT, Clear, Failed, Finding, Hit, Reason, Threat, Verdict, points

NOT_KNOWN = 0.5
"""The probability shown for a class whose check could not answer."""

_CLASS_OF = {"virus": Threat.MALWARE, **{str(threat): threat for threat in Threat if threat is not Threat.MALWARE}}
"""Which class a check speaks about, by the name of its room."""
_THREATS = tuple(Threat)
"""The most harmful first, so that of equals the more harmful wins."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """`score` is the points of the class that gave the verdict; for a clean mail, of the class that came
    nearest. The weights of `reasons`, in tenths of a point, add up to it exactly. `probabilities`, 0 to
    1, are of all classes. `trouble` says what could not be examined, and is set whenever a check
    failed, even if another one caught the mail."""

    verdict: Verdict
    score: float
    reasons: tuple[Reason, ...]
    probabilities: dict[Threat, float]
    trouble: str = ""


def judge(findings: Mapping[str, Finding]) -> Judgement:
    """The verdict over the findings of all checks, by the names of their rooms.

    Malware comes before all; among the others the most points win, and of equals the more harmful. A
    check that failed makes a mail unscannable unless another one caught it.
    """
    reasons = _by_class(findings)
    scores = {threat: points(found) if found else 0.0 for threat, found in reasons.items()}
    hits = {finding.threat for finding in findings.values() if isinstance(finding, Hit)}
    failed = [finding for finding in findings.values() if isinstance(finding, Failed)]
    if Threat.MALWARE in hits:
        verdict, shown = Verdict.MALWARE, Threat.MALWARE
    elif hits:
        shown = max((threat for threat in _THREATS if threat in hits), key=scores.__getitem__)
        verdict = Verdict(shown)
    else:
        verdict, shown = Verdict.UNSCANNABLE if failed else Verdict.CLEAN, max(_THREATS, key=scores.__getitem__)
    unknown = {_CLASS_OF.get(name) for name, finding in findings.items() if isinstance(finding, Failed)}
    return Judgement(
        verdict=verdict,
        score=float(scores[shown]),
        reasons=_in_tenths(reasons[shown]),
        probabilities={
            threat: NOT_KNOWN if threat in unknown and not reasons[threat] else round(probability(scores[threat]), 4)
            for threat in _THREATS
        },
        trouble="; ".join(dict.fromkeys(finding.why for finding in failed)),
    )


def probability(score: float) -> float:
    """Points as a number between 0 and 1, one half at the bar."""
    return 1 / (1 + math.exp(min(CAUGHT_AT - score, 700)))


def _by_class(findings: Mapping[str, Finding]) -> dict[Threat, tuple[Reason, ...]]:
    """The reasons of each class: a hit names its class, a clear check speaks about its own."""
    found: dict[Threat, tuple[Reason, ...]] = dict.fromkeys(_THREATS, ())
    for name, finding in findings.items():
        if isinstance(finding, Hit):
            found[finding.threat] += finding.reasons
        elif isinstance(finding, Clear) and name in _CLASS_OF:
            found[_CLASS_OF[name]] += finding.reasons
    return found


def _in_tenths(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Weights as people see them. What rounding lost or won goes to the heaviest, so that they add up;
    reasons that round to nothing are left out. The heaviest comes first."""
    if not reasons:
        return ()
    ordered = sorted(reasons, key=lambda reason: -abs(reason.weight))
    tenths = [round(reason.weight * 10) for reason in ordered]
    tenths[0] += round(points(reasons) * 10) - sum(tenths)
    return tuple(
        msgspec.structs.replace(reason, weight=weight / 10)
        for reason, weight in zip(ordered, tenths, strict=True)
        if weight
    )
