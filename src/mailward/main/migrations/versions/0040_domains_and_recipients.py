# SPDX-License-Identifier: Apache-2.0
"""Domains are claimed first and proved then; lists of valid recipients have a version and a length."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0071"

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTIONS = f"""
CREATE FUNCTION domain_owner(wanted text)
RETURNS TABLE (organization_id uuid, verified_by text, proof_seen_at timestamptz) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id, verified_by, proof_seen_at FROM domains WHERE name = wanted AND verified_by IS NOT NULL $$;

CREATE FUNCTION release_domain(wanted text, unseen_since timestamptz) RETURNS SETOF uuid LANGUAGE sql {DEFINER} AS
$$
  UPDATE domains SET verified_by = NULL, verified_at = NULL, proof_seen_at = NULL
  WHERE name = wanted AND verified_by IN ('txt', 'mx') AND proof_seen_at < unseen_since RETURNING organization_id
$$;

CREATE FUNCTION domains_to_check(at timestamptz, most integer)
RETURNS TABLE (organization_id uuid, name text) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id, name FROM domains WHERE check_at <= at ORDER BY check_at LIMIT most $$;
"""


def upgrade() -> None:
    op.add_column("domains", sa.Column("token", sa.Text(), nullable=False, server_default=""))
    op.add_column("domains", sa.Column("verified_by", sa.Text(), nullable=True))
    op.add_column("domains", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("domains", sa.Column("proof_seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("domains", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("domains", sa.Column("check_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("domains", sa.Column("missing", sa.Text(), nullable=False, server_default=""))
    op.execute(
        "UPDATE domains SET verified_by = 'operator', verified_at = created_at, token = replace(gen_random_uuid()::text"
        " || gen_random_uuid()::text, '-', '')"
    )
    op.alter_column("domains", "token", server_default=None)
    op.alter_column("domains", "missing", server_default=None)
    op.drop_constraint(op.f("uq_domains_name"), "domains", type_="unique")
    op.create_index(
        "uq_domains_name_verified", "domains", ["name"], unique=True,
        postgresql_where=sa.text("verified_by IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_domains_check_at", "domains", ["check_at"])
    op.create_table(
        "recipient_lists",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "domain", name=op.f("pk_recipient_lists")),
    )
    op.execute(
        "INSERT INTO recipient_lists SELECT organization_id, domain, gen_random_uuid(), count(*), now()"
        " FROM valid_recipients GROUP BY organization_id, domain"
    )
    op.execute("ALTER TABLE recipient_lists ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON recipient_lists TO mailward_app USING "
        "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON recipient_lists TO mailward_app")
    for statement in FUNCTIONS.split("\n\n"):
        op.execute(statement)
        function = statement.split("CREATE FUNCTION ", 1)[1].split("(", 1)[0]
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO mailward_app")
