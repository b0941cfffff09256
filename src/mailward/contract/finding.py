# SPDX-License-Identifier: Apache-2.0
"""What a check answers. Four outcomes and no fifth: an engine that broke never looks like a clean mail."""

from enum import StrEnum

import msgspec

CAUGHT_AT = 5.0
"""Points at which a class counts as caught. A class's points are the sum of its reasons' weights."""


class Threat(StrEnum):
    """The classes a mail can be caught for, the most harmful first: ties go to the earlier one."""

    MALWARE = "malware"
    PHISHING = "phishing"
    BEC = "bec"
    SOCIAL_ENGINEERING = "social_engineering"
    WEB_REPUTATION = "web_reputation"
    SPAM = "spam"
    GRAYMAIL = "graymail"


class Verdict(StrEnum):
    """The one word for a mail, as `mailward scan`, the API and the console say it."""

    CLEAN = "clean"
    SPAM = "spam"
    PHISHING = "phishing"
    BEC = "bec"
    GRAYMAIL = "graymail"
    SOCIAL_ENGINEERING = "social_engineering"
    WEB_REPUTATION = "web_reputation"
    MALWARE = "malware"
    UNSCANNABLE = "unscannable"


class Reason(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One named signal that spoke.

    `id` is stable, lower_snake ("link_text_differs"). `text` is a sentence for people. `weight` is in
    points and may be negative: it lowered the score. `evidence` quotes the mail (at most
    `MAX_EVIDENCE` characters); `place` says where ("header From", "body link 2", "attachment a.zip").
    """

    id: str
    text: str
    weight: float
    evidence: str = ""
    place: str = ""


MAX_EVIDENCE = 300


class Clear(msgspec.Struct, frozen=True, tag="clear"):
    """The check ran to its end and does not object. `reasons` may still hold points below the bar."""

    reasons: tuple[Reason, ...] = ()


class Hit(msgspec.Struct, frozen=True, tag="hit"):
    """The check objects; its points are the sum of the reasons' weights."""

    threat: Threat
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The points, rounded as they are shown."""
        return points(self.reasons)


class Skipped(msgspec.Struct, frozen=True, tag="skipped"):
    """The check did not run, on purpose: switched off, approved sender, not applicable."""

    why: str


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The check could not answer. What follows is the policy's written choice, never a pass.

    `why` is for people and names no internals; `limit` names the bound that was hit, if one was.
    """

    why: str
    temporary: bool = False
    limit: str = ""


Finding = Clear | Hit | Skipped | Failed


def points(reasons: tuple[Reason, ...]) -> float:
    """The sum of the weights, rounded to a tenth of a point as people see it."""
    return round(sum(reason.weight for reason in reasons), 1)
