# SPDX-License-Identifier: Apache-2.0
"""Destinations that rest or are paused, leases by the database's clock, and lanes that share fairly."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0040"

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"
HELD = "EXISTS (SELECT FROM lease_holders h WHERE h.lease = d.lease AND h.alive_until > clock_timestamp())"
OPEN = f"""
    WITH RECURSIVE lanes AS (
      (SELECT d.organization_id, d.destination FROM deliveries d ORDER BY 1, 2 LIMIT 1)
      UNION ALL
      SELECT n.organization_id, n.destination FROM lanes l CROSS JOIN LATERAL (
        SELECT d.organization_id, d.destination FROM deliveries d
        WHERE (d.organization_id, d.destination) > (l.organization_id, l.destination) ORDER BY 1, 2 LIMIT 1) n),
    ready AS (
      SELECT l.organization_id, l.destination, coalesce(s.allowance, 0) AS allowance
      FROM lanes l LEFT JOIN destinations s ON s.organization_id = l.organization_id AND s.name = l.destination
      WHERE s.paused_at IS NULL AND (s.resting_until IS NULL OR s.resting_until <= at)
        AND NOT EXISTS (SELECT FROM destinations a WHERE a.organization_id = l.organization_id AND a.name = '*')
        AND EXISTS (
          SELECT FROM deliveries d WHERE d.organization_id = l.organization_id AND d.destination = l.destination
          AND d.due_at <= at AND NOT {HELD}))
    SELECT r.*, greatest(1, most / (SELECT count(DISTINCT organization_id) FROM ready)
        / count(*) OVER (PARTITION BY r.organization_id))::integer AS share
    FROM ready r ORDER BY row_number() OVER (PARTITION BY r.organization_id ORDER BY random()), random()
"""
FUNCTIONS = f"""
CREATE FUNCTION say_alive(token uuid, seconds float) RETURNS bigint LANGUAGE sql {DEFINER} AS
$$
  DELETE FROM lease_holders WHERE alive_until < clock_timestamp() - interval '1 hour';
  INSERT INTO lease_holders VALUES (token, clock_timestamp() + seconds * interval '1 second')
    ON CONFLICT (lease) DO UPDATE SET alive_until = excluded.alive_until;
  SELECT count(*) FROM lease_holders WHERE alive_until > clock_timestamp()
$$;

CREATE FUNCTION lease_deliveries(token uuid, at timestamptz, most integer)
RETURNS SETOF deliveries LANGUAGE plpgsql {DEFINER} AS
$$
DECLARE lane record; room integer; given integer := 0; taken integer;
BEGIN
  IF NOT EXISTS (SELECT FROM deliveries d WHERE d.due_at <= at AND NOT {HELD}) THEN RETURN; END IF;
  FOR lane IN {OPEN} LOOP
    EXIT WHEN given >= most;
    room := least(lane.share, most - given);
    IF lane.allowance > 0 THEN
      SELECT least(room, s.allowance) INTO room FROM destinations s
        WHERE s.organization_id = lane.organization_id AND s.name = lane.destination
          AND s.paused_at IS NULL AND (s.resting_until IS NULL OR s.resting_until <= at)
        FOR UPDATE SKIP LOCKED;
      CONTINUE WHEN NOT FOUND;
      SELECT room - count(*) INTO room FROM deliveries d WHERE d.organization_id = lane.organization_id
        AND d.destination = lane.destination AND d.lease IS NOT NULL AND {HELD};
      CONTINUE WHEN room <= 0;
    END IF;
    RETURN QUERY UPDATE deliveries SET lease = token WHERE (organization_id, id) IN (
      SELECT d.organization_id, d.id FROM deliveries d
      WHERE d.organization_id = lane.organization_id AND d.destination = lane.destination
        AND d.due_at <= at AND NOT {HELD}
      ORDER BY d.due_at LIMIT room FOR UPDATE SKIP LOCKED)
    RETURNING *;
    GET DIAGNOSTICS taken = ROW_COUNT;
    given := given + taken;
  END LOOP;
END
$$;

CREATE FUNCTION is_held(lease uuid) RETURNS boolean LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT EXISTS (SELECT FROM lease_holders h WHERE h.lease = $1 AND h.alive_until > clock_timestamp()) $$;

CREATE FUNCTION forget_destinations() RETURNS void LANGUAGE sql {DEFINER} AS
$$
  DELETE FROM destinations s WHERE s.paused_at IS NULL AND (s.resting_until IS NULL OR s.resting_until < now())
    AND NOT EXISTS (
      SELECT FROM deliveries d WHERE d.organization_id = s.organization_id AND d.destination = s.name)
$$;

CREATE FUNCTION standings() RETURNS SETOF destinations LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT * FROM destinations LIMIT 100000 $$;

CREATE FUNCTION overdue_deliveries(at timestamptz, told_before timestamptz, most integer)
RETURNS SETOF deliveries LANGUAGE sql STABLE {DEFINER} AS
$$
  SELECT d.* FROM deliveries d
  WHERE (d.expires_at <= at OR (NOT d.warned AND d.expires_at <= told_before)) AND NOT {HELD}
  ORDER BY d.expires_at LIMIT most
$$;
"""


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("notices", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.add_column("deliveries", sa.Column("warned", sa.Boolean(), nullable=False, server_default=sa.true()))
    for name in ("notices", "warned"):
        op.alter_column("deliveries", name, server_default=None)
    op.create_index("ix_deliveries_lane", "deliveries", ["organization_id", "destination", "due_at"])
    op.create_index(
        "ix_deliveries_leased", "deliveries", ["organization_id", "destination"],
        postgresql_where=sa.text("lease IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_deliveries_expires_at", "deliveries", ["expires_at"])
    op.create_table(
        "destinations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=False),
        sa.Column("resting_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by", sa.Text(), nullable=False),
        sa.Column("last_reply", sa.Text(), nullable=False),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "name", name=op.f("pk_destinations")),
    )
    op.execute("ALTER TABLE destinations ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON destinations TO mailward_app USING "
        "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON destinations TO mailward_app")
    op.execute("DROP FUNCTION say_alive(uuid, timestamptz, timestamptz)")
    op.execute("DROP FUNCTION lease_deliveries(uuid, timestamptz, integer)")
    for statement in FUNCTIONS.split("\n\n"):
        op.execute(statement)
        function = statement.split("CREATE FUNCTION ", 1)[1].split("(", 1)[0]
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO mailward_app")
