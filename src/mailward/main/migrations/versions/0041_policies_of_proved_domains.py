# SPDX-License-Identifier: Apache-2.0
"""An MTA-STS policy is served for a proved domain alone: a mere claim must not speak for somebody else's domain."""

from alembic import op

revision = "0041"
down_revision = "0101"

FUNCTION = """
CREATE OR REPLACE FUNCTION hosted_sts_policy(asked text) RETURNS TABLE (mode text, mx text[], max_age integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  SELECT p.mode, p.mx, p.max_age FROM hosted_sts_policies p
  JOIN domains d ON d.organization_id = p.organization_id AND d.name = p.domain
  WHERE p.domain = asked AND d.verified_by IS NOT NULL
$$
"""


def upgrade() -> None:
    op.execute(FUNCTION)
