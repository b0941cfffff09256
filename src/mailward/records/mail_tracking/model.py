# SPDX-License-Identifier: Apache-2.0
"""Mails, their recipients and their events, partitioned by the day on which the mail arrived.

`received_at` of all three is the time inside the ids, so that an id alone finds its partition. The
body is not here: it lies in `kit.bodies` under the mail's id, if `has_body`.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table
from mailward.records.mail_tracking.settings import RETENTION_DAYS

MESSAGES = table(
    "messages",
    column("received_at", sa.DateTime(timezone=True), primary_key=True),
    column("id", sa.Uuid, primary_key=True),
    column("direction", sa.Text),
    column("size", sa.BigInteger),
    column("has_body", sa.Boolean),
    column("peer_ip", INET, item=DataItem.SENDER_IP, nullable=True),
    column("peer_name", sa.Text, item=DataItem.SENDER_IP),
    column("helo", sa.Text, item=DataItem.ENVELOPE),
    column("tls", sa.Text),
    column("sender", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("header_from", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("subject", sa.Text, item=DataItem.SUBJECT),
    column("internet_id", sa.Text, item=DataItem.MESSAGE_ID),
    column("language", sa.Text),
    column("verdict", sa.Text),
    column("score", sa.Float),
    column("reason_ids", ARRAY(sa.Text), item=DataItem.VERDICT),
    column("spf", sa.Text),
    column("dkim", sa.Text),
    column("dmarc", sa.Text),
    column("arc", sa.Text),
    column("hosts", ARRAY(sa.Text), item=DataItem.URL_DOMAIN),
    column("attachment_names", ARRAY(sa.Text), item=DataItem.ATTACHMENT_NAME),
    column("attachment_hashes", ARRAY(sa.Text), item=DataItem.ATTACHMENT_DIGEST),
    column("classes", JSONB, item=DataItem.VERDICT),
    column("authentication", JSONB, item=DataItem.AUTHENTICATION_DOMAIN),
    column("content", JSONB, item=DataItem.HEADERS),
    feature="mail_tracking",
    retention_days=RETENTION_DAYS,
    daily=True,
)

MESSAGE_RECIPIENTS = table(
    "message_recipients",
    column("received_at", sa.DateTime(timezone=True), primary_key=True),
    column("id", sa.Uuid, primary_key=True),
    column("message_id", sa.Uuid),
    column("recipient", sa.Text, item=DataItem.RECIPIENT_ADDRESS),
    column("action", sa.Text),
    column("status", sa.Text),
    column("rule", sa.Text),
    column("receipt", JSONB, item=DataItem.VERDICT),
    column("edits", JSONB, item=DataItem.HEADERS),
    column("changed_at", sa.DateTime(timezone=True)),
    sa.Index("ix_message_recipients_message", "organization_id", "message_id"),
    sa.Index("ix_message_recipients_recipient", "organization_id", "recipient"),
    feature="mail_tracking",
    retention_days=RETENTION_DAYS,
    daily=True,
)

MESSAGE_EVENTS = table(
    "message_events",
    column("received_at", sa.DateTime(timezone=True), primary_key=True),
    column("message_id", sa.Uuid, primary_key=True),
    column("number", sa.BigInteger, sa.Identity(), primary_key=True),
    column("recipient_id", sa.Uuid, nullable=True),
    column("at", sa.DateTime(timezone=True)),
    column("kind", sa.Text),
    column("actor", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    column("detail", JSONB, item=DataItem.RECIPIENT_IP),
    feature="mail_tracking",
    retention_days=RETENTION_DAYS,
    daily=True,
)
