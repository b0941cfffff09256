# SPDX-License-Identifier: Apache-2.0
"""A held copy remembers what its sender may be told, and asked for (RFC 3461), until it is released."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0052"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("notices", JSONB(), nullable=False, server_default=sa.text("'{}'")))
    op.alter_column("quarantine", "notices", server_default=None)
