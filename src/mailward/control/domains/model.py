# SPDX-License-Identifier: Apache-2.0
"""Protected domains. A domain belongs to one organization only, hence the unique name."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

DOMAINS = table(
    "domains",
    column("name", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("next_hop_host", sa.Text, item=DataItem.MAIL_SERVER),
    column("next_hop_port", sa.Integer),
    column("recipient_filter", sa.Boolean),
    column("size_limit", sa.BigInteger),
    column("created_at", sa.DateTime(timezone=True)),
    sa.UniqueConstraint("name"),
    feature="domains",
)
