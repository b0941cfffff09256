# SPDX-License-Identifier: Apache-2.0
"""Peers and how well they must encrypt, and the MTA-STS policies that other domains gave us."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0050"
down_revision = "0070"

TABLES = ("tls_peers", "sts_policies")

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTION = f"""
CREATE FUNCTION expire_sts_policies(at timestamptz) RETURNS void LANGUAGE sql {DEFINER} AS
$$ DELETE FROM sts_policies WHERE expires_at <= at $$
"""


def upgrade() -> None:
    op.create_table(
        "tls_peers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("minimum", sa.Text(), nullable=False),
        sa.Column("certificate_name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tls_peers")),
        sa.UniqueConstraint(
            "organization_id", "direction", "domain", "peer",
            name=op.f("uq_tls_peers_organization_id_direction_domain_peer"),
        ),
    )  # fmt: skip
    op.create_table(
        "sts_policies",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("mx", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "domain", name=op.f("pk_sts_policies")),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} TO mailward_app USING "
            "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO mailward_app")
    op.execute(FUNCTION)
    op.execute("REVOKE EXECUTE ON FUNCTION expire_sts_policies FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION expire_sts_policies TO mailward_app")
