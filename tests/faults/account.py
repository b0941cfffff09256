# SPDX-License-Identifier: Apache-2.0
"""The end of a trial: what was acknowledged, what arrived, and what that says."""

import asyncio
import sys
import time
from typing import Any, Protocol

import msgspec
from tests.faults.ledger import Ledger, SmtpSource
from tests.faults.sink import Sink

QUIET_SECONDS = 12.0
SETTLE_SECONDS = 300.0
STUCK_SECONDS = 90.0
"""How long copies that wait may stay as many: a first back-off takes a minute, should the flush miss it."""
MOST_EXAMPLES = 20


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One trial. `missing_batches` are complete runs of smtp-source of which mails are missing; `faults` is
    what else was not as promised, in words; `facts` are the trial's own measurements."""

    trial: str
    acknowledged: int = 0
    refused: dict[str, int] = {}
    """Refusals by the first words of the answer."""
    ambiguous: int = 0
    delivered: int = 0
    lost: int = 0
    altered: int = 0
    examples: list[str] = []
    """Some of those lost or altered."""
    still_waiting: int = 0
    """Copies in the queue at the end; none, unless it was given up on."""
    duplicates: int = 0
    delivered_though_unacknowledged: int = 0
    batches: int = 0
    missing_batches: list[str] = []
    sink: dict[str, int] = {}
    faults: list[str] = []
    facts: dict[str, Any] = {}
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Nothing that was acknowledged is lost or altered, nothing is stuck, and every promise was kept."""
        return not (self.lost or self.altered or self.missing_batches or self.still_waiting or self.faults)

    def with_facts(self, *faults: str, **facts: Any) -> "Account":
        """The account with more to say; empty faults are none."""
        found = [*self.faults, *(fault for fault in faults if fault)]
        return msgspec.structs.replace(self, faults=found, facts={**self.facts, **facts})


class Queue(Protocol):
    """Whoever holds mail that waits."""

    async def flush(self) -> int:
        """Make all of it due now; how much there is."""
        ...


async def settle(queue: Queue, ledger: Ledger, sink: Sink) -> int:
    """Until the queue is empty and all that was acknowledged has come, or nothing has moved for
    `QUIET_SECONDS`; how many copies wait still."""
    sink.good_from_now_on()
    deadline = time.monotonic() + SETTLE_SECONDS
    moved, waiting = time.monotonic(), -1
    while time.monotonic() < deadline:
        before = waiting
        try:
            waiting = await queue.flush()
        except Exception as error:  # noqa: BLE001 - the database may be coming up again
            print(f"flush: {error!r}", file=sys.stderr)
            waiting = -1
        if waiting != before or waiting < 0:
            moved = time.monotonic()
        moved = max(moved, sink.last)
        complete = waiting == 0 and ledger.acknowledged.keys() <= sink.copies.keys()
        if time.monotonic() - moved > (2 if complete else QUIET_SECONDS if waiting == 0 else STUCK_SECONDS):
            break
        await asyncio.sleep(1)
    return waiting


def draw(trial: str, ledger: Ledger, sink: Sink, *, source: SmtpSource | None = None, waiting: int = 0) -> Account:
    """The account of what the ledger knows against what the sink got."""
    acknowledged = ledger.acknowledged.keys()
    lost = sorted(acknowledged - sink.copies.keys())
    altered = sorted(number for number, seen in sink.digests.items() if seen != {ledger.digests[number]})
    complete = source.complete if source is not None else set()
    return Account(
        trial=trial,
        acknowledged=len(acknowledged),
        refused=dict(ledger.refused),
        ambiguous=len(ledger.ambiguous),
        delivered=len(sink.copies),
        lost=len(lost),
        altered=len(altered),
        examples=(lost + altered)[:MOST_EXAMPLES],
        still_waiting=waiting,
        duplicates=sum(count - 1 for count in sink.copies.values()),
        delivered_though_unacknowledged=len(sink.copies.keys() - acknowledged),
        batches=len(complete),
        missing_batches=sorted(batch for batch in complete if sink.batches[batch] < source.messages) if source else [],
        sink={"deferred": sink.deferred, "aborted": sink.aborted, "answers lost": sink.muted},
        seconds=round(time.monotonic() - ledger.began, 1),
    )


def permanent(account: Account) -> str:
    """The fault of having refused for good what was only our own trouble; empty if nobody did."""
    found = {answer: count for answer, count in account.refused.items() if answer.startswith("5")}
    return f"refused for good: {found}" if found else ""


def show(record: msgspec.Struct) -> None:
    """One JSON line."""
    print(msgspec.json.encode(record).decode(), flush=True)
