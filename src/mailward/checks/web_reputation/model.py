# SPDX-License-Identifier: Apache-2.0
"""Addresses that an organization approves, words that spare an address its shape, and how the DNS lists are."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

WEB_EXCEPTIONS = table(
    "web_exceptions",
    column("id", sa.Uuid, primary_key=True),
    column("list", sa.Text),
    column("pattern", sa.Text, item=DataItem.URL),
    column("note", sa.Text),
    column("expires_at", sa.DateTime(timezone=True), nullable=True),
    column("created_at", sa.DateTime(timezone=True)),
    column("created_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    sa.UniqueConstraint("organization_id", "list", "pattern"),
    feature="web_reputation",
)

WEB_LIST_HEALTH = table(
    "web_list_health",
    column("zone", sa.Text, primary_key=True),
    column("why", sa.Text),
    column("tested_at", sa.DateTime(timezone=True)),
    feature="web_reputation",
)
