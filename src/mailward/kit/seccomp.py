# SPDX-License-Identifier: Apache-2.0
"""A seccomp filter of our own making: the few system calls that a scan worker needs, and no others.

The filter is an allow-list in classic BPF (Linux, `Documentation/userspace-api/seccomp_filter.rst`),
assembled here and handed to the kernel through ctypes, so that no C library has to be trusted or
installed. What is not named fails with EPERM; what only an attacker would call kills the process.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Mapping

import msgspec

PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_GET_ACTION_AVAIL = 2

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL_PROCESS = 0x80000000

_LOAD_WORD = 0x20
_JUMP_EQUAL = 0x15
_JUMP_GREATER_OR_EQUAL = 0x35
_JUMP_ANY_BIT = 0x45
_RETURN = 0x06

_NUMBER_OFFSET = 0
_ARCHITECTURE_OFFSET = 4
_ARGUMENTS_OFFSET = 16
_X32_BIT = 0x40000000

_CLONE_THREAD = 0x00010000
_PROT_EXEC = 0x4
_FIONBIO = 0x5421
_FCNTL_FLAGS = (1, 2, 3, 4)  # F_GETFD, F_SETFD, F_GETFL, F_SETFL


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


PLAIN = _names(
    "read write close fstat lseek mmap mprotect munmap mremap brk madvise rt_sigaction rt_sigprocmask"
    " rt_sigreturn sigaltstack pread64 readv writev poll ppoll sched_yield nanosleep clock_nanosleep getitimer"
    " setitimer getpid gettid getppid getuid geteuid getgid getegid sendto recvfrom shutdown accept4 accept"
    " getsockopt exit exit_group uname sysinfo getrusage gettimeofday futex sched_getaffinity restart_syscall"
    " clock_gettime clock_getres set_robust_list getcpu getrandom membarrier rseq"
)
"""Calls that are allowed whatever their arguments, but for `mmap` and `mprotect`: see `_guarded`."""

DEADLY = _names(
    "execve execveat ptrace process_vm_readv process_vm_writev mount unshare setns bpf perf_event_open keyctl"
    " userfaultfd io_uring_setup init_module finit_module kexec_load reboot"
)
"""Calls that no library of ours makes: whoever tries one is not ours any more."""


class Architecture(msgspec.Struct, frozen=True):
    """One kind of processor: the kernel's audit number for it, the number of the system call
    `seccomp`, and the numbers of all calls that the filter names."""

    audit: int
    seccomp: int
    numbers: Mapping[str, int]


def _numbers(words: str) -> dict[str, int]:
    return {name: int(number) for name, _, number in (word.partition("=") for word in words.split())}


ARCHITECTURES = {
    "x86_64": Architecture(
        0xC000003E,
        317,
        _numbers(
            "read=0 write=1 close=3 fstat=5 poll=7 lseek=8 mmap=9 mprotect=10 munmap=11 brk=12 rt_sigaction=13"
            " rt_sigprocmask=14 rt_sigreturn=15 ioctl=16 pread64=17 readv=19 writev=20 sched_yield=24 mremap=25"
            " madvise=28 nanosleep=35 getitimer=36 setitimer=38 getpid=39 accept=43 sendto=44 recvfrom=45"
            " shutdown=48 getsockopt=55 clone=56 execve=59 exit=60 kill=62 uname=63 fcntl=72 gettimeofday=96"
            " getrusage=98 sysinfo=99 ptrace=101 getuid=102 getgid=104 geteuid=107 getegid=108 getppid=110"
            " sigaltstack=131 mount=165 reboot=169 init_module=175 gettid=186 futex=202 sched_getaffinity=204"
            " restart_syscall=219 clock_gettime=228 clock_getres=229 clock_nanosleep=230 exit_group=231 tgkill=234"
            " kexec_load=246 keyctl=250 ppoll=271 unshare=272 set_robust_list=273 accept4=288 perf_event_open=298"
            " setns=308 getcpu=309 process_vm_readv=310 process_vm_writev=311 finit_module=313 getrandom=318"
            " bpf=321 execveat=322 userfaultfd=323 membarrier=324 rseq=334 io_uring_setup=425 clone3=435"
        ),
    ),
    "aarch64": Architecture(
        0xC00000B7,
        277,
        _numbers(
            "fcntl=25 ioctl=29 mount=40 close=57 lseek=62 read=63 write=64 readv=65 writev=66 pread64=67 ppoll=73"
            " fstat=80 exit=93 exit_group=94 unshare=97 futex=98 set_robust_list=99 nanosleep=101 getitimer=102"
            " setitimer=103 kexec_load=104 init_module=105 clock_gettime=113 clock_getres=114 clock_nanosleep=115"
            " ptrace=117 sched_getaffinity=123 sched_yield=124 restart_syscall=128 kill=129 tgkill=131"
            " sigaltstack=132 rt_sigaction=134 rt_sigprocmask=135 rt_sigreturn=139 reboot=142 uname=160"
            " getrusage=165 getcpu=168 gettimeofday=169 getpid=172 getppid=173 getuid=174 geteuid=175 getgid=176"
            " getegid=177 gettid=178 sysinfo=179 accept=202 sendto=206 recvfrom=207 getsockopt=209 shutdown=210"
            " brk=214 munmap=215 mremap=216 keyctl=219 clone=220 execve=221 mmap=222 mprotect=226 madvise=233"
            " perf_event_open=241 accept4=242 setns=268 process_vm_readv=270 process_vm_writev=271"
            " finit_module=273 getrandom=278 bpf=280 execveat=281 userfaultfd=282 membarrier=283 rseq=293"
            " io_uring_setup=425 clone3=435"
        ),
    ),
}


def architecture() -> Architecture | None:
    """This machine's, or None where the filter has no table for it."""
    return ARCHITECTURES.get(platform.machine())


def unavailable() -> str:
    """Why no filter can be set here, in words; empty when one can."""
    if os.uname().sysname != "Linux":
        return "seccomp exists on Linux only"
    here = architecture()
    if here is None:
        return f"no table of system calls for {platform.machine()}"
    action = ctypes.c_uint32(_KILL_PROCESS)
    if _libc().syscall(here.seccomp, _SECCOMP_GET_ACTION_AVAIL, 0, ctypes.byref(action)) != 0:
        return f"the kernel offers no seccomp filter ({os.strerror(ctypes.get_errno())})"
    return ""


def install() -> None:
    """Set the filter for this process and all threads it will start, for good.

    `OSError` if the kernel refuses. The caller has set PR_SET_NO_NEW_PRIVS.
    """
    here = architecture()
    if here is None:
        raise OSError(errno.ENOSYS, "no table of system calls for this processor")
    program = assemble(here, own_pid=os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    if _libc().syscall(here.seccomp, _SECCOMP_SET_MODE_FILTER, 0, header) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refused the seccomp filter")


def assemble(here: Architecture, *, own_pid: int) -> bytes:
    """The filter as machine code, 8 bytes an instruction."""
    out = [
        _instruction(_LOAD_WORD, k=_ARCHITECTURE_OFFSET),
        _instruction(_JUMP_EQUAL, jump=(1, 0), k=here.audit),
        _instruction(_RETURN, k=_KILL_PROCESS),
        _instruction(_LOAD_WORD, k=_NUMBER_OFFSET),
        _instruction(_JUMP_GREATER_OR_EQUAL, jump=(0, 1), k=_X32_BIT),
        _instruction(_RETURN, k=_KILL_PROCESS),
    ]
    guarded = _guarded(own_pid)
    for name, body in guarded.items():
        out += _when(here, name, body)
    for name in PLAIN:
        if name not in guarded:
            out += _when(here, name, [_instruction(_RETURN, k=_ALLOW)])
    for name in DEADLY:
        out += _when(here, name, [_instruction(_RETURN, k=_KILL_PROCESS)])
    out.append(_instruction(_RETURN, k=_ERRNO | errno.EPERM))
    return b"".join(out)


def _guarded(own_pid: int) -> dict[str, list[bytes]]:
    """Calls that depend on an argument. No new executable memory, threads but no processes, signals
    to nobody else. `clone3` hides its flags in memory, where a filter cannot look: the C library
    falls back to `clone` when told ENOSYS."""
    return {
        "mmap": _unless_bit(2, _PROT_EXEC),
        "mprotect": _unless_bit(2, _PROT_EXEC),
        "clone": _if_bit(0, _CLONE_THREAD),
        "clone3": [_instruction(_RETURN, k=_ERRNO | errno.ENOSYS)],
        "ioctl": _if_equal(1, (_FIONBIO,)),
        "fcntl": _if_equal(1, _FCNTL_FLAGS),
        "kill": _if_equal(0, (own_pid,)),
        "tgkill": _if_equal(0, (own_pid,)),
    }


def _when(here: Architecture, name: str, body: list[bytes]) -> list[bytes]:
    """`body` for this call, else what follows. Calls that a processor lacks need no line."""
    number = here.numbers.get(name)
    if number is None:
        return []
    return [_instruction(_JUMP_EQUAL, jump=(0, len(body)), k=number), *body]


def _if_bit(argument: int, bit: int) -> list[bytes]:
    return [
        _load_argument(argument),
        _instruction(_JUMP_ANY_BIT, jump=(0, 1), k=bit),
        _instruction(_RETURN, k=_ALLOW),
        _instruction(_RETURN, k=_ERRNO | errno.EPERM),
    ]


def _unless_bit(argument: int, bit: int) -> list[bytes]:
    return [
        _load_argument(argument),
        _instruction(_JUMP_ANY_BIT, jump=(1, 0), k=bit),
        _instruction(_RETURN, k=_ALLOW),
        _instruction(_RETURN, k=_ERRNO | errno.EPERM),
    ]


def _if_equal(argument: int, values: Iterable[int]) -> list[bytes]:
    out = [_load_argument(argument)]
    for value in values:
        out += [_instruction(_JUMP_EQUAL, jump=(0, 1), k=value), _instruction(_RETURN, k=_ALLOW)]
    return [*out, _instruction(_RETURN, k=_ERRNO | errno.EPERM)]


def _load_argument(argument: int) -> bytes:
    """The low half of an argument: both processors are little-endian, and the kernel itself looks at
    no more of these ones."""
    return _instruction(_LOAD_WORD, k=_ARGUMENTS_OFFSET + 8 * argument)


def _instruction(code: int, *, k: int, jump: tuple[int, int] = (0, 0)) -> bytes:
    return struct.pack("HBBI", code, jump[0], jump[1], k)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
