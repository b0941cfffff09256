# SPDX-License-Identifier: Apache-2.0
"""Our own sessions as sums per day, which of them were reported, and the reports of others."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table
from mailward.records.tls_reports.settings import OUTCOME_DAYS, RETENTION_DAYS

TLS_OUTCOMES = table(
    "tls_outcomes",
    column("day", sa.Date, primary_key=True),
    column("key", sa.Text, primary_key=True),
    column("domain", sa.Text, item=DataItem.RECIPIENT_DOMAIN),
    column("policy_type", sa.Text),
    column("policy", sa.ARRAY(sa.Text)),
    column("mx", sa.ARRAY(sa.Text)),
    column("host", sa.Text),
    column("address", sa.Text, item=DataItem.RECIPIENT_IP),
    column("failure", sa.Text),
    column("why", sa.Text),
    column("sessions", sa.BigInteger),
    feature="tls_reports",
    retention_days=OUTCOME_DAYS,
)
"""`key` is a digest of all that follows but the number."""

TLS_REPORTS_SENT = table(
    "tls_reports_sent",
    column("day", sa.Date, primary_key=True),
    column("domain", sa.Text, primary_key=True, item=DataItem.RECIPIENT_DOMAIN),
    column("sent_to", sa.ARRAY(sa.Text), item=DataItem.RECIPIENT_ADDRESS),
    column("problems", sa.ARRAY(sa.Text)),
    column("sessions", sa.BigInteger),
    column("failures", sa.BigInteger),
    column("at", sa.DateTime(timezone=True)),
    feature="tls_reports",
    retention_days=OUTCOME_DAYS,
)

TLS_REPORTS = table(
    "tls_reports",
    column("id", sa.Uuid, primary_key=True),
    column("reporter", sa.Text),
    column("report_id", sa.Text),
    column("contact", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("begins_at", sa.DateTime(timezone=True)),
    column("ends_at", sa.DateTime(timezone=True)),
    column("received_at", sa.DateTime(timezone=True)),
    column("origin", sa.Text, item=DataItem.SENDER_ADDRESS),
    sa.UniqueConstraint("organization_id", "reporter", "report_id"),
    feature="tls_reports",
    retention_days=RETENTION_DAYS,
)

TLS_REPORT_ROWS = table(
    "tls_report_rows",
    column("report", sa.Uuid, primary_key=True),
    column("number", sa.Integer, primary_key=True),
    column("domain", sa.Text, item=DataItem.DOMAIN_NAME),
    column("policy_type", sa.Text),
    column("failure", sa.Text),
    column("host", sa.Text, item=DataItem.MAIL_SERVER),
    column("sending_address", sa.Text, item=DataItem.SENDER_IP),
    column("why", sa.Text),
    column("sessions", sa.BigInteger),
    column("ends_at", sa.DateTime(timezone=True)),
    feature="tls_reports",
    retention_days=RETENTION_DAYS,
)
"""`failure` is RFC 8460's name (4.3), empty for sessions that went well."""
