# SPDX-License-Identifier: Apache-2.0
"""One PostgreSQL for all state: the embedded one under the data directory, or a server of the operator's."""

from mailward.kit.database.connection import AWAY, Database, savepoint

__all__ = ["AWAY", "Database", "savepoint"]
