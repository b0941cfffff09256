# SPDX-License-Identifier: Apache-2.0
"""Memory of large mails, kept for the next one.

A mail of some megabytes is copied several times on its way. The C library gives each such buffer back to the
kernel at once and is given cleared pages for the next: of the processor time of a mail of 5 MB, a quarter.
"""

import asyncio
import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of glibc's `mallopt`(3)."""
_MOST_BYTES = 32 * 1024 * 1024
"""The largest buffer that is kept; glibc takes no more."""
_KEPT_BYTES = 64 * 1024 * 1024
_GIVE_BACK_SECONDS = 30.0


def keep_buffers() -> None:
    """From now on this process keeps up to `_KEPT_BYTES` of free memory. Nothing happens where there is no glibc."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _MOST_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)


async def give_back() -> None:
    """Until cancelled: now and then give the kernel what a crowd of large mails has left behind, which the C library
    by itself gives back only from the end of what it holds."""
    with suppress(OSError, AttributeError):
        trim = ctypes.CDLL(None).malloc_trim
        while True:
            await asyncio.sleep(_GIVE_BACK_SECONDS)
            await asyncio.to_thread(trim, _KEPT_BYTES)
