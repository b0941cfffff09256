# SPDX-License-Identifier: Apache-2.0
"""The queue knows where a copy goes, and which copies may go to strangers."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("destination", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("outward", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE deliveries SET destination = lower(substring(recipient from '[^@]*$'))")
    op.alter_column("deliveries", "destination", nullable=False)
    op.add_column("quarantine", sa.Column("outward", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table in ("deliveries", "quarantine"):
        op.alter_column(table, "outward", server_default=None)
