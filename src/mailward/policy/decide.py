# SPDX-License-Identifier: Apache-2.0
"""From findings to one decision, with the receipt of why. Arithmetic only; nothing here waits or looks up."""

from collections.abc import Mapping, Sequence

from mailward.contract.decision import Decision, Edits, Receipt, RuleMatch
from mailward.contract.finding import Finding, Skipped, Verdict
from mailward.policy.rules import NO_RULE, UNEXAMINED, Rule
from mailward.policy.verdict import Judgement, judge


def decide(findings: Mapping[str, Finding], rules: Sequence[Rule]) -> Decision:
    """The decision for one recipient: the first enabled rule whose verdicts hold wins. Where no check looked at
    the mail at all, no rule applies."""
    if findings and all(isinstance(finding, Skipped) for finding in findings.values()):
        return Decision(
            intercept=UNEXAMINED.intercept,
            verdict=Verdict.CLEAN,
            score=0.0,
            receipt=Receipt(winner=UNEXAMINED.name, findings=dict(findings)),
        )
    judgement = judge(findings)
    matched = [rule for rule in rules if rule.enabled and judgement.verdict in rule.verdicts]
    winner = matched[0] if matched else NO_RULE
    return Decision(
        intercept=winner.intercept,
        verdict=judgement.verdict,
        score=judgement.score,
        edits=Edits(subject_tag=winner.subject_tag, stamp=_stamp(winner, judgement)),
        receipt=Receipt(
            winner=winner.name,
            matched=tuple(
                RuleMatch(rule=rule.name, intercept=rule.intercept, why=f"the verdict is {judgement.verdict}")
                for rule in matched
            ),
            findings=dict(findings),
        ),
    )


def _stamp(rule: Rule, judgement: Judgement) -> str:
    if not rule.stamp:
        return ""
    strongest = max(judgement.reasons, key=lambda reason: reason.weight, default=None)
    return rule.stamp.replace("{reason}", strongest.text if strongest else "")
