# SPDX-License-Identifier: Apache-2.0
"""Each deed is tried twice in a child process: free, where it must succeed, and confined, where it
must not. A probe that fails in both proves nothing, so the free run is the control."""

import ctypes
import mmap
import os
import platform
import re
import resource
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mailward.kit import confinement, landlock, seccomp

MEMORY = 256 * 1024 * 1024
DONE, REFUSED = b"done", b"refused"

pytestmark = pytest.mark.skipif(bool(seccomp.unavailable()), reason="no seccomp here")


def in_child(deed: Callable[[], None], *, confined: bool, insist: bool = True) -> bytes | int:
    """`DONE`, `REFUSED`, or the signal that killed the child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            if confined:
                confinement.confine(memory_bytes=MEMORY, keep=(writer,), insist=insist)
            try:
                deed()
                os.write(writer, DONE)
            except (OSError, MemoryError, RuntimeError):
                os.write(writer, REFUSED)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else answer


def call(number: int, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def connect() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.create_connection(listener.getsockname()):
            pass


def executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def much_memory() -> None:
    len(bytearray(2 * MEMORY))


def signal_parent() -> None:
    os.kill(os.getppid(), 0)


def write_file(path: Path) -> Callable[[], None]:
    return lambda: path.write_text("x") and None


QUIET = {
    "fork": fork,
    "connect": connect,
    "make a socket pair": lambda: [end.close() for end in socket.socketpair()] and None,
    "ask a name": lambda: socket.getaddrinfo("localhost", 25, proto=socket.IPPROTO_TCP) and connect(),
    "read /etc/passwd": lambda: Path("/etc/passwd").read_bytes() and None,
    "read the parent's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes() and None,
    "list /": lambda: list(Path("/").iterdir()) and None,
    "make executable memory": executable_memory,
    "take much memory": much_memory,
    "signal the parent": signal_parent,
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE)),
    "make a pipe": lambda: [os.close(end) for end in os.pipe()] and None,
    "make a memory file": lambda: os.close(os.memfd_create("x")),
    "leave the session": lambda: os.setsid() and None,
    "change directory": lambda: os.chdir("/"),
}
DEADLY = {
    "exec": lambda: os.execv("/bin/true", ["/bin/true"]),
    "new user namespace": lambda: call(seccomp.architecture().numbers["unshare"], 0x10000000),
    "ptrace": lambda: call(seccomp.architecture().numbers["ptrace"], 0, 0, 0, 0),
}


@pytest.mark.parametrize("deed", QUIET.values(), ids=QUIET)
def test_is_refused_inside_and_works_outside(deed):
    assert in_child(deed, confined=False) == DONE
    assert in_child(deed, confined=True) == REFUSED


@pytest.mark.parametrize("deed", DEADLY.values(), ids=DEADLY)
def test_kills_inside(deed):
    assert in_child(deed, confined=False) in {DONE, REFUSED, b""}
    assert in_child(deed, confined=True) == signal.SIGSYS


def test_cannot_write_a_file(tmp_path):
    tmp_path.chmod(0o777)
    assert in_child(write_file(tmp_path / "free"), confined=False) == DONE
    assert in_child(write_file(tmp_path / "inside"), confined=True) == REFUSED
    assert (tmp_path / "free").exists()
    assert not (tmp_path / "inside").exists()


def test_cannot_write_through_a_kept_descriptor(tmp_path):
    descriptor = os.open(tmp_path / "kept", os.O_CREAT | os.O_RDWR)

    def append():
        os.write(descriptor, b"x")

    def keep_and_append():
        confinement.confine(memory_bytes=MEMORY, keep=(descriptor,))
        append()

    assert in_child(append, confined=False) == DONE
    assert in_child(keep_and_append, confined=False) in {signal.SIGXFSZ, b""}
    assert (tmp_path / "kept").read_bytes() == b"x"
    os.close(descriptor)


def test_inherited_descriptors_are_closed():
    with socket.socket() as inherited:

        def use():
            inherited.getsockname()

        assert in_child(use, confined=False) == DONE
        assert in_child(use, confined=True) == REFUSED


def test_what_a_worker_needs_still_works():
    def work():
        assert sum(range(1000)) == 499500
        assert len(os.urandom(8)) == 8
        signal.setitimer(signal.ITIMER_REAL, 5)
        signal.setitimer(signal.ITIMER_REAL, 0)
        bytearray(32 * 1024 * 1024)
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    assert in_child(work, confined=True) == DONE


def test_the_walls_are_named():
    def look():
        known = landlock.version()
        walls = confinement.confine(memory_bytes=MEMORY, keep=())
        if not (walls.seccomp and walls.unprivileged and walls.landlock == known):
            os.kill(os.getpid(), signal.SIGABRT)

    assert in_child(look, confined=False) == b""


def test_landlock_holds_without_the_filter():
    if not landlock.version():
        pytest.skip("no Landlock here")

    def read():
        landlock_only = ctypes.CDLL(None).prctl(seccomp.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        assert landlock_only
        assert landlock.deny_everything()
        Path("/etc/passwd").read_bytes()

    assert in_child(read, confined=False) == REFUSED


def test_refuses_where_there_is_no_filter(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "vax")

    def insist():
        try:
            confinement.confine(memory_bytes=MEMORY)
        except confinement.CannotConfine as error:
            raise RuntimeError from error

    assert "vax" in confinement.missing()
    assert in_child(insist, confined=False) == REFUSED
    assert in_child(lambda: None, confined=True, insist=False) == DONE


def test_dies_with_its_parent():
    reader, writer = os.pipe()
    parent = os.fork()
    if parent == 0:
        middle = os.getpid()
        if os.fork() == 0:
            confinement.die_with(middle)
            confinement.confine(memory_bytes=MEMORY, keep=(writer,))
            os.write(writer, b"here")
            signal.pause()
        os.close(reader)
        os.read(os.pipe()[0], 1)
    os.close(writer)
    assert os.read(reader, 4) == b"here"
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert os.read(reader, 1) == b""  # the grandchild held the last writing end
    os.close(reader)


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_are_the_kernels(machine, header):
    if not Path(header).exists():
        pytest.skip("no kernel headers here")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text()))
    here = seccomp.ARCHITECTURES[machine]
    assert {name: int(defined[name]) for name in here.numbers} == here.numbers
    assert int(defined["seccomp"]) == here.seccomp


def test_every_named_call_has_a_number():
    here = seccomp.ARCHITECTURES["x86_64"].numbers
    assert set(seccomp.PLAIN) | set(seccomp.DEADLY) <= set(here)
    assert set(seccomp.ARCHITECTURES["aarch64"].numbers) >= set(here) - {"poll"}
