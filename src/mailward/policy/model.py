# SPDX-License-Identifier: Apache-2.0
"""Rules in their order, and each room's settings where an organization changed them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from mailward.kit.database.schema import column, table

RULES = table(
    "rules",
    column("id", sa.Uuid, primary_key=True),
    column("position", sa.Integer),
    column("name", sa.Text),
    column("enabled", sa.Boolean),
    column("definition", JSONB),
    feature="policy",
)

FEATURE_SETTINGS = table(
    "feature_settings",
    column("feature", sa.Text, primary_key=True),
    column("settings", JSONB),
    feature="policy",
)
