# SPDX-License-Identifier: Apache-2.0
"""Landlock, the second wall: even with a hole in the filter, no path can be read, written or run.

A ruleset that handles every right and grants none (Linux, `Documentation/userspace-api/landlock.rst`).
Its system calls have the same numbers on every processor.
"""

import ctypes
import struct

_CREATE_RULESET = 444
_RESTRICT_SELF = 446
_VERSION = 1

_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many access rights to files each version of the interface knows; newer ones know as many as 5."""
_NETWORK_SINCE = 4
_NETWORK_RIGHTS = 0b11
_SCOPES_SINCE = 6
_SCOPES = 0b11


def version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    found = int(_libc().syscall(_CREATE_RULESET, None, 0, _VERSION))
    return max(found, 0)


def deny_everything() -> int:
    """Close all paths, and where the kernel can, TCP and signals to others. Answers the version in
    force, 0 if there is no Landlock here."""
    known = version()
    if not known:
        return 0
    rules = struct.pack("Q", (1 << _FILE_RIGHTS.get(known, _FILE_RIGHTS[5])) - 1)
    if known >= _NETWORK_SINCE:
        rules += struct.pack("Q", _NETWORK_RIGHTS)
    if known >= _SCOPES_SINCE:
        rules += struct.pack("Q", _SCOPES)
    libc = _libc()
    ruleset = libc.syscall(_CREATE_RULESET, rules, len(rules), 0)
    if ruleset < 0:
        return 0
    try:
        return known if libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0 else 0
    finally:
        libc.close(ruleset)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
