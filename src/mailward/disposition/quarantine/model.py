# SPDX-License-Identifier: Apache-2.0
"""Held copies. `reason` is the class that held it; `expires_at` is when it is purged for good."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from mailward.contract.data import DataItem
from mailward.disposition.quarantine.settings import RETENTION_DAYS
from mailward.kit.database.schema import column, table

QUARANTINE = table(
    "quarantine",
    column("id", sa.Uuid, primary_key=True),
    column("message_id", sa.Uuid),
    column("sender", sa.Text, item=DataItem.SENDER_ADDRESS),
    column("recipient", sa.Text, item=DataItem.RECIPIENT_ADDRESS),
    column("outward", sa.Boolean),
    column("utf8", sa.Boolean),
    column("edits", JSONB, item=DataItem.HEADERS),
    column("notices", JSONB, item=DataItem.ENVELOPE),
    column("reason", sa.Text, item=DataItem.VERDICT),
    column("held_at", sa.DateTime(timezone=True)),
    column("expires_at", sa.DateTime(timezone=True), index=True),
    feature="quarantine",
    retention_days=RETENTION_DAYS,
)
