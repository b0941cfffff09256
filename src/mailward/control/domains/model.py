# SPDX-License-Identifier: Apache-2.0
"""Protected domains and the servers behind them.

Several organizations may claim a domain; one at most is its proved owner, which the database holds too.
"""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

DOMAINS = table(
    "domains",
    column("name", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("recipient_filter", sa.Boolean),
    column("size_limit", sa.BigInteger),
    column("created_at", sa.DateTime(timezone=True)),
    column("token", sa.Text),
    column("verified_by", sa.Text, nullable=True),
    column("verified_at", sa.DateTime(timezone=True), nullable=True),
    column("proof_seen_at", sa.DateTime(timezone=True), nullable=True),
    column("checked_at", sa.DateTime(timezone=True), nullable=True),
    column("check_at", sa.DateTime(timezone=True), nullable=True),
    column("missing", sa.Text),
    sa.Index("uq_domains_name_verified", "name", unique=True, postgresql_where=sa.text("verified_by IS NOT NULL")),
    sa.Index("ix_domains_check_at", "check_at"),
    feature="domains",
)
"""`token` is what the DNS must show. `check_at` is when we look for the proof again, NULL for never; `missing`
says in words why the last look found none, empty if it did."""

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
