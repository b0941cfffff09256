# SPDX-License-Identifier: Apache-2.0
"""Several servers behind a domain: the one next hop of each domain becomes its first row."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "inbound_servers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("preference", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "domain", "recipient", "host", "port", name=op.f("pk_inbound_servers")
        ),
    )
    op.execute(
        "INSERT INTO inbound_servers SELECT organization_id, name, '*', next_hop_host, next_hop_port, 10 FROM domains"
    )
    op.drop_column("domains", "next_hop_host")
    op.drop_column("domains", "next_hop_port")
    op.execute("ALTER TABLE inbound_servers ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_rows ON inbound_servers TO mailward_app USING "
        "(organization_id = nullif(current_setting('mailward.organization', true), '')::uuid)"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON inbound_servers TO mailward_app")
