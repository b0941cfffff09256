# SPDX-License-Identifier: Apache-2.0
"""The queue: one row per recipient's copy that is on its way out.

A row is leased, not taken: `lease` is the token of the process that works on it, for as long as that
process keeps saying that it lives (`lease_holders`). When it dies, its rows are free again within
seconds. A row leaves only together with the state change of its recipient, in one transaction, and
only by the hand that holds its lease.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from mailward.contract.data import DataItem
from mailward.kit.database.schema import METADATA, column, table

DELIVERIES = table(
    "deliveries",
    column("id", sa.Uuid, primary_key=True),
    column("message_id", sa.Uuid),
    column("sender", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("recipient", sa.Text, item=DataItem.RECIPIENT_ADDRESS),
    column("destination", sa.Text, item=DataItem.RECIPIENT_ADDRESS),
    column("outward", sa.Boolean),
    column("utf8", sa.Boolean),
    column("edits", JSONB, item=DataItem.HEADERS),
    column("attempts", sa.Integer),
    column("due_at", sa.DateTime(timezone=True), index=True),
    column("expires_at", sa.DateTime(timezone=True), index=True),
    column("lease", sa.Uuid, nullable=True),
    column("last_reply", sa.Text, item=DataItem.RECIPIENT_IP),
    column("notices", JSONB, item=DataItem.ENVELOPE),
    column("warned", sa.Boolean),
    sa.Index("ix_deliveries_lane", "organization_id", "destination", "due_at"),
    sa.Index("ix_deliveries_leased", "organization_id", "destination", postgresql_where=sa.text("lease IS NOT NULL")),
    feature="delivery",
    retention_days=10,
)

LEASE_HOLDERS = sa.Table(
    "lease_holders",
    METADATA,
    column("lease", sa.Uuid, primary_key=True),
    column("alive_until", sa.DateTime(timezone=True)),
    info={"feature": "delivery"},
)
"""Processes that deliver. It belongs to no organization and holds nothing about anybody."""

DESTINATIONS = table(
    "destinations",
    column("name", sa.Text, primary_key=True, item=DataItem.RECIPIENT_ADDRESS),
    column("failures", sa.Integer),
    column("allowance", sa.Integer),
    column("resting_until", sa.DateTime(timezone=True), nullable=True),
    column("paused_at", sa.DateTime(timezone=True), nullable=True),
    column("paused_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    column("last_reply", sa.Text, item=DataItem.RECIPIENT_IP),
    column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
    feature="delivery",
)
"""Destinations that are not simply open: paused, resting after a failure, or on trial with an `allowance` of copies
that may be under way at once. The name * stands for all of an organization's destinations."""
