# SPDX-License-Identifier: Apache-2.0
"""Who may connect: address and sender lists, experience with addresses, and how the DNS block lists are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0003"

TABLES = ("address_entries", "address_reputation", "dns_list_health", "sender_entries")

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTIONS = f"""
CREATE FUNCTION reputation_since(at timestamptz, most integer) RETURNS SETOF address_reputation
LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT * FROM address_reputation WHERE updated_at > at ORDER BY updated_at LIMIT most $$;

CREATE FUNCTION forget_reputation(before timestamptz) RETURNS void LANGUAGE sql {DEFINER} AS
$$ DELETE FROM address_reputation WHERE updated_at < before $$;

CREATE FUNCTION sick_dns_lists() RETURNS TABLE (zone text, why text) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT DISTINCT ON (zone) zone, why FROM dns_list_health WHERE why <> '' ORDER BY zone, tested_at DESC $$;

CREATE FUNCTION expire_address_entries(at timestamptz) RETURNS SETOF uuid LANGUAGE sql {DEFINER} AS
$$
  WITH gone AS (DELETE FROM address_entries WHERE expires_at <= at RETURNING organization_id)
  SELECT DISTINCT organization_id FROM gone
$$;

CREATE FUNCTION expire_sender_entries(at timestamptz) RETURNS SETOF uuid LANGUAGE sql {DEFINER} AS
$$
  WITH gone AS (DELETE FROM sender_entries WHERE expires_at <= at RETURNING organization_id)
  SELECT DISTINCT organization_id FROM gone
$$;
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


def _tables() -> None:
    op.create_table(
        "address_entries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("network", postgresql.CIDR(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_address_entries")),
        sa.UniqueConstraint(
            "organization_id", "list", "network", name=op.f("uq_address_entries_organization_id_list_network")
        ),
    )
    op.create_table(
        "address_reputation",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("good", sa.Float(), nullable=False),
        sa.Column("bad", sa.Float(), nullable=False),
        sa.Column("penalties", sa.Integer(), nullable=False),
        sa.Column("penalty_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "site", name=op.f("pk_address_reputation")),
    )
    op.create_index(op.f("ix_address_reputation_updated_at"), "address_reputation", ["updated_at"], unique=False)
    op.create_table(
        "dns_list_health",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "zone", name=op.f("pk_dns_list_health")),
    )
    op.create_table(
        "sender_entries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("unauthenticated", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sender_entries")),
        sa.UniqueConstraint(
            "organization_id", "list", "target", "pattern",
            name=op.f("uq_sender_entries_organization_id_list_target_pattern"),
        ),
    )  # fmt: skip
