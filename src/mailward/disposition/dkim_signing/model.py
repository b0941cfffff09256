# SPDX-License-Identifier: Apache-2.0
"""Signing keys. The private half is sealed with the organization's key, and gone once a key is retired."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

DKIM_KEYS = table(
    "dkim_keys",
    column("id", sa.Uuid, primary_key=True),
    column("domain", sa.Text, item=DataItem.DOMAIN_NAME),
    column("selector", sa.Text),
    column("algorithm", sa.Text),
    column("bits", sa.Integer),
    column("public", sa.Text),
    column("sealed", sa.LargeBinary, nullable=True, item=DataItem.CREDENTIAL),
    column("state", sa.Text),
    column("created_at", sa.DateTime(timezone=True)),
    column("created_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    column("seen_at", sa.DateTime(timezone=True), nullable=True),
    column("active_at", sa.DateTime(timezone=True), nullable=True),
    column("retiring_at", sa.DateTime(timezone=True), nullable=True),
    column("retired_at", sa.DateTime(timezone=True), nullable=True),
    column("checked_at", sa.DateTime(timezone=True), nullable=True),
    column("problem", sa.Text),
    sa.UniqueConstraint("organization_id", "domain", "selector"),
    feature="dkim_signing",
)
