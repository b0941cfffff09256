# SPDX-License-Identifier: Apache-2.0
"""Who was limited lately."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0061"

FORGET = """
CREATE FUNCTION forget_rate_limited(before timestamptz) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DELETE FROM rate_limited WHERE last_at < before $$
"""


def upgrade() -> None:
    op.create_table(
        "rate_limited",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "what", "site", "address", name=op.f("pk_rate_limited")),
    )
    op.create_index(op.f("ix_rate_limited_last_at"), "rate_limited", ["last_at"])
    op.execute("ALTER TABLE rate_limited ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON rate_limited TO mailward_app USING "
        "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rate_limited TO mailward_app")
    op.execute(FORGET)
    op.execute("REVOKE EXECUTE ON FUNCTION forget_rate_limited FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION forget_rate_limited TO mailward_app")
