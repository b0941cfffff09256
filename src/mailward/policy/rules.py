# SPDX-License-Identifier: Apache-2.0
"""A rule: when a mail was judged so, do this. The default rules stand here; an organization may change its own."""

import msgspec

from mailward.contract.decision import Intercept
from mailward.contract.envelope import Direction
from mailward.contract.finding import Verdict


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of an organization, applied in the order of the list.

    It applies to mail of its `direction` when the verdict is one of `verdicts`. `intercept` is its one
    terminal action; the others modify the recipient's copy. `stamp` may hold "{reason}", the strongest
    reason in words.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    intercept: Intercept
    direction: Direction = Direction.IN
    subject_tag: str = ""
    stamp: str = ""
    enabled: bool = True


NO_RULE = Rule(name="No rule: delivered", verdicts=tuple(Verdict), intercept=Intercept.DELIVER)
"""What happens when no rule applies."""

UNEXAMINED = Rule(name="Not examined: all checks are off", verdicts=(), intercept=Intercept.DELIVER)
"""What happens to a mail that no check looked at. Its verdict is clean, since nobody found anything."""

DEFAULT_RULES = (
    Rule(name="Malware", verdicts=(Verdict.MALWARE,), intercept=Intercept.QUARANTINE),
    Rule(
        name="Phishing and social engineering",
        verdicts=(Verdict.PHISHING, Verdict.SOCIAL_ENGINEERING),
        intercept=Intercept.QUARANTINE,
    ),
    Rule(name="Web reputation", verdicts=(Verdict.WEB_REPUTATION,), intercept=Intercept.QUARANTINE),
    Rule(name="Business e-mail compromise", verdicts=(Verdict.BEC,), intercept=Intercept.QUARANTINE),
    Rule(name="Spam", verdicts=(Verdict.SPAM,), intercept=Intercept.QUARANTINE),
    Rule(name="Could not be scanned", verdicts=(Verdict.UNSCANNABLE,), intercept=Intercept.QUARANTINE),
    Rule(name="Graymail", verdicts=(Verdict.GRAYMAIL,), intercept=Intercept.DELIVER, subject_tag="[Bulk]"),
    Rule(name="Outbound malware", direction=Direction.OUT, verdicts=(Verdict.MALWARE,), intercept=Intercept.QUARANTINE),
    Rule(
        name="Outbound phishing",
        direction=Direction.OUT,
        verdicts=(Verdict.PHISHING, Verdict.SOCIAL_ENGINEERING, Verdict.BEC, Verdict.WEB_REPUTATION),
        intercept=Intercept.QUARANTINE,
    ),
    Rule(name="Outbound spam", direction=Direction.OUT, verdicts=(Verdict.SPAM,), intercept=Intercept.QUARANTINE),
    Rule(
        name="Outbound, could not be scanned",
        direction=Direction.OUT,
        verdicts=(Verdict.UNSCANNABLE,),
        intercept=Intercept.QUARANTINE,
    ),
)
