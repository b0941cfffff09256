# SPDX-License-Identifier: Apache-2.0
"""Whose mail goes next in this process: organizations take turns, and so do the destinations of each.

A destination has no more under way than its share, so one that is slow, or one organization with a mountain
of mail, keeps nobody else waiting.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from mailward.disposition.delivery.destinations import Lane

Load = TypeVar("Load")


class Lanes(Generic[Load]):
    """Loads wait here until it is their turn; `begin(lane, load)` starts one, `done(lane)` says that it ended.
    `share` is how many a lane may have under way."""

    def __init__(self, begin: Callable[[Lane, Load], None], *, most: int, share: Callable[[], int]) -> None:
        self._begin = begin
        self._most = most
        self._share = share
        self._waiting: OrderedDict[UUID, OrderedDict[str, deque[Load]]] = OrderedDict()
        self._under_way: Counter[Lane] = Counter()
        self._count = 0

    def put(self, lane: Lane, load: Load) -> None:
        """Begin a load now if it may, else when it is its turn."""
        organization, destination = lane
        self._waiting.setdefault(organization, OrderedDict()).setdefault(destination, deque()).append(load)
        self._go_on()

    def withdraw(self, lane: Lane) -> list[Load]:
        """All that still waits in a lane, which is empty then."""
        organization, destination = lane
        destinations = self._waiting.get(organization, OrderedDict())
        loads = list(destinations.pop(destination, ()))
        if not destinations:
            self._waiting.pop(organization, None)
        return loads

    def done(self, lane: Lane) -> None:
        """A load of this lane has ended."""
        self._count -= 1
        self._under_way[lane] -= 1
        if not self._under_way[lane]:
            del self._under_way[lane]
        self._go_on()

    def _go_on(self) -> None:
        share = max(1, self._share())
        while self._count < self._most and (found := self._next(share)):
            lane, load = found
            self._count += 1
            self._under_way[lane] += 1
            self._begin(lane, load)

    def _next(self, share: int) -> tuple[Lane, Load] | None:
        """The first load, in the order of turns, whose lane has room. Whoever had a turn goes to the end."""
        for organization, destinations in self._waiting.items():
            for destination, loads in destinations.items():
                lane = (organization, destination)
                if self._under_way[lane] >= share:
                    continue
                load = loads.popleft()
                self._take_turns(organization, destination)
                return lane, load
        return None

    def _take_turns(self, organization: UUID, destination: str) -> None:
        destinations = self._waiting[organization]
        destinations.move_to_end(destination)
        if not destinations[destination]:
            del destinations[destination]
        self._waiting.move_to_end(organization)
        if not destinations:
            del self._waiting[organization]
