# SPDX-License-Identifier: Apache-2.0
"""Protected domains. A domain belongs to one organization only, hence the unique name."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

DOMAINS = table(
    "domains",
    column("name", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("recipient_filter", sa.Boolean),
    column("size_limit", sa.BigInteger),
    column("created_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("name"),
    feature="domains",
)

INBOUND_SERVERS = table(
    "inbound_servers",
    column("domain", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("recipient", sa.Text, primary_key=True, item=DataItem.RECIPIENT_ADDRESS),
    column("host", sa.Text, primary_key=True, item=DataItem.MAIL_SERVER),
    column("port", sa.Integer, primary_key=True),
    column("preference", sa.Integer),
    feature="domains",
)
"""The servers behind a domain. `recipient` is a local part, or * for everybody."""
