# SPDX-License-Identifier: Apache-2.0
"""Times that lie further ahead than anything waits were written by a clock that stood wrong."""

from alembic import op

revision = "0101"
down_revision = "0090"


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION mend_times(at timestamptz, wait interval, rest interval) RETURNS bigint
        LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS
        $$
          DELETE FROM lease_holders WHERE alive_until > clock_timestamp() + interval '1 hour';
          UPDATE destinations SET resting_until = at WHERE resting_until > at + rest;
          WITH mended AS (UPDATE deliveries SET due_at = at WHERE due_at > at + wait RETURNING 1)
          SELECT count(*) FROM mended
        $$""")
    op.execute("REVOKE EXECUTE ON FUNCTION mend_times FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION mend_times TO mailward_app")
