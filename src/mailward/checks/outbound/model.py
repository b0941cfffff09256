# SPDX-License-Identifier: Apache-2.0
"""Registered servers, what left lately, the busiest hours of senders, and who is paused."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, CIDR

from mailward.checks.outbound.settings import HISTORY_DAYS
from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

CONNECTORS = table(
    "outbound_connectors",
    column("id", sa.Uuid, primary_key=True),
    column("name", sa.Text),
    column("domain", sa.Text, item=DataItem.DOMAIN_NAME),
    column("networks", ARRAY(CIDR), item=DataItem.MAIL_SERVER),
    column("cloud", sa.Text),
    column("proof", sa.Text),
    column("header", sa.Text),
    column("value", sa.Text, item=DataItem.ORGANIZATION_NAME),
    column("secret_hash", sa.LargeBinary, item=DataItem.CREDENTIAL),
    column("created_at", sa.DateTime(timezone=True)),
    column("created_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    sa.UniqueConstraint("organization_id", "name"),
    feature="outbound",
)
"""`domain` is one of the organization's, or * for all of them."""

COUNTS = table(
    "outbound_counts",
    column("minute", sa.DateTime(timezone=True), primary_key=True),
    column("what", sa.Text, primary_key=True),
    column("who", sa.Text, primary_key=True, item=DataItem.SENDER_ADDRESS),
    column("count", sa.Integer),
    column("updated_at", sa.DateTime(timezone=True), index=True),
    feature="outbound",
    retention_days=1,
)

HOURS = table(
    "outbound_hours",
    column("sender", sa.Text, primary_key=True, item=DataItem.SENDER_ADDRESS),
    column("hour", sa.DateTime(timezone=True), primary_key=True),
    column("recipients", sa.Integer),
    feature="outbound",
    retention_days=HISTORY_DAYS,
)

PAUSES = table(
    "outbound_pauses",
    column("id", sa.Uuid, primary_key=True),
    column("sender", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("reason", sa.Text),
    column("why", sa.Text),
    column("paused_at", sa.DateTime(timezone=True)),
    column("until", sa.DateTime(timezone=True), nullable=True),
    column("lifted_at", sa.DateTime(timezone=True), nullable=True),
    column("lifted_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    column("alerted_at", sa.DateTime(timezone=True), nullable=True),
    column("updated_at", sa.DateTime(timezone=True), index=True),
    sa.Index(
        "ix_outbound_pauses_open",
        "organization_id",
        "sender",
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    ),
    feature="outbound",
    retention_days=HISTORY_DAYS,
)
