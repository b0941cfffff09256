# SPDX-License-Identifier: Apache-2.0
"""Counts of others' mail and the reports made of them; reports about our domains, their rows and sources."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import INET, JSONB

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table
from mailward.records.dmarc_reports.settings import RETENTION_DAYS, TALLY_DAYS

_FEATURE = "dmarc_reports"

DMARC_TALLIES = table(
    "dmarc_tallies",
    column("day", sa.Date, primary_key=True),
    column("policy_domain", sa.Text, primary_key=True, item=DataItem.SENDER_DOMAIN),
    column("digest", sa.LargeBinary, primary_key=True),
    column("count", sa.BigInteger),
    column("source_ip", INET, item=DataItem.SENDER_IP),
    column("header_from", sa.Text, item=DataItem.SENDER_DOMAIN),
    column("envelope_from", sa.Text, item=DataItem.SENDER_DOMAIN),
    column("envelope_to", sa.Text, item=DataItem.DOMAIN_NAME),
    column("evaluated", JSONB, item=DataItem.AUTHENTICATION_DOMAIN),
    feature=_FEATURE,
    retention_days=TALLY_DAYS,
)

DMARC_POLICY_DOMAINS = table(
    "dmarc_policy_domains",
    column("day", sa.Date, primary_key=True),
    column("policy_domain", sa.Text, primary_key=True, item=DataItem.SENDER_DOMAIN),
    column("record", sa.Text, item=DataItem.AUTHENTICATION_DOMAIN),
    column("passed_good", sa.BigInteger, item=DataItem.VERDICT),
    column("passed_bad", sa.BigInteger, item=DataItem.VERDICT),
    column("failed_good", sa.BigInteger, item=DataItem.VERDICT),
    column("failed_bad", sa.BigInteger, item=DataItem.VERDICT),
    feature=_FEATURE,
    retention_days=TALLY_DAYS,
)
"""What a domain sent on a day, by whether DMARC passed and whether the mail was clean; `record` is its
policy as it was seen last."""

DMARC_SENT = table(
    "dmarc_sent",
    column("day", sa.Date, primary_key=True),
    column("policy_domain", sa.Text, primary_key=True, item=DataItem.SENDER_DOMAIN),
    column("destination", sa.Text, primary_key=True, item=DataItem.SENDER_ADDRESS),
    column("state", sa.Text),
    column("why", sa.Text),
    column("report_id", sa.Text),
    column("token", sa.Text),
    column("message_id", sa.Uuid, nullable=True),
    column("mails", sa.BigInteger),
    column("size", sa.BigInteger),
    column("at", sa.DateTime(timezone=True)),
    sa.Index("ix_dmarc_sent_token", "organization_id", "token"),
    feature=_FEATURE,
    retention_days=TALLY_DAYS,
)
"""One line for each report and destination; an empty destination says why nobody was told."""

DMARC_DEAD_BOXES = table(
    "dmarc_dead_boxes",
    column("address", sa.Text, primary_key=True, item=DataItem.SENDER_ADDRESS),
    column("why", sa.Text),
    column("times", sa.Integer),
    column("since", sa.DateTime(timezone=True)),
    column("until", sa.DateTime(timezone=True)),
    feature=_FEATURE,
)

DMARC_RECEIVED = table(
    "dmarc_received",
    column("id", sa.Uuid, primary_key=True),
    column("domain", sa.Text, item=DataItem.DOMAIN_NAME),
    column("reporter", sa.Text, item=DataItem.ORGANIZATION_NAME),
    column("reporter_email", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("report_id", sa.Text),
    column("begins_at", sa.DateTime(timezone=True)),
    column("ends_at", sa.DateTime(timezone=True)),
    column("received_at", sa.DateTime(timezone=True), index=True),
    column("message_id", sa.Uuid, nullable=True),
    column("sender_domain", sa.Text, item=DataItem.SENDER_DOMAIN),
    column("proved", sa.Boolean),
    column("published", JSONB),
    column("notes", JSONB),
    column("mails", sa.BigInteger),
    column("passed", sa.BigInteger),
    column("added_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    sa.UniqueConstraint("organization_id", "domain", "reporter", "report_id"),
    feature=_FEATURE,
    retention_days=RETENTION_DAYS,
)

DMARC_ROWS = table(
    "dmarc_rows",
    column("report", sa.Uuid, primary_key=True),
    column("number", sa.Integer, primary_key=True),
    column("day", sa.Date),
    column("domain", sa.Text, item=DataItem.DOMAIN_NAME),
    column("source_ip", INET, item=DataItem.SENDER_IP),
    column("count", sa.BigInteger),
    column("disposition", sa.Text),
    column("dkim", sa.Text),
    column("spf", sa.Text),
    column("header_from", sa.Text, item=DataItem.DOMAIN_NAME),
    column("envelope_from", sa.Text, item=DataItem.SENDER_DOMAIN),
    column("envelope_to", sa.Text, item=DataItem.RECIPIENT_ADDRESS),
    column("overrides", JSONB),
    column("signatures", JSONB, item=DataItem.AUTHENTICATION_DOMAIN),
    column("permissions", JSONB, item=DataItem.AUTHENTICATION_DOMAIN),
    sa.Index("ix_dmarc_rows_day", "organization_id", "day", "domain"),
    feature=_FEATURE,
    retention_days=RETENTION_DAYS,
)

DMARC_SOURCES = table(
    "dmarc_sources",
    column("source_ip", INET, primary_key=True, item=DataItem.SENDER_IP),
    column("name", sa.Text, item=DataItem.SENDER_IP),
    column("domain", sa.Text, item=DataItem.SENDER_DOMAIN),
    column("looked_at", sa.DateTime(timezone=True)),
    feature=_FEATURE,
)
"""The confirmed name of an address, and the domain that somebody registered above it."""
