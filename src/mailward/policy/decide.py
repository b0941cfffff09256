# SPDX-License-Identifier: Apache-2.0
"""From findings to one decision, with the receipt of why. Arithmetic only; nothing here waits or looks up."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from mailward.contract.check import View
from mailward.contract.decision import Action, Decision, Edits, Intercept, Receipt, RuleMatch, Ruling
from mailward.contract.feature import Feature, Settings
from mailward.contract.finding import Failed, Finding, Skipped, Verdict
from mailward.contract.reply import PermFail, Refused, TempFail
from mailward.policy.rules import NO_RULE, UNEXAMINED, Rule
from mailward.policy.verdict import Judgement, judge

_STRENGTH = {intercept: rank for rank, intercept in enumerate(Intercept)}
_INTERCEPTS = {
    Action.DELETE: Intercept.DELETE,
    Action.QUARANTINE: Intercept.QUARANTINE,
    Action.REJECT: Intercept.QUARANTINE,
    Action.DEFER: Intercept.QUARANTINE,
}
"""What becomes of one copy. A mail that other recipients take cannot be refused for this one: it is held."""


def ask(checks: Iterable[Feature], view: View, settings: Mapping[str, Settings]) -> dict[str, Finding]:
    """Every check's answer. A check that breaks has failed; it has not passed."""
    findings: dict[str, Finding] = {}
    for feature in checks:
        assert feature.examine is not None
        try:
            findings[feature.name] = feature.examine(view, settings[feature.name])
        except Exception as exc:  # noqa: BLE001 - the four outcomes have no fifth
            findings[feature.name] = Failed(f"the check broke ({type(exc).__name__})")
    return findings


def decide(findings: Mapping[str, Finding], rules: Sequence[Rule], rulings: Sequence[Ruling] = ()) -> Decision:
    """The decision for one recipient: the first enabled rule whose verdicts hold, or an order of a check's
    own rule (`rulings`) if that is stronger. Of equals the check's rule wins, since it was asked first. Where
    no check looked at the mail at all, no rule applies."""
    if not rulings and findings and all(isinstance(finding, Skipped) for finding in findings.values()):
        return Decision(
            intercept=UNEXAMINED.intercept,
            verdict=Verdict.CLEAN,
            score=0.0,
            receipt=Receipt(winner=UNEXAMINED.name, findings=dict(findings)),
        )
    judgement = judge(findings)
    ordered = [_match(ruling) for ruling in rulings]
    matched = [rule for rule in rules if rule.enabled and judgement.verdict in rule.verdicts]
    first = matched[0] if matched else NO_RULE
    by_verdict = RuleMatch(rule=first.name, intercept=first.intercept, why=f"the verdict is {judgement.verdict}")
    holding = [match for match in ordered if match.intercept is not Intercept.DELIVER]
    winner = min((*holding, by_verdict), key=lambda match: _STRENGTH[match.intercept])
    tags = (*(ruling.subject_tag for ruling in rulings), first.subject_tag)
    return Decision(
        intercept=winner.intercept,
        verdict=judgement.verdict,
        score=judgement.score,
        edits=Edits(subject_tag=" ".join(filter(None, tags)), stamp=_stamp(first, judgement)),
        receipt=Receipt(
            winner=winner.rule,
            matched=(
                *ordered,
                *(
                    RuleMatch(rule=rule.name, intercept=rule.intercept, why=f"the verdict is {judgement.verdict}")
                    for rule in matched
                ),
            ),
            findings=dict(findings),
        ),
    )


def refusal_of(rulings: Iterable[Sequence[Ruling]]) -> Refused | None:
    """The answer to the whole mail, given each recipient's rulings: it is refused if all of them refuse it,
    and only for now if one of them would take it later. None if somebody takes it."""
    refusing = [next((ruling for ruling in some if ruling.action in _REFUSING), None) for some in rulings]
    found = [ruling for ruling in refusing if ruling is not None]
    if not found or len(found) < len(refusing):
        return None
    for ruling in found:
        if ruling.action is Action.DEFER:
            return TempFail(451, f"4.{ruling.status}", f"{ruling.why}; please try again later")
    return PermFail(550, f"5.{found[0].status}", f"{found[0].why}; nothing was delivered")


def refusal_receipt(rulings: Sequence[Ruling]) -> Receipt:
    """Why a mail was refused for one recipient; nothing else was asked."""
    matched = tuple(
        msgspec.structs.replace(_match(ruling), why=ruling.why, intercept=Intercept.REJECT)
        if ruling.action in _REFUSING
        else _match(ruling)
        for ruling in rulings
    )
    return Receipt(winner=next(match.rule for match in matched if match.intercept is Intercept.REJECT), matched=matched)


_REFUSING = frozenset({Action.REJECT, Action.DEFER})


def _match(ruling: Ruling) -> RuleMatch:
    intercept = _INTERCEPTS.get(ruling.action, Intercept.DELIVER)
    why = ruling.why
    if ruling.action in _REFUSING:
        why += "; held, since it could not be refused for this recipient alone"
    return RuleMatch(rule=ruling.rule, intercept=intercept, why=why, check=ruling.check)


def _stamp(rule: Rule, judgement: Judgement) -> str:
    if not rule.stamp:
        return ""
    strongest = max(judgement.reasons, key=lambda reason: reason.weight, default=None)
    return rule.stamp.replace("{reason}", strongest.text if strongest else "")
