# SPDX-License-Identifier: Apache-2.0
"""The manifest of tls_reports."""

from mailward.records.tls_reports.hooks import examine
from mailward.records.tls_reports.settings import TlsReportsSettings
from mailward.contract.disclosure import Disclosure, Removal
from mailward.contract.feature import Feature

FEATURE = Feature(
    name="tls_reports",
    room="records.tls_reports",
    title="TlsReports",
    console="Inbound > TlsReports",
    settings=TlsReportsSettings,
    examine=examine,
    disclosure=Disclosure(
        does="Say what this feature does, in words that the people whose mail it is understand.",
        disabling_costs="Say what is lost when it is switched off.",
        removed=Removal.NEVER_KEPT,
    ),
)
