# SPDX-License-Identifier: Apache-2.0
"""Work that comes round again: what was gathered in memory is written every so often, and once more at the end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


async def until_cancelled(flush: Callable[[], Coroutine[Any, Any, None]], *, every: float) -> None:
    """Flush every so many seconds; when cancelled once more, which the cancelling does not interrupt."""
    try:
        while True:
            await asyncio.sleep(every)
            await flush()
    finally:
        await asyncio.shield(flush())
