# SPDX-License-Identifier: Apache-2.0
"""Authentication rules: one row per domain of ours and method; the domain is empty for the default."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

AUTHENTICATION_RULES = table(
    "authentication_rules",
    column("domain", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("method", sa.Text, primary_key=True),
    column("definition", JSONB, item=DataItem.AUTHENTICATION_DOMAIN),
    column("changed_at", sa.DateTime(timezone=True)),
    column("changed_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    feature="authentication",
)
