# SPDX-License-Identifier: Apache-2.0
"""Peers with demands of their own, and the MTA-STS policies that were fetched of domains we send to."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

TLS_PEERS = table(
    "tls_peers",
    column("id", sa.Uuid, primary_key=True),
    column("direction", sa.Text),
    column("domain", sa.Text, item=DataItem.DOMAIN_NAME),
    column("peer", sa.Text, item=DataItem.TLS_PEER),
    column("level", sa.Text),
    column("minimum", sa.Text),
    column("certificate_name", sa.Text),
    column("note", sa.Text),
    column("created_at", sa.DateTime(timezone=True)),
    column("created_by", sa.Text, item=DataItem.ADMINISTRATOR_ACTION),
    sa.UniqueConstraint("organization_id", "direction", "domain", "peer"),
    feature="tls_peers",
)
"""`domain` is a protected domain, or empty for all; `peer` a domain, *.domain, an address, a network, or * for all."""

STS_POLICIES = table(
    "sts_policies",
    column("domain", sa.Text, primary_key=True, item=DataItem.RECIPIENT_DOMAIN),
    column("policy_id", sa.Text),
    column("mode", sa.Text),
    column("mx", postgresql.ARRAY(sa.Text)),
    column("fetched_at", sa.DateTime(timezone=True)),
    column("expires_at", sa.DateTime(timezone=True)),
    feature="tls_peers",
)
"""What a domain promised holds until it expires, however often we start anew (RFC 8461, 5.1)."""
