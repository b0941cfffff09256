# SPDX-License-Identifier: Apache-2.0
"""Valid recipients, by domain. Addresses are stored in lower case.

Each domain's list has a version, which changes with every change, and its length: so a process knows without
reading millions of rows whether it must read them, and the console how many there are.
"""

import sqlalchemy as sa

from mailward.contract.data import DataItem
from mailward.kit.database.schema import column, table

VALID_RECIPIENTS = table(
    "valid_recipients",
    column("domain", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("address", sa.Text, primary_key=True, item=DataItem.EMAIL_ADDRESS),
    column("display_name", sa.Text, item=DataItem.PERSON_NAME),
    feature="directory_import",
)

RECIPIENT_LISTS = table(
    "recipient_lists",
    column("domain", sa.Text, primary_key=True, item=DataItem.DOMAIN_NAME),
    column("version", sa.Uuid),
    column("entries", sa.BigInteger),
    column("changed_at", sa.DateTime(timezone=True)),
    feature="directory_import",
)
