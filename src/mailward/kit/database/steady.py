# SPDX-License-Identifier: Apache-2.0
"""Whether the clock can be trusted by whatever acts on the age of things.

What removes or gives up by age trusts the clock, and a clock that stands ten years ahead would have it remove
everything. So whoever finds the clock more than a day away from the last time holds back for a day: whoever
looks at the health page meanwhile can set the clock right, and nothing was lost. A machine that was off for
some days acts one day later.
"""

from datetime import datetime, timedelta

import asyncpg

MOST_BETWEEN = timedelta(days=1)
HOLD = timedelta(days=1)


async def held_until(connection: asyncpg.Connection, name: str, *, at: datetime) -> datetime | None:
    """Note that `name` looked at the clock; until when it must hold back, None if it need not."""
    held: datetime | None = await connection.fetchval("SELECT note_run($1, $2, $3, $4)", name, at, MOST_BETWEEN, HOLD)
    return held
