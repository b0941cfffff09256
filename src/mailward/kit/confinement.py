# SPDX-License-Identifier: Apache-2.0
"""Lock the current process up for good, so that a hole in a parser of hostile bytes leads nowhere.

After `confine` the process can compute, read and write the descriptors it was left, accept on a
listening socket it was left, and end. It cannot open a path, make a socket, start a process, gain a
right, signal or trace anybody, make memory executable, or use more memory than it was granted.
Everything it will ever need is imported and loaded before.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Collection
from pathlib import Path

import msgspec

from mailward.kit import landlock, seccomp

NOBODY = 65534
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4


class CannotConfine(Exception):  # noqa: N818 - a sentence for people, raised at the start
    """This system lacks a wall that we insist on."""


class Walls(msgspec.Struct, frozen=True, kw_only=True):
    """What holds the process now. `landlock` is the interface's version, 0 for none."""

    seccomp: bool
    landlock: int
    memory_bytes: int
    unprivileged: bool


def missing() -> str:
    """What this system lacks, in words; empty if `confine` will succeed. Changes nothing."""
    return seccomp.unavailable()


def confine(*, memory_bytes: int, keep: Collection[int] = (), open_files: int = 32, insist: bool = True) -> Walls:
    """Confine this process. There is no way back.

    `memory_bytes` bounds the private writable memory that this process takes from now on
    (RLIMIT_DATA; what it inherited is shared with its parent and does not count). All descriptors but
    `keep` are closed; 0, 1 and 2 lead to /dev/null unless kept.
    Where the seccomp filter cannot be set, raises `CannotConfine`, or, with `insist=False`, goes on
    behind the walls that remain; whoever chooses that says so loudly, with the words of `missing`.
    """
    lack = missing()
    if lack and insist:
        raise CannotConfine(lack)
    _close_all_but(keep)
    _limit(_inherited_bytes() + memory_bytes, max(open_files, *keep, 3) + 1)
    unprivileged = _become_nobody()
    if sys.platform == "linux":
        _prctl(seccomp.PR_SET_NO_NEW_PRIVS, 1)
        _prctl(_PR_SET_DUMPABLE, 0)
    landlock_version = landlock.deny_everything() if sys.platform == "linux" else 0
    if not lack:
        seccomp.install()
    return Walls(seccomp=not lack, landlock=landlock_version, memory_bytes=memory_bytes, unprivileged=unprivileged)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent `parent` ends, however it ends. Call it
    before `confine`; `_become_nobody` asks again because a change of user forgets it."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _close_all_but(keep: Collection[int]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        if standard not in keep:
            os.dup2(nothing, standard)
    last = 2
    for descriptor in sorted(set(keep) - {0, 1, 2}):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, _most_descriptors())


def _most_descriptors() -> int:
    """One past the highest descriptor in use: the limit itself may be a thousand million."""
    try:
        return max(int(name) for name in os.listdir("/proc/self/fd")) + 1  # noqa: PTH208 - no Path is built
    except OSError:
        return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65536)


def _inherited_bytes() -> int:
    """Private writable memory that is mapped already, as the kernel counts it for RLIMIT_DATA."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmData:")), "VmData: 0 kB")
    return int(line.split()[1]) * 1024


def _limit(memory_bytes: int, open_files: int) -> None:
    for what, bound in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (bound, bound))


def _become_nobody() -> bool:
    """Give up root, if we have it. Answers whether the process has no privilege left."""
    if os.geteuid() != 0:
        return True
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        return False
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return True


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) was refused")
