# SPDX-License-Identifier: Apache-2.0
"""TLS reports: our own sessions as sums, what was reported of them, and the reports of others."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0080"

TABLES = ("tls_outcomes", "tls_reports_sent", "tls_reports", "tls_report_rows")

FUNCTION = """
CREATE FUNCTION forget_tls_reports(day_before date, before timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  DELETE FROM tls_outcomes WHERE day < day_before;
  DELETE FROM tls_reports_sent WHERE day < day_before;
  DELETE FROM tls_report_rows WHERE ends_at < before;
  DELETE FROM tls_reports WHERE ends_at < before;
$$
"""


def upgrade() -> None:
    _own()
    _received()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} TO mailward_app USING "
            "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO mailward_app")
    op.execute(FUNCTION)
    op.execute("REVOKE EXECUTE ON FUNCTION forget_tls_reports FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION forget_tls_reports TO mailward_app")


def _own() -> None:
    op.create_table(
        "tls_outcomes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("policy_type", sa.Text(), nullable=False),
        sa.Column("policy", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("mx", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "day", "key", name=op.f("pk_tls_outcomes")),
    )
    op.create_table(
        "tls_reports_sent",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("sent_to", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("problems", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "day", "domain", name=op.f("pk_tls_reports_sent")),
    )


def _received() -> None:
    op.create_table(
        "tls_reports",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("report_id", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tls_reports")),
        sa.UniqueConstraint(
            "organization_id", "reporter", "report_id", name=op.f("uq_tls_reports_organization_id_reporter_report_id")
        ),
    )
    op.create_table(
        "tls_report_rows",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("report", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("policy_type", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("sending_address", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "report", "number", name=op.f("pk_tls_report_rows")),
    )
