# SPDX-License-Identifier: Apache-2.0
"""The door of the room: count sessions, and know the addresses that reports come from and to."""

from collections.abc import Mapping, Sequence

import asyncpg

from mailward.contract.feature import Settings
from mailward.contract.taking import Taking
from mailward.records.tls_reports.counting import TlsSession, TlsSessions
from mailward.records.tls_reports.desk import NotAReport, TlsReports
from mailward.records.tls_reports.sending import sender_of
from mailward.records.tls_reports.settings import TlsReportsSettings

__all__ = [
    "FEATURE_NAME",
    "NotAReport",
    "TlsReports",
    "TlsSession",
    "TlsSessions",
    "comes_from_us",
    "report_address",
    "sends",
    "taking",
]

FEATURE_NAME = "tls_reports"


async def report_address(connection: asyncpg.Connection) -> str:
    """Where reports about the domains of an organization come to; empty if nowhere."""
    settings = await connection.fetchval("SELECT settings FROM feature_settings WHERE feature = $1", FEATURE_NAME)
    return str((settings or {}).get("report_address", ""))


def sends(settings: Mapping[str, Settings]) -> bool:
    """Whether an organization with these settings sends reports; only then its sessions are counted."""
    return _own(settings).send


def comes_from_us(settings: Mapping[str, Settings], domains: Sequence[str], sender: str) -> bool:
    """Whether a mail is one of our reports: those go out however badly the session is encrypted, since that is
    what they tell of (RFC 8460, 3)."""
    own = _own(settings)
    return own.send and bool(sender) and sender == sender_of(own, domains)


def taking(settings: Mapping[str, Settings], recipient: str) -> Taking:
    """Whether reports of others come to this address."""
    own = _own(settings)
    if not own.report_address or recipient.lower() != own.report_address.lower():
        return Taking.NOTHING
    return Taking.COPY if own.keep_copy else Taking.WHOLE


def _own(settings: Mapping[str, Settings]) -> TlsReportsSettings:
    own = settings[FEATURE_NAME]
    assert isinstance(own, TlsReportsSettings)
    return own
