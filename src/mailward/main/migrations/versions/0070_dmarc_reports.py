# SPDX-License-Identifier: Apache-2.0
"""DMARC aggregate reports: counts for those that we send, rows and sources of those that we are sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0070"
down_revision = "0030"

TABLES = (
    "dmarc_tallies", "dmarc_policy_domains", "dmarc_sent", "dmarc_dead_boxes", "dmarc_received", "dmarc_rows",
    "dmarc_sources",
)  # fmt: skip

FORGET = """
CREATE FUNCTION forget_dmarc_reports(tallies date, reports date) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  DELETE FROM dmarc_tallies WHERE day < tallies;
  DELETE FROM dmarc_policy_domains WHERE day < tallies;
  DELETE FROM dmarc_sent WHERE day < tallies;
  DELETE FROM dmarc_dead_boxes WHERE until < tallies;
  DELETE FROM dmarc_rows AS r USING dmarc_received AS d
    WHERE d.organization_id = r.organization_id AND d.id = r.report AND d.received_at < reports;
  DELETE FROM dmarc_received WHERE received_at < reports;
  DELETE FROM dmarc_sources AS s WHERE looked_at < tallies AND NOT EXISTS
    (SELECT FROM dmarc_rows r WHERE r.organization_id = s.organization_id AND r.source_ip = s.source_ip);
$$
"""


def upgrade() -> None:
    _outgoing()
    _incoming()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} TO mailward_app USING "
            "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO mailward_app")
    op.execute(FORGET)
    op.execute("REVOKE EXECUTE ON FUNCTION forget_dmarc_reports FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION forget_dmarc_reports TO mailward_app")


def _outgoing() -> None:
    op.create_table(
        "dmarc_tallies",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("policy_domain", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("source_ip", postgresql.INET(), nullable=False),
        sa.Column("header_from", sa.Text(), nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("envelope_to", sa.Text(), nullable=False),
        sa.Column("evaluated", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "day", "policy_domain", "digest", name=op.f("pk_dmarc_tallies")),
    )
    op.create_table(
        "dmarc_policy_domains",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("policy_domain", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("passed_good", sa.BigInteger(), nullable=False),
        sa.Column("passed_bad", sa.BigInteger(), nullable=False),
        sa.Column("failed_good", sa.BigInteger(), nullable=False),
        sa.Column("failed_bad", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "day", "policy_domain", name=op.f("pk_dmarc_policy_domains")),
    )
    op.create_table(
        "dmarc_sent",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("policy_domain", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("mails", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "day", "policy_domain", "destination", name=op.f("pk_dmarc_sent")),
    )
    op.create_index("ix_dmarc_sent_token", "dmarc_sent", ["organization_id", "token"])
    op.create_table(
        "dmarc_dead_boxes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "address", name=op.f("pk_dmarc_dead_boxes")),
    )


def _incoming() -> None:
    op.create_table(
        "dmarc_received",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("reporter_email", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("sender_domain", sa.Text(), nullable=False),
        sa.Column("proved", sa.Boolean(), nullable=False),
        sa.Column("published", postgresql.JSONB(), nullable=False),
        sa.Column("notes", postgresql.JSONB(), nullable=False),
        sa.Column("mails", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_dmarc_received")),
        sa.UniqueConstraint(
            "organization_id", "domain", "reporter", "report_id",
            name=op.f("uq_dmarc_received_organization_id_domain_reporter_report_id"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_dmarc_received_received_at"), "dmarc_received", ["received_at"], unique=False)
    op.create_table(
        "dmarc_rows",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("report", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("source_ip", postgresql.INET(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("dkim", sa.Text(), nullable=False),
        sa.Column("spf", sa.Text(), nullable=False),
        sa.Column("header_from", sa.Text(), nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("envelope_to", sa.Text(), nullable=False),
        sa.Column("overrides", postgresql.JSONB(), nullable=False),
        sa.Column("signatures", postgresql.JSONB(), nullable=False),
        sa.Column("permissions", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "report", "number", name=op.f("pk_dmarc_rows")),
    )
    op.create_index("ix_dmarc_rows_day", "dmarc_rows", ["organization_id", "day", "domain"])
    op.create_table(
        "dmarc_sources",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("source_ip", postgresql.INET(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "source_ip", name=op.f("pk_dmarc_sources")),
    )
