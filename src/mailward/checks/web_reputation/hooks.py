# SPDX-License-Identifier: Apache-2.0
"""The finding: are the reasons enough, and if not, was everything tested?"""

from mailward.checks.web_reputation.judging import UNTESTED, reasons
from mailward.checks.web_reputation.settings import Untested, WebReputationSettings
from mailward.contract.check import View
from mailward.contract.finding import CAUGHT_AT, Clear, Failed, Finding, Hit, Skipped, Threat, points
from mailward.engines.web_reputation.rating import NAME


def examine(view: View, settings: WebReputationSettings) -> Finding:
    """`Skipped` if switched off; `Failed` if the engine could not answer, or if an address is untested and the
    organization wants that to count; `Hit` if an address is bad; else `Clear`, with what stayed untested."""
    if not settings.enabled:
        return Skipped("switched off")
    if NAME in view.examination.failures:
        return Failed(view.examination.failures[NAME])
    found = reasons(view.examination.web_addresses, settings)
    if points(found) >= CAUGHT_AT:
        return Hit(Threat.WEB_REPUTATION, found)
    untested = [reason for reason in found if reason.id == UNTESTED]
    if untested and settings.untested is Untested.FAIL:
        return Failed(f"a web address could not be tested: {untested[0].evidence}", limit="web_addresses")
    return Clear(found)
