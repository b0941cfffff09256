# SPDX-License-Identifier: Apache-2.0
"""The time inside an id, in SQL as in `kit.ids.time_of`: it names the day partition in which the id's row lies."""

from alembic import op

revision = "0003"
down_revision = "0002"

FUNCTION = """
CREATE FUNCTION time_of(identifier uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
  timestamptz '1970-01-01 00:00:00+00'
  + ('x' || left(replace(identifier::text, '-', ''), 12))::bit(48)::bigint * interval '1 millisecond'
"""


def upgrade() -> None:
    op.execute(FUNCTION)
    op.execute("GRANT EXECUTE ON FUNCTION time_of(uuid) TO mailward_app")
