# SPDX-License-Identifier: Apache-2.0
"""What `mailward queue` does, on the database of a node whether or not it runs."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from mailward.contract.principal import Principal
from mailward.disposition.delivery.queue import MAX_SELECTED, Queue, TooMany
from mailward.disposition.delivery.service import open_queue
from mailward.disposition.delivery.shapes import (
    DestinationOrderKind,
    DestinationOutcome,
    QueueOrderKind,
    QueueOutcome,
    QueueOverview,
    QueuePage,
    QueueSelection,
)
from mailward.main.commands.options import Place
from mailward.main.node import Node
from mailward.main.on_node import Wrong, work
from mailward.main.printing import print_line, print_table
from mailward.records.mail_tracking.service import QueryError

MOST_SHOWN = 200
T = TypeVar("T")


def show_destinations(place: Place) -> int:
    """Print the queue by destination."""

    def show(state: QueueOverview) -> None:
        if state.everything_paused_at is not None:
            print_line(f"everything is paused by {state.everything_paused_by}: mailward queue resume --all")
        if not state.destinations:
            print_line("the queue is empty: everything that was accepted has been delivered")
            return
        print_table(
            ("destination", "waiting", "oldest", "stands", "next try", "last reply"),
            [
                (
                    one.name, str(one.waiting), _age(one.oldest_at), one.condition.replace("_", " "),
                    _when(one.next_try_at), one.last_reply.replace("\n", " "),
                )
                for one in state.destinations
            ],
        )  # fmt: skip

    return _do(place, lambda queue, principal: queue.state(principal.organization_id), show)


def show_copies(place: Place, destination: str | None, search: str) -> int:
    """Print the waiting copies of a destination, or those that a search finds, the oldest first."""

    def show(page: QueuePage) -> None:
        if not page.items:
            print_line("nothing waits there")
            return
        print_table(
            ("id", "from", "to", "came", "tries", "next try", "last reply"),
            [
                (
                    str(row.id), row.sender or "<>", row.recipient, _age(row.received_at), str(row.attempts),
                    "under way" if row.under_way else _when(row.due_at), row.last_reply.replace("\n", " "),
                )
                for row in page.items
            ],
        )  # fmt: skip
        if page.next_cursor is not None:
            print_line(f"only the first {len(page.items)} are shown; narrow it with --search")

    async def look(queue: Queue, principal: Principal) -> QueuePage:
        return await queue.search(
            principal.organization_id, search, destination=destination, cursor=None, limit=MOST_SHOWN
        )

    return _do(place, look, show)


def steer(place: Place, order: DestinationOrderKind, names: Sequence[str]) -> int:
    """Pause or resume."""

    def show(outcome: DestinationOutcome) -> None:
        verb = "paused" if order is DestinationOrderKind.PAUSE else "resumed"
        print_line(f"{verb} {outcome.changed}; {outcome.waiting} mails wait there")

    async def change(queue: Queue, principal: Principal) -> DestinationOutcome:
        return await queue.steer(principal.organization_id, order, names, actor=principal.email)

    return _do(place, change, show)


def act(place: Place, order: QueueOrderKind, selection: QueueSelection, *, dry_run: bool) -> int:
    """Try now, give back or delete; or only say how many it would be."""

    def show(outcome: QueueOutcome) -> None:
        verb = {"retry": "tried now", "bounce": "given back", "delete": "deleted"}[order]
        words = [f"{outcome.done} of {outcome.matched} {'would be ' if dry_run else ''}{verb}"]
        words += [f"{outcome.told} senders told, {outcome.held} held in quarantine"] if order == "bounce" else []
        words += [f"{outcome.under_way} are being delivered just now"] if outcome.under_way else []
        words += [f"{outcome.paused} wait on, since their destination is paused"] if outcome.paused else []
        print_line("; ".join(words))

    async def change(queue: Queue, principal: Principal) -> QueueOutcome:
        chosen = await queue.select(principal.organization_id, selection)
        if dry_run:
            return await queue.plan(principal.organization_id, order, chosen)
        return await queue.act(principal.organization_id, order, chosen, actor=principal.email)

    return _do(place, change, show)


def _do(place: Place, ask: Callable[[Queue, Principal], Awaitable[T]], show: Callable[[T], None]) -> int:
    async def on(node: Node, principal: Principal) -> T:
        queue = open_queue(node.database, node.bodies, node.clock, node.key, node.configuration.hostname)
        try:
            return await ask(queue, principal)
        except TooMany:
            raise Wrong(f"more than {MAX_SELECTED} copies are selected; narrow it with --search") from None
        except QueryError as exc:
            raise Wrong(f"the search is not understood: {exc.detail}") from exc

    return work(place, on, show)


def _age(at: datetime | None) -> str:
    if at is None:
        return ""
    minutes = int((datetime.now(UTC) - at).total_seconds() // 60)
    if minutes < 60:  # noqa: PLR2004 - of an hour
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _when(at: datetime | None) -> str:
    if at is None:
        return "not while paused"
    seconds = (at - datetime.now(UTC)).total_seconds()
    return "now" if seconds <= 0 else f"in {seconds:.0f} s" if seconds < 120 else f"in {seconds / 60:.0f} min"  # noqa: PLR2004 - where minutes read better
