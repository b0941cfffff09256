# SPDX-License-Identifier: Apache-2.0
"""Servers that could not be talked to rest for a while, so that not every mail waits for one that is dead.

This is what one process knows. While a server rests, mail goes to the others of its destination first; when
its rest is over, one mail tries it, and the others go on as before until that one has found out.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mailward.disposition.delivery.client import Destination

FIRST_REST = 5.0
LONGEST_REST = 300.0
"""Seconds: 5, 10, 20 ... up to five minutes, each 20 % more or less."""
SPREAD = 0.2
MOST_REMEMBERED = 10_000

Address = tuple[str, str, int]


class _Trouble(NamedTuple):
    """So many failures in a row; the rest ends then, by the monotonic clock. `on_trial`: a mail is finding out."""

    failures: int
    until: float
    on_trial: bool = False


class Servers:
    """The servers that this process had trouble with."""

    def __init__(self, *, monotonic: Callable[[], float], chance: random.Random) -> None:
        self._monotonic = monotonic
        self._chance = chance
        self._troubled: dict[Address, _Trouble] = {}

    def in_order(self, servers: Sequence[Destination]) -> list[Destination]:
        """Those that rest come last, the one that may be tried soonest first. Whoever gets one whose rest is over
        tries it in the name of all: for the others it rests on."""
        if not self._troubled:
            return list(servers)
        now, open_, resting = self._monotonic(), [], []
        for server in servers:
            trouble = self._troubled.get(_address(server))
            if trouble is None:
                open_.append(server)
            elif trouble.until <= now and not open_:
                self._troubled[_address(server)] = _Trouble(trouble.failures, now + self._rest(trouble.failures), True)
                open_.append(server)
            else:
                resting.append(server)
        return open_ + sorted(resting, key=lambda server: self._troubled[_address(server)].until)

    def works(self, server: Destination) -> None:
        """It could be talked to."""
        self._troubled.pop(_address(server), None)

    def fails(self, server: Destination) -> None:
        """It could not be talked to. A crowd that fails together counts once."""
        now, known = self._monotonic(), self._troubled.get(_address(server))
        if known is not None and known.until > now and not known.on_trial:
            return
        if known is None and len(self._troubled) >= MOST_REMEMBERED:
            self._troubled.pop(next(iter(self._troubled)))
        failures = known.failures + 1 if known else 1
        self._troubled[_address(server)] = _Trouble(failures, now + self._rest(failures))

    def _rest(self, failures: int) -> float:
        plain: float = min(LONGEST_REST, FIRST_REST * 2 ** min(failures - 1, 10))
        return plain * (1 + SPREAD * (2 * self._chance.random() - 1))


def _address(server: Destination) -> Address:
    return server.host, server.address, server.port
