# SPDX-License-Identifier: Apache-2.0
"""What the node itself remembers. It belongs to no organization and holds nothing about anybody."""

import sqlalchemy as sa

from mailward.kit.database.schema import METADATA, column

JOB_RUNS = sa.Table(
    "job_runs",
    METADATA,
    column("name", sa.Text, primary_key=True),
    column("last_at", sa.DateTime(timezone=True)),
    column("held_until", sa.DateTime(timezone=True), nullable=True),
    info={"feature": "schedule"},
)
"""When a job that removes by age ran last, and until when it is held back."""
