# SPDX-License-Identifier: Apache-2.0
"""The table of organizations. Its key column holds the organization's key, wrapped under the master key."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

ORGANIZATIONS = table(
    "organizations",
    column("name", sa.Text, item=DataItem.ORGANIZATION_NAME),
    column("wrapped_key", sa.LargeBinary),
    column("created_at", sa.DateTime(timezone=True)),
    feature="provisioning",
)
