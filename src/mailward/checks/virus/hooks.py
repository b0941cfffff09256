# SPDX-License-Identifier: Apache-2.0
"""The finding: the malware reasons of the examination, weighed. No answer of an engine is no pass."""

from mailward.checks.virus.settings import VirusSettings
from mailward.contract.check import View
from mailward.contract.finding import CAUGHT_AT, Clear, Failed, Finding, Hit, Skipped, Threat, points

ENGINES = ("antivirus", "clamd")
"""The engines whose failures are ours, by their names in `Examination.failures`."""

_TEMPORARY = "temporary: "
_LIMIT = "limit="


def examine(view: View, settings: VirusSettings) -> Finding:
    """`Skipped` if switched off, `Hit` if the reasons reach the bar, else `Failed` if an engine could not answer,
    else `Clear`."""
    if not settings.enabled:
        return Skipped("switched off")
    examination = view.examination
    reasons = examination.reasons.get(Threat.MALWARE, ())
    if points(reasons) >= CAUGHT_AT:
        return Hit(Threat.MALWARE, reasons)
    for engine in ENGINES:
        if engine in examination.failures:
            return _failed(examination.failures[engine])
    return Clear(reasons)


def _failed(why: str) -> Failed:
    """The words of a failure, without the marks that engines put before them."""
    if why.startswith(_TEMPORARY):
        return Failed(why.removeprefix(_TEMPORARY), temporary=True)
    if why.startswith(_LIMIT):
        limit, _, words = why.removeprefix(_LIMIT).partition(": ")
        return Failed(words or limit, limit=limit)
    return Failed(why)
