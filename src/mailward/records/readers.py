# SPDX-License-Identifier: Apache-2.0
"""Mail that Mailward reads itself: reports that come to addresses which a room was given for them."""

from collections.abc import Mapping

from mailward.contract.feature import Settings
from mailward.contract.taking import Taking
from mailward.records.dmarc_reports import service as dmarc_reports
from mailward.records.tls_reports import service as tls_reports

__all__ = ["Taking", "reader"]

_READERS = {dmarc_reports.FEATURE_NAME: dmarc_reports.taking, tls_reports.FEATURE_NAME: tls_reports.taking}
"""Rooms that read mail to addresses of their own."""


def reader(settings: Mapping[str, Settings], recipient: str) -> tuple[str, Taking]:
    """The room that reads mail to this address, and how much of it."""
    for room, taking in _READERS.items():
        if (taken := taking(settings, recipient)) is not Taking.NOTHING:
            return room, taken
    return "", Taking.NOTHING
