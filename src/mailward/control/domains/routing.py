# SPDX-License-Identifier: Apache-2.0
"""Which servers a mail for a recipient may be brought to, and in which order they are tried."""

import random
from collections.abc import Sequence

import msgspec

EVERYBODY = "*"


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A server behind us, for one local part or for everybody; a lower preference is tried first."""

    recipient: str = EVERYBODY
    host: str
    port: int = 25
    preference: int = 10


def candidates(servers: Sequence[Server], recipient: str) -> tuple[Server, ...]:
    """The rows that count for a recipient: its own and everybody's, merged."""
    local = recipient.rpartition("@")[0].lower()
    return tuple(server for server in servers if server.recipient in (EVERYBODY, local))


def in_order(servers: Sequence[Server], chance: random.Random) -> list[tuple[str, int]]:
    """Addresses in the order to try them: by preference, equal ones shuffled; each address once."""
    mixed = sorted(servers, key=lambda server: (server.preference, chance.random()))
    return list(dict.fromkeys((server.host, server.port) for server in mixed))
