# SPDX-License-Identifier: Apache-2.0
"""Authentication rules per domain."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0050"


def upgrade() -> None:
    op.create_table(
        "authentication_rules",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "domain", "method", name=op.f("pk_authentication_rules")),
    )
    op.execute("ALTER TABLE authentication_rules ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON authentication_rules TO mailward_app USING "
        "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON authentication_rules TO mailward_app")
