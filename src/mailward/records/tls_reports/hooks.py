# SPDX-License-Identifier: Apache-2.0
"""Where the pipeline meets tls_reports."""

from mailward.records.tls_reports.settings import TlsReportsSettings
from mailward.contract.check import View
from mailward.contract.finding import Clear, Finding, Skipped


def examine(view: View, settings: TlsReportsSettings) -> Finding:
    """Judge one mail. Pure and quick: everything slow has happened before."""
    if not settings.enabled:
        return Skipped("switched off")
    if not view.examination.content.senders:
        return Skipped("the mail names no sender")
    return Clear()
