# SPDX-License-Identifier: Apache-2.0
"""Accounts, their sessions and their one-time links. Of every secret only a hash is stored."""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

ACCOUNTS = table(
    "accounts",
    column("id", sa.Uuid, primary_key=True),
    column("email", sa.Text, item=DataItem.EMAIL_ADDRESS, unique=True),
    column("name", sa.Text, item=DataItem.PERSON_NAME),
    column("role", sa.Text),
    column("password_hash", sa.Text, item=DataItem.CREDENTIAL),
    column("created_at", sa.DateTime(timezone=True)),
    feature="profile",
)

SESSIONS = table(
    "sessions",
    column("token_hash", sa.LargeBinary, primary_key=True, item=DataItem.CREDENTIAL),
    column("account_id", sa.Uuid),
    column("csrf_hash", sa.LargeBinary, item=DataItem.CREDENTIAL),
    column("client_ip", sa.Text, item=DataItem.CLIENT_IP),
    column("created_at", sa.DateTime(timezone=True)),
    column("used_at", sa.DateTime(timezone=True)),
    column("expires_at", sa.DateTime(timezone=True), index=True),
    feature="profile",
    retention_days=1,
)

SIGN_IN_LINKS = table(
    "sign_in_links",
    column("token_hash", sa.LargeBinary, primary_key=True, item=DataItem.CREDENTIAL),
    column("account_id", sa.Uuid),
    column("next_path", sa.Text),
    column("expires_at", sa.DateTime(timezone=True)),
    feature="profile",
    retention_days=1,
)
