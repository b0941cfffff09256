# SPDX-License-Identifier: Apache-2.0
"""Where the pipeline meets mta_sts."""

from mailward.control.mta_sts.settings import MtaStsSettings
from mailward.contract.check import View
from mailward.contract.finding import Clear, Finding, Skipped


def examine(view: View, settings: MtaStsSettings) -> Finding:
    """Judge one mail. Pure and quick: everything slow has happened before."""
    if not settings.enabled:
        return Skipped("switched off")
    if not view.examination.content.senders:
        return Skipped("the mail names no sender")
    return Clear()
