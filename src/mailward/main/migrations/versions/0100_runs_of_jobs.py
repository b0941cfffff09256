# SPDX-License-Identifier: Apache-2.0
"""When each job ran last, so that a clock that jumped is noticed before anything is removed by age."""

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "job_runs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_runs")),
    )
    op.execute("""
        CREATE FUNCTION note_run(job text, at timestamptz, most interval, hold interval) RETURNS timestamptz
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
        $$
          INSERT INTO job_runs AS before VALUES (job, at, NULL)
          ON CONFLICT (name) DO UPDATE SET last_at = at, held_until = CASE
            WHEN at - before.last_at > most OR before.last_at - at > most THEN at + hold
            WHEN before.held_until > at THEN before.held_until END
          RETURNING held_until
        $$""")
    op.execute("""
        CREATE FUNCTION held_jobs(OUT jobs bigint, OUT until timestamptz)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
        $$ SELECT count(*), max(held_until) FROM job_runs WHERE held_until IS NOT NULL $$""")
    for function in ("note_run", "held_jobs"):
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO mailward_app")
