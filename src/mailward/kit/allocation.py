# SPDX-License-Identifier: Apache-2.0
"""Memory of large mails, kept for the next one.

A mail of some megabytes is copied several times on its way. The C library gives each such buffer back to the
kernel at once and is given cleared pages for the next: of the processor time of a mail of 5 MB, a quarter.
"""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of glibc's `mallopt`(3)."""
_MOST_BYTES = 32 * 1024 * 1024
"""The largest buffer that is kept; glibc takes no more."""
_KEPT_BYTES = 64 * 1024 * 1024


def keep_buffers() -> None:
    """From now on this process keeps up to `_KEPT_BYTES` of free memory. Nothing happens where there is no glibc."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _MOST_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
