# SPDX-License-Identifier: Apache-2.0
"""The MTA-STS policies that we host for protected domains."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0051"
down_revision = "0060"

FUNCTION = """
CREATE FUNCTION hosted_sts_policy(asked text) RETURNS TABLE (mode text, mx text[], max_age integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  SELECT p.mode, p.mx, p.max_age FROM hosted_sts_policies p
  JOIN domains d ON d.organization_id = p.organization_id AND d.name = p.domain WHERE p.domain = asked
$$
"""


def upgrade() -> None:
    op.create_table(
        "hosted_sts_policies",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("mx", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "domain", name=op.f("pk_hosted_sts_policies")),
    )
    op.execute("ALTER TABLE hosted_sts_policies ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON hosted_sts_policies TO mailward_app USING "
        "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON hosted_sts_policies TO mailward_app")
    op.execute(FUNCTION)
    op.execute("REVOKE EXECUTE ON FUNCTION hosted_sts_policy FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION hosted_sts_policy TO mailward_app")
