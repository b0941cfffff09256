# SPDX-License-Identifier: Apache-2.0
"""Let the specimens arrive: over real SMTP, from their own addresses, one after the other, and once only."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from mailward.main.demo.dressing import dress
from mailward.main.demo.index import Specimen, specimens
from mailward.main.demo.keys import SenderKeys
from mailward.main.demo.sending import Outcome, Trip, send

ATTEMPTS = 5
"""How often a mail is offered to a server that is busy or not there, a little later each time."""

log = structlog.get_logger(__name__)


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """How one specimen fared. `outcome` is None when it could not be handed over; `why` says so then.
    `number` counts from 1 to `total`."""

    specimen: Specimen
    number: int
    total: int
    outcome: Outcome | None = None
    why: str = ""


async def arrive(
    smtp: tuple[str, int],
    *,
    data: Path,
    keys: SenderKeys,
    every: float = 0.3,
    again: bool = False,
    on_arrival: Callable[[Arrival], None] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Arrival, ...]:
    """Send all specimens that this data folder has not seen yet (all of them if `again`) to the
    server at `smtp`, `every` seconds apart, and tell `on_arrival` of each. Never raises for what the
    server does: a mail it would not take is told as such, and tried again on the next start.
    """
    noted = _Noted(data / "demo" / "arrived.json")
    waiting = [specimen for specimen in specimens() if again or specimen.id not in noted.ids]
    arrivals = []
    for number, specimen in enumerate(waiting, 1):
        if number > 1:
            await asyncio.sleep(every)
        outcome, why = await _offer(smtp, specimen, keys=keys, clock=clock, pause=every)
        if outcome is not None and outcome.final:
            noted.add(specimen.id)
        arrival = Arrival(specimen=specimen, number=number, total=len(waiting), outcome=outcome, why=why)
        arrivals.append(arrival)
        if on_arrival is not None:
            on_arrival(arrival)
    return tuple(arrivals)


async def _offer(
    smtp: tuple[str, int], specimen: Specimen, *, keys: SenderKeys, clock: Callable[[], datetime], pause: float
) -> tuple[Outcome | None, str]:
    """Offer one mail until it is taken, refused for good, or `ATTEMPTS` are used up."""
    outcome, why = None, ""
    for attempt in range(ATTEMPTS):
        if attempt:
            await asyncio.sleep(max(pause, 0.1) * 2**attempt)
        trip = Trip(
            sender=specimen.sender,
            recipients=specimen.recipients + specimen.unknown,
            mail=dress(specimen, keys=keys, now=clock()),
            helo=specimen.helo,
            source=specimen.source,
        )
        try:
            outcome, why = await send(*smtp, trip), ""
        except (OSError, TimeoutError, ValueError) as error:
            outcome, why = None, str(error) or type(error).__name__
            continue
        if outcome.final:
            break
        why = outcome.reply.text
    if why:
        log.warning("demo.specimen_not_taken", specimen=specimen.id, reason=why)
    return outcome, why


class _Noted:
    """The names of the specimens that were sent, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.ids: list[str] = msgspec.json.decode(path.read_bytes(), type=list[str]) if path.exists() else []

    def add(self, name: str) -> None:
        if name not in self.ids:
            self.ids.append(name)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.ids))
        fresh.replace(self._path)
