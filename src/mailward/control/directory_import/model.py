# SPDX-License-Identifier: Apache-2.0
"""Valid recipients, by domain. Addresses are stored in lower case."""

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
