# SPDX-License-Identifier: Apache-2.0
"""One PostgreSQL for all state: the embedded one under the data directory, or a server of the operator's."""

from mailward.kit.database.connection import Database
from mailward.kit.database.schema import METADATA, column, table

__all__ = ["METADATA", "Database", "column", "table"]
