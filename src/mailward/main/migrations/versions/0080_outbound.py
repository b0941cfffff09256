# SPDX-License-Identifier: Apache-2.0
"""Outbound mail: registered servers, counts, busy hours, pauses; and rules for what leaves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0080"
down_revision = "0041"

TABLES = ("outbound_connectors", "outbound_counts", "outbound_hours", "outbound_pauses")

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTIONS = f"""
CREATE FUNCTION outbound_counts_since(at timestamptz, most integer) RETURNS SETOF outbound_counts
LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT * FROM outbound_counts WHERE updated_at > at ORDER BY updated_at LIMIT most $$;

CREATE FUNCTION outbound_pauses_open(after timestamptz) RETURNS SETOF outbound_pauses
LANGUAGE sql STABLE {DEFINER} AS
$$
  SELECT * FROM outbound_pauses WHERE lifted_at IS NULL AND (until IS NULL OR until > clock_timestamp())
  UNION ALL
  SELECT * FROM outbound_pauses WHERE updated_at > after AND lifted_at IS NOT NULL
$$;

CREATE FUNCTION usual_outbound(before timestamptz)
RETURNS TABLE (organization_id uuid, sender text, recipients integer) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id, sender, max(recipients) FROM outbound_hours WHERE hour < before GROUP BY 1, 2 $$;

CREATE FUNCTION remember_outbound(at timestamptz) RETURNS void LANGUAGE sql {DEFINER} AS
$$
  INSERT INTO outbound_hours (organization_id, sender, hour, recipients)
  SELECT organization_id, who, date_trunc('hour', minute), sum(count) FROM outbound_counts
  WHERE what = 'recipients' AND minute < date_trunc('hour', at) GROUP BY 1, 2, 3 HAVING sum(count) >= 10
  ON CONFLICT (organization_id, sender, hour) DO UPDATE
  SET recipients = greatest(outbound_hours.recipients, excluded.recipients);
  DELETE FROM outbound_counts WHERE minute < date_trunc('hour', at) - interval '2 hours';
  DELETE FROM outbound_hours WHERE hour < at - interval '30 days';
  UPDATE outbound_pauses SET lifted_at = until, updated_at = clock_timestamp()
  WHERE lifted_at IS NULL AND until <= at;
  DELETE FROM outbound_pauses WHERE lifted_at < at - interval '30 days'
$$;

CREATE FUNCTION outbound_to_announce() RETURNS SETOF uuid LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT DISTINCT organization_id FROM outbound_pauses WHERE alerted_at IS NULL $$;
"""

RULES = """
INSERT INTO rules (organization_id, id, position, name, enabled, definition)
SELECT o.organization_id, gen_random_uuid(), 100 + rule.position, rule.name, true,
       jsonb_build_object('name', rule.name, 'direction', 'out', 'verdicts', rule.verdicts,
                          'intercept', 'quarantine', 'enabled', true)
FROM organizations o CROSS JOIN (VALUES
  (1, 'Outbound malware', '["malware"]'::jsonb),
  (2, 'Outbound phishing', '["phishing", "social_engineering", "bec"]'::jsonb),
  (3, 'Outbound spam', '["spam"]'::jsonb),
  (4, 'Outbound, could not be scanned', '["unscannable"]'::jsonb)
) AS rule (position, name, verdicts)
"""


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
    op.execute(RULES)


def _tables() -> None:
    op.create_table(
        "outbound_connectors",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("networks", postgresql.ARRAY(postgresql.CIDR()), nullable=False),
        sa.Column("cloud", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_outbound_connectors")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_outbound_connectors_organization_id_name")),
    )
    op.create_table(
        "outbound_counts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "minute", "what", "who", name=op.f("pk_outbound_counts")),
    )
    op.create_index(op.f("ix_outbound_counts_updated_at"), "outbound_counts", ["updated_at"], unique=False)
    op.create_table(
        "outbound_hours",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "sender", "hour", name=op.f("pk_outbound_hours")),
    )
    op.create_table(
        "outbound_pauses",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_outbound_pauses")),
    )
    op.create_index(op.f("ix_outbound_pauses_updated_at"), "outbound_pauses", ["updated_at"], unique=False)
    op.create_index(
        "ix_outbound_pauses_open", "outbound_pauses", ["organization_id", "sender"], unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )  # fmt: skip
