# SPDX-License-Identifier: Apache-2.0
"""Web reputation: exceptions, the health of DNS lists, and a rule of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0032"

TABLES = ("web_exceptions", "web_list_health")

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTIONS = f"""
CREATE FUNCTION sick_web_lists() RETURNS TABLE (zone text, why text) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT DISTINCT ON (zone) zone, why FROM web_list_health WHERE why <> '' ORDER BY zone, tested_at DESC $$;

CREATE FUNCTION expire_web_exceptions(at timestamptz) RETURNS SETOF uuid LANGUAGE sql {DEFINER} AS
$$
  WITH gone AS (DELETE FROM web_exceptions WHERE expires_at <= at RETURNING organization_id)
  SELECT DISTINCT organization_id FROM gone
$$;
"""

RULES = (
    # Behind the rule for phishing, which has position 2 in every organization so far.
    "UPDATE rules SET position = position + 1 WHERE position > 2 AND position < 100",
    """
INSERT INTO rules (organization_id, id, position, name, enabled, definition)
SELECT organization_id, gen_random_uuid(), 3, 'Web reputation', true,
       jsonb_build_object('name', 'Web reputation', 'direction', 'in', 'verdicts', '["web_reputation"]'::jsonb,
                          'intercept', 'quarantine', 'enabled', true)
FROM organizations
""",
    """
UPDATE rules
SET definition = jsonb_set(definition, '{verdicts}', definition -> 'verdicts' || '["web_reputation"]'::jsonb)
WHERE definition ->> 'direction' = 'out' AND definition -> 'verdicts' ? 'phishing'
""",
)


def upgrade() -> None:
    _tables()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} TO mailward_app USING "
            "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO mailward_app")
    for statement in FUNCTIONS.split("\n\n"):
        op.execute(statement)
        function = statement.split("CREATE FUNCTION ", 1)[1].split("(", 1)[0]
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO mailward_app")
    for statement in RULES:
        op.execute(statement)


def _tables() -> None:
    op.create_table(
        "web_exceptions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_web_exceptions")),
        sa.UniqueConstraint(
            "organization_id", "list", "pattern", name=op.f("uq_web_exceptions_organization_id_list_pattern")
        ),
    )
    op.create_table(
        "web_list_health",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "zone", name=op.f("pk_web_list_health")),
    )
