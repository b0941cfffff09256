# SPDX-License-Identifier: Apache-2.0
"""Telling every process that an organization's policy changed, so that it compiles it anew."""

from typing import Any
from uuid import UUID

POLICY_CHANNEL = "mailward_policy"


async def announce(connection: Any, organization: UUID) -> None:
    """Heard when the transaction of `connection` commits."""
    await connection.execute("SELECT pg_notify($1, $2)", POLICY_CHANNEL, str(organization))
