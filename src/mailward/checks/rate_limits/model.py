# SPDX-License-Identifier: Apache-2.0
"""Who was limited lately. `what` is the limit; of `site` and `address` only the one that it counts is set."""

import sqlalchemy as sa

from mailward.checks.rate_limits.settings import RETENTION_DAYS
from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

RATE_LIMITED = table(
    "rate_limited",
    column("what", sa.Text, primary_key=True),
    column("site", sa.Text, primary_key=True, item=DataItem.SENDER_IP),
    column("address", sa.Text, primary_key=True, item=DataItem.ENVELOPE),
    column("refused", sa.BigInteger),
    column("first_at", sa.DateTime(timezone=True)),
    column("last_at", sa.DateTime(timezone=True), index=True),
    column("until", sa.DateTime(timezone=True), nullable=True),
    feature="rate_limits",
    retention_days=RETENTION_DAYS,
)
