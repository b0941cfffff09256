# SPDX-License-Identifier: Apache-2.0
"""The ledger of what left: who was asked, which kinds of data went along, how often and how much. Never the content.

Each line carries the hash of the line before it, so that a line that was changed or taken out shows.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from mailward.kit.database.schema import column, table

EGRESS_LEDGER = table(
    "egress_ledger",
    column("number", sa.BigInteger, primary_key=True),
    column("at", sa.DateTime(timezone=True)),
    column("feature", sa.Text),
    column("destination", sa.Text),
    column("items", ARRAY(sa.Text)),
    column("requests", sa.BigInteger),
    column("bytes", sa.BigInteger),
    column("hash", sa.LargeBinary),
    feature="egress",
)
