# SPDX-License-Identifier: Apache-2.0
"""Approved and blocked addresses, the experience with addresses, and how the block lists are."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import CIDR

from mailward.checks.ip_reputation.settings import RETENTION_DAYS
from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

ADDRESS_ENTRIES = table(
    "address_entries",
    column("id", sa.Uuid, primary_key=True),
    column("list", sa.Text),
    column("network", CIDR, item=DataItem.SENDER_IP),
    column("note", sa.Text),
    column("expires_at", sa.DateTime(timezone=True), nullable=True),
    column("created_at", sa.DateTime(timezone=True)),
    column("created_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    sa.UniqueConstraint("organization_id", "list", "network"),
    feature="ip_reputation",
)

ADDRESS_REPUTATION = table(
    "address_reputation",
    column("site", sa.Text, primary_key=True, item=DataItem.SENDER_IP),
    column("good", sa.Float, item=DataItem.VERDICT),
    column("bad", sa.Float, item=DataItem.VERDICT),
    column("penalties", sa.Integer),
    column("penalty_until", sa.DateTime(timezone=True)),
    column("updated_at", sa.DateTime(timezone=True), index=True),
    feature="ip_reputation",
    retention_days=RETENTION_DAYS,
)

DNS_LIST_HEALTH = table(
    "dns_list_health",
    column("zone", sa.Text, primary_key=True),
    column("why", sa.Text),
    column("tested_at", sa.DateTime(timezone=True)),
    feature="ip_reputation",
)
