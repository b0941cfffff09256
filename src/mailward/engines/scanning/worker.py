# SPDX-License-Identifier: Apache-2.0
"""The life of one worker: take a mail, look at it against the clock, answer, take the next.

The clock is the kernel's: two timers whose signals have no handler, so that even C code which never
comes back ends with the process. Nothing here waits for the network; nothing here can.
"""

import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable

from mailward.engines.scanning import wire
from mailward.engines.scanning.limits import TRANSFER_SECONDS, Limits

_PEER_CREDENTIALS = struct.Struct("3i")
_KIB = 1024 if sys.platform == "linux" else 1

Answering = Callable[[wire.Request], wire.Answer]


def serve(listener: socket.socket, answering: Answering, *, limits: Limits, owner: int) -> None:
    """Answer up to `limits.mails` requests of processes of the user `owner`, then return."""
    for _ in range(limits.mails):
        connection, _address = listener.accept()
        with connection:
            if _peer_user(connection) in {owner, 0}:
                connection.settimeout(TRANSFER_SECONDS)
                _answer_one(connection, answering, limits)
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB > limits.recycle_bytes:
            return


def _answer_one(connection: socket.socket, answering: Answering, limits: Limits) -> None:
    try:
        asked = wire.request(_receive(connection))
    except (OSError, EOFError, wire.BadFrame):
        return
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds)
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)
    try:
        answer = wire.frame(answering(asked))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        connection.sendall(answer)
    except OSError:
        return


def _receive(connection: socket.socket) -> memoryview:
    size = wire.length(_exactly(connection, wire.HEADER.size).tobytes())
    return _exactly(connection, size)


def _exactly(connection: socket.socket, size: int) -> memoryview:
    whole = memoryview(bytearray(size))
    have = 0
    while have < size:
        got = connection.recv_into(whole[have:])
        if not got:
            raise EOFError
        have += got
    return whole


def _peer_user(connection: socket.socket) -> int:
    """The user at the other end: an address in the abstract name space has no file mode to guard it."""
    if sys.platform != "linux":
        return os.getuid()
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER_CREDENTIALS.size)
    user: int = _PEER_CREDENTIALS.unpack(packed)[1]
    return user
