# SPDX-License-Identifier: Apache-2.0
"""The time inside an id, in SQL as in `kit.ids.time_of`: it names the day partition in which the id's row lies.

Under row-level security the planner uses a condition for an index or for pruning only if it cannot leak
what it sees. PostgreSQL's own function (18 and later) is known not to; ours is declared so where the
owner may declare it, and is merely slower elsewhere.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

FUNCTION = """
CREATE FUNCTION time_of(identifier uuid) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN {expression}
"""
BUILT_IN = "uuid_extract_timestamp(identifier)"
BY_HAND = """
  timestamptz '1970-01-01 00:00:00+00'
  + ('x' || left(replace(identifier::text, '-', ''), 12))::bit(48)::bigint * interval '1 millisecond'
"""
KNOWS_VERSION_7 = 180000
DECLARE_LEAKPROOF = """
DO $$ BEGIN ALTER FUNCTION time_of(uuid) LEAKPROOF; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$
"""


def upgrade() -> None:
    version = int(op.get_bind().exec_driver_sql("SHOW server_version_num").scalar_one())
    op.execute(FUNCTION.format(expression=BUILT_IN if version >= KNOWS_VERSION_7 else BY_HAND))
    op.execute(DECLARE_LEAKPROOF)
    op.execute("GRANT EXECUTE ON FUNCTION time_of(uuid) TO mailward_app")
