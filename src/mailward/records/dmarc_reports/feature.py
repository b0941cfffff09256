# SPDX-License-Identifier: Apache-2.0
"""The manifest of dmarc_reports."""

from mailward.records.dmarc_reports.hooks import examine
from mailward.records.dmarc_reports.settings import DmarcReportsSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="dmarc_reports",
    room="records.dmarc_reports",
    title="DmarcReports",
    console="Inbound > DmarcReports",
    settings=DmarcReportsSettings,
    examine=examine,
    disclosure=Disclosure(
        does="Say what this feature does, in words that the people whose mail it is understand.",
        disabling_costs="Say what is lost when it is switched off.",
        removed=Removal.NEVER_KEPT,
    ),
)
