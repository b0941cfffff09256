# SPDX-License-Identifier: Apache-2.0
"""The door of the room: count what can be reported, know the addresses that reports come to, read them."""

from collections.abc import Mapping

from mailward.contract.feature import Settings
from mailward.contract.finding import Verdict
from mailward.contract.taking import Taking
from mailward.records.dmarc_reports.counting import Counter
from mailward.records.dmarc_reports.desk import DmarcReports, keep_all
from mailward.records.dmarc_reports.reading.read import read_file as read_reports
from mailward.records.dmarc_reports.sending.plan import plan_day
from mailward.records.dmarc_reports.sending.returns import token_of
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.records.dmarc_reports.shapes import MAX_UPLOAD, DmarcSourceList, ImportOutcome, SendingPlan

__all__ = [
    "CLEAN", "MAX_UPLOAD", "Counter", "DmarcReports", "DmarcReportsSettings", "DmarcSourceList", "ImportOutcome",
    "SendingPlan", "Taking", "keep_all", "plan_day", "read_reports", "sends", "taking",
]  # fmt: skip

FEATURE_NAME = "dmarc_reports"

CLEAN = frozenset({Verdict.CLEAN, Verdict.GRAYMAIL})
"""Verdicts that speak for the domain that sent the mail."""


def taking(settings: Mapping[str, Settings], recipient: str) -> Taking:
    """Whether reports come to this address, or what could not be delivered of ours comes back to it."""
    own = settings[FEATURE_NAME]
    assert isinstance(own, DmarcReportsSettings)
    if own.report_address and recipient.lower() == own.report_address.lower():
        return Taking.COPY if own.keep_copy else Taking.WHOLE
    if own.send and token_of(own.sender, recipient):
        return Taking.WHOLE
    return Taking.NOTHING


def sends(settings: Mapping[str, Settings]) -> bool:
    """Whether an organization with these settings sends reports."""
    own = settings[FEATURE_NAME]
    assert isinstance(own, DmarcReportsSettings)
    return own.send
