# SPDX-License-Identifier: Apache-2.0
"""Approved and blocked senders. `target` is the domain or the person for whom an entry counts, empty for all."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

SENDER_ENTRIES = table(
    "sender_entries",
    column("id", sa.Uuid, primary_key=True),
    column("list", sa.Text),
    column("target", sa.Text, item=DataItem.EMAIL_ADDRESS),
    column("pattern", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("unauthenticated", sa.Boolean),
    column("note", sa.Text),
    column("expires_at", sa.DateTime(timezone=True), nullable=True),
    column("created_at", sa.DateTime(timezone=True)),
    column("created_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    sa.UniqueConstraint("organization_id", "list", "target", "pattern"),
    feature="sender_filter",
)
