# SPDX-License-Identifier: Apache-2.0
"""Find the few copies that wait to be read by Mailward itself among all that ever came."""

from alembic import op

revision = "0071"
down_revision = "0051"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX ix_message_recipients_taken ON message_recipients (organization_id, rule) WHERE status = 'taken'"
    )
