# SPDX-License-Identifier: Apache-2.0
"""Bring clamd's answer into the examination, where the finding is made from."""

import msgspec

from mailward.checks.virus.settings import VirusSettings
from mailward.contract.check import Examination
from mailward.contract.feature import Settings
from mailward.contract.finding import CAUGHT_AT, Reason, Threat
from mailward.egress.clamd import ClamdAnswer, ClamdClient, Outcome
from mailward.egress.door import Door, EngineScan, SwitchedOff

__all__ = ["Clamd", "merge_clamd", "with_clamd"]

FEATURE_NAME = "virus"

_KNOWN_MALWARE = 2 * CAUGHT_AT
"""Points for a match of a signature of known malware."""

_UNWANTED = 0.8 * CAUGHT_AT
"""Points for programs that are unwanted rather than harmful (PUA), which alone catch nothing."""

_LOCKED = 1.5
"""Points for what clamd cannot look into because it is encrypted."""


class Clamd:
    """clamd behind the one door out."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def scan(self, raw: bytes, settings: VirusSettings) -> ClamdAnswer:
        """What the clamd of these settings says. Raises `SwitchedOff` and `Undeclared` as the door does."""
        self._door.admit(FEATURE_NAME, EngineScan, destination=f"clamd at {settings.clamd}", size=len(raw))
        return await ClamdClient(settings.clamd, seconds=settings.clamd_seconds).scan(raw)


async def with_clamd(examination: Examination, raw: bytes, settings: Settings, clamd: Clamd) -> Examination:
    """The examination together with clamd's answer; unchanged where no clamd is configured, or the virus scan is
    off. `settings` are this room's."""
    assert isinstance(settings, VirusSettings)
    if not settings.clamd or not settings.enabled:
        return examination
    try:
        answer = await clamd.scan(raw, settings)
    except SwitchedOff:
        answer = ClamdAnswer(
            outcome=Outcome.TROUBLE, why="the mail is also for an organization that does not ask clamd"
        )
    return merge_clamd(examination, answer)


def merge_clamd(examination: Examination, answer: ClamdAnswer) -> Examination:
    """The examination with one more reason, or one more failure. A clean answer changes nothing."""
    if answer.outcome is Outcome.CLEAN:
        return examination
    if answer.outcome is Outcome.TROUBLE:
        failures = {**examination.failures, "clamd": _words(answer)}
        return msgspec.structs.replace(examination, failures=failures)
    known = examination.reasons.get(Threat.MALWARE, ())
    reasons = {**examination.reasons, Threat.MALWARE: (*known, _reason(answer.name))}
    return msgspec.structs.replace(examination, reasons=reasons)


def _words(answer: ClamdAnswer) -> str:
    if answer.limit:
        return f"limit=clamd_{answer.limit}: {answer.why}"
    return f"temporary: {answer.why}" if answer.temporary else answer.why


def _reason(name: str) -> Reason:
    if name.startswith("Heuristics.Encrypted"):
        return Reason(
            id="clamd_encrypted",
            text="clamd could not look into a part that is encrypted.",
            weight=_LOCKED,
            evidence=name,
            place="mail",
        )
    if name.startswith("PUA."):
        return Reason(
            id="clamd_unwanted",
            text="clamd found a program that many people do not want.",
            weight=_UNWANTED,
            evidence=name,
            place="mail",
        )
    return Reason(
        id="clamd_found",
        text="clamd knows this as malware.",
        weight=_KNOWN_MALWARE,
        evidence=name,
        place="mail",
    )
