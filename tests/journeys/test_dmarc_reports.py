# SPDX-License-Identifier: Apache-2.0
"""A report about our domain, over real SMTP to an address without a mailbox, read by a confined worker and shown."""

import smtplib
from datetime import UTC, datetime, timedelta

import pytest

from dmarc_specimens import mail, report, row
from house import until

pytestmark = pytest.mark.xdist_group("journeys")

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


def test_a_report_comes_in_is_read_and_shown(gateway, sink):
    settings = {"report_address": "dmarc@example.test"}
    status, answer = gateway.api.request("PUT", "/api/v1/features/dmarc_reports/settings", settings)
    assert status == 200, answer
    raw = mail(report(YESTERDAY, row("192.0.2.44", 41), row("203.0.113.9", 1, dkim="fail", spf="fail")))
    until(lambda: _sent(gateway, raw), what="the new address")
    summary = until(
        lambda: (found := gateway.api.get("/api/v1/dmarc_reports/summary"))["now"]["mails"] and found, seconds=60
    )
    assert (summary["now"]["mails"], summary["now"]["passed"]) == (42, 41)
    (kept,) = gateway.api.get("/api/v1/dmarc_reports/received")["items"]
    message = gateway.api.get("/api/v1/messages?q=status:read")["items"][0]
    assert message["recipient"] == "dmarc@example.test"
    assert kept["reporter"] == "Reporter"
    assert sink.for_recipient("dmarc@example.test") == []


def _sent(gateway, raw):
    """Whether the gateway took it: the change of settings reaches the SMTP process in a moment."""
    try:
        return gateway.send(raw, sender="noreply@reporter.test", to=("dmarc@example.test",))
    except smtplib.SMTPRecipientsRefused:
        return ""
