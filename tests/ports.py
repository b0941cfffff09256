# SPDX-License-Identifier: Apache-2.0
"""Ports for what starts later: outside the range from which the system gives ports to whoever asks for any."""

import random
import socket

_FIRST, _LAST = 15000, 32000
_TRIES = 1000


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has, and that nobody is given by chance."""
    for port in random.SystemRandom().sample(range(_FIRST, _LAST), _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port between {_FIRST} and {_LAST}")
