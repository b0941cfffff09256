# SPDX-License-Identifier: Apache-2.0
"""Signing keys, and which organizations have some."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0100"

FUNCTION = """
CREATE FUNCTION organizations_with_dkim_keys() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT DISTINCT organization_id FROM dkim_keys WHERE state <> 'retired' $$
"""


def upgrade() -> None:
    op.create_table(
        "dkim_keys",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("selector", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("bits", sa.Integer(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retiring_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_dkim_keys")),
        sa.UniqueConstraint(
            "organization_id", "domain", "selector", name=op.f("uq_dkim_keys_organization_id_domain_selector")
        ),
    )
    op.execute(FUNCTION)
    op.execute("REVOKE EXECUTE ON FUNCTION organizations_with_dkim_keys FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION organizations_with_dkim_keys TO mailward_app")
    op.execute("ALTER TABLE dkim_keys ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON dkim_keys TO mailward_app USING "
        "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON dkim_keys TO mailward_app")
