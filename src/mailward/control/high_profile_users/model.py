# SPDX-License-Identifier: Apache-2.0
"""High-profile users: a name and the addresses that are truly theirs."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

HIGH_PROFILE_USERS = table(
    "high_profile_users",
    column("id", sa.Uuid, primary_key=True),
    column("name", sa.Text, item=DataItem.PERSON_NAME),
    column("addresses", ARRAY(sa.Text), item=DataItem.EMAIL_ADDRESS),
    feature="high_profile_users",
)
