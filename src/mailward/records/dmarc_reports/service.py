# SPDX-License-Identifier: Apache-2.0
"""The door of the room: count what can be reported, know the addresses that reports come to, read them."""

from collections.abc import Mapping

from mailward.contract.feature import Settings
from mailward.contract.finding import Verdict
from mailward.records.dmarc_reports.counting import Counter
from mailward.records.dmarc_reports.settings import DmarcReportsSettings

__all__ = ["CLEAN", "Counter", "DmarcReportsSettings", "sends"]

FEATURE_NAME = "dmarc_reports"

CLEAN = frozenset({Verdict.CLEAN, Verdict.GRAYMAIL})
"""Verdicts that speak for the domain that sent the mail."""


def sends(settings: Mapping[str, Settings]) -> bool:
    """Whether an organization with these settings sends reports."""
    own = settings[FEATURE_NAME]
    assert isinstance(own, DmarcReportsSettings)
    return own.send
