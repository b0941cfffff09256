# SPDX-License-Identifier: Apache-2.0
"""The finding: the engine's reasons of this class, weighed at the chosen level."""

from mailward.checks.graymail.settings import GraymailSettings
from mailward.contract.check import View
from mailward.contract.finding import Finding, Threat
from mailward.engines.antispam.service import weigh


def examine(view: View, settings: GraymailSettings) -> Finding:
    """`Hit` at the level's points or above; `Failed` if the engine could not answer."""
    return weigh(view, Threat.GRAYMAIL, enabled=settings.enabled, level=settings.level)
