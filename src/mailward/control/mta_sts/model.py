# SPDX-License-Identifier: Apache-2.0
"""The policies that are hosted, one for each domain that has one."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

HOSTED_POLICIES = table(
    "hosted_sts_policies",
    column("domain", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("mode", sa.Text),
    column("mx", postgresql.ARRAY(sa.Text), item=DataItem.MAIL_SERVER),
    column("max_age", sa.Integer),
    column("changed_at", sa.DateTime(timezone=True)),
    column("changed_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    feature="mta_sts",
)
