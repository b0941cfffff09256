# SPDX-License-Identifier: Apache-2.0
"""Walls and doors: row-level security on every table, and the few functions that may look across organizations."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    "organizations", "accounts", "sessions", "sign_in_links", "domains", "valid_recipients",
    "high_profile_users", "messages", "message_recipients", "message_events", "deliveries",
    "quarantine", "egress_ledger", "rules", "feature_settings",
)  # fmt: skip
DAILY = ("messages", "message_recipients", "message_events")

DEFINER = "SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTIONS = f"""
CREATE FUNCTION all_organizations() RETURNS SETOF uuid LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id FROM organizations ORDER BY 1 $$;

CREATE FUNCTION account_by_email(wanted text)
RETURNS TABLE (organization_id uuid, id uuid, password_hash text) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id, id, password_hash FROM accounts WHERE email = lower(wanted) $$;

CREATE FUNCTION session_by_token(wanted bytea)
RETURNS TABLE (organization_id uuid, account_id uuid) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id, account_id FROM sessions WHERE token_hash = wanted $$;

CREATE FUNCTION sign_in_link_by_token(wanted bytea)
RETURNS TABLE (organization_id uuid, account_id uuid) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id, account_id FROM sign_in_links WHERE token_hash = wanted $$;

CREATE FUNCTION say_alive(token uuid, at timestamptz, until timestamptz) RETURNS void LANGUAGE sql {DEFINER} AS
$$
  DELETE FROM lease_holders WHERE alive_until < at - interval '1 hour';
  INSERT INTO lease_holders VALUES (token, until) ON CONFLICT (lease) DO UPDATE SET alive_until = excluded.alive_until
$$;

CREATE FUNCTION say_farewell(token uuid) RETURNS void LANGUAGE sql {DEFINER} AS
$$ DELETE FROM lease_holders WHERE lease = token $$;

CREATE FUNCTION lease_deliveries(token uuid, at timestamptz, most integer)
RETURNS SETOF deliveries LANGUAGE sql {DEFINER} AS
$$
  UPDATE deliveries SET lease = token
  WHERE (organization_id, id) IN (
    SELECT organization_id, id FROM deliveries d
    WHERE due_at <= at
      AND (lease IS NULL OR NOT EXISTS (SELECT FROM lease_holders h WHERE h.lease = d.lease AND h.alive_until > at))
    ORDER BY due_at LIMIT most FOR UPDATE SKIP LOCKED)
  RETURNING *
$$;

CREATE FUNCTION queue_state(OUT waiting bigint, OUT oldest timestamptz, OUT next_due timestamptz)
LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT count(*), min(expires_at), min(due_at) FROM deliveries $$;

CREATE FUNCTION lease_expired_quarantine(at timestamptz, most integer)
RETURNS TABLE (organization_id uuid, id uuid, message_id uuid) LANGUAGE sql STABLE {DEFINER} AS
$$ SELECT organization_id, id, message_id FROM quarantine WHERE expires_at < at ORDER BY expires_at LIMIT most $$;

CREATE FUNCTION ensure_day(day date) RETURNS void LANGUAGE plpgsql {DEFINER} AS
$$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['messages', 'message_recipients', 'message_events'] LOOP
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                   parent || '_' || to_char(day, 'YYYYMMDD'), parent,
                   day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
  END LOOP;
END
$$;

CREATE FUNCTION drop_days_before(day date) RETURNS SETOF text LANGUAGE plpgsql {DEFINER} AS
$$
DECLARE part record;
BEGIN
  FOR part IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE p.relname IN ('messages', 'message_recipients', 'message_events')
      AND c.relname ~ '_[0-9]{{8}}$' AND to_date(right(c.relname, 8), 'YYYYMMDD') < day
  LOOP
    EXECUTE format('DROP TABLE %I', part.relname);
    RETURN NEXT part.relname;
  END LOOP;
END
$$;
"""


def upgrade() -> None:
    op.execute(
        "DO $$ BEGIN CREATE ROLE mailward_app NOLOGIN NOBYPASSRLS; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    op.execute("GRANT mailward_app TO CURRENT_USER")
    op.execute("GRANT USAGE ON SCHEMA public TO mailward_app")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_rows ON {table} TO mailward_app USING "
            "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
        )
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO mailward_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO mailward_app")
    op.execute("GRANT SELECT ON alembic_version TO mailward_app")
    for table in DAILY:
        op.execute(f"CREATE TABLE {table}_other PARTITION OF {table} DEFAULT")
    op.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for statement in FUNCTIONS.split("\n\n"):
        op.execute(statement)
    op.execute("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC")
    op.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO mailward_app")
