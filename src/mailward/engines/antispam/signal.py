# SPDX-License-Identifier: Apache-2.0
"""What a signal is: declared once, with the sentence people read and the weight per class of threat."""

from collections.abc import Callable

import msgspec

from mailward.contract.finding import MAX_EVIDENCE, Reason, Threat
from mailward.engines.antispam.survey import Survey


class Seen(msgspec.Struct, frozen=True):
    """What a signal saw: words of the mail, and where they stand."""

    evidence: str = ""
    place: str = ""


Look = Callable[[Survey], Seen | None]
"""Looks at one mail; None if there is nothing to say."""


class Signal(msgspec.Struct, frozen=True):
    """One named signal. `text` is a sentence for people; a negative weight speaks for the mail."""

    id: str
    text: str
    look: Look
    weights: dict[Threat, float]

    def reason(self, threat: Threat, seen: Seen) -> Reason:
        """What this signal says for one class."""
        return Reason(
            id=self.id,
            text=self.text,
            weight=self.weights[threat],
            evidence=seen.evidence[:MAX_EVIDENCE],
            place=seen.place,
        )


def signal(name: str, look: Look, *, text: str, **weights: float) -> Signal:
    """Declare a signal: `signal("reply_to_differs", look, phishing=0.5, text="Answers go elsewhere.")`."""
    return Signal(name, text, look, {Threat(threat): weight for threat, weight in weights.items()})
