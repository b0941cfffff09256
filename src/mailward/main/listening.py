# SPDX-License-Identifier: Apache-2.0
"""The sockets that a node listens on."""

import errno
import socket
import sys
import time

from mailward.main.configuration import Address

BIND_SECONDS = 5
PORTS_TRIED = 20


class CannotRun(Exception):  # noqa: N818 - one line for people
    """The node cannot come up. The text says why and what to do."""


def bind_near(address: Address) -> socket.socket:
    """A listening socket on this port, or, saying so, on one of the next."""
    if not address.port:
        return bind_at(address)
    for port in range(address.port, address.port + PORTS_TRIED):
        if port_or_any(port):
            if port != address.port:
                print(f"{address} is taken; using port {port} instead", file=sys.stderr)  # noqa: T201 - for people
            return bind_at(Address(address.host, port))
    return bind_at(address)


def bind_at(address: Address) -> socket.socket:
    """A listening socket; a port that an earlier run is just leaving is waited for."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    deadline = time.monotonic() + BIND_SECONDS
    while True:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address.host, address.port))
        except OSError as exc:
            listener.close()
            if exc.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                why = f"cannot listen on {address}: {exc.strerror}; choose another with --smtp or --http"
                raise CannotRun(why) from exc
            time.sleep(0.2)
        else:
            listener.listen(1024)
            return listener


def port_or_any(port: int) -> int:
    """The port, if nobody has it; else 0, which means any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port
