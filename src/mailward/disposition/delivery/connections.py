# SPDX-License-Identifier: Apache-2.0
"""Open connections that are used again: a mail costs one exchange less, and no server sees too many of us."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from mailward.contract.reply import Reply
from mailward.disposition.delivery.client import Destination, Timeouts, Witness, deliver, open_dialogue
from mailward.disposition.delivery.dialogue import DeliveryError, Dialogue
from mailward.disposition.delivery.transaction import Item

MOST_PER_DESTINATION = 20
IDLE_SECONDS = 30.0
"""Servers keep idle connections for minutes; ours go earlier, so that they are rarely found dead."""
MAILS_PER_CONNECTION = 100


class Passage(NamedTuple):
    """What came of an attempt: a reply for each recipient, from which server ("host [address]:port"), and under which
    TLS (empty in clear text); `dsn` if the server announces delivery status notifications (RFC 3461)."""

    replies: dict[str, Reply]
    server: str = ""
    tls: str = ""
    dsn: bool = False


def named(destination: Destination) -> str:
    """A server in words: its name, where it was found, and its port."""
    where = f" [{destination.address}]" if destination.address not in ("", destination.host) else ""
    return f"{destination.host}{where}:{destination.port}"


class Connections:
    """For one process. `send` has the same promise as `client.send`: a reply for each recipient. `most` is how many
    a server may see; a function where that changes with the number of processes that share the limit."""

    def __init__(
        self,
        *,
        most: int | Callable[[], int] = MOST_PER_DESTINATION,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    ) -> None:
        self._timeouts = timeouts
        self._most = most if callable(most) else lambda: most
        self._idle: dict[Destination, list[Dialogue]] = defaultdict(list)
        self._slots: dict[Destination, asyncio.Semaphore] = {}
        self._users: dict[Destination, int] = defaultdict(int)
        self._sweep: asyncio.TimerHandle | None = None
        self._closed = False

    async def send(
        self, destination: Destination, sender: str, recipients: Sequence[str], raw: bytes, *, utf8: bool = False
    ) -> dict[str, Reply]:
        """Deliver; a connection that has died while idle is replaced, and the mail does not notice."""
        try:
            passage = await self.attempt(destination, Item(sender, tuple(recipients), raw, utf8))
        except DeliveryError as exc:
            return dict.fromkeys(recipients, exc.reply)
        return passage.replies

    async def attempt(self, destination: Destination, item: Item, witness: Witness | None = None) -> Passage:
        """As `send`, but says so when another server may be tried instead. The witness hears how a new
        connection was secured; servers that must show different things never share one.

        Raises:
            DeliveryError: the server has not begun anything with this mail.
        """
        slot = self._slots.setdefault(destination, asyncio.Semaphore(self._most()))
        self._users[destination] += 1
        try:
            async with slot:
                return await self._send(destination, item, witness)
        finally:
            self._users[destination] -= 1
            if not self._users[destination]:
                del self._users[destination], self._slots[destination]

    def close(self) -> None:
        """Say QUIT everywhere, and keep nothing open from now on."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for dialogues in self._idle.values():
            for dialogue in dialogues:
                dialogue.close()
        self._idle.clear()

    async def _send(self, destination: Destination, item: Item, witness: Witness | None) -> Passage:
        dialogue = self._take(destination)
        if dialogue is not None:
            try:
                return await self._deliver(destination, dialogue, item)
            except DeliveryError:
                dialogue = None
        dialogue = await open_dialogue(destination, timeouts=self._timeouts, witness=witness)
        return await self._deliver(destination, dialogue, item)

    async def _deliver(self, destination: Destination, dialogue: Dialogue, item: Item) -> Passage:
        tls, dsn = dialogue.secured_by, "DSN" in dialogue.offers
        try:
            replies = await deliver(dialogue, item, timeouts=self._timeouts)
        except BaseException:
            dialogue.close(politely=False)
            raise
        if dialogue.alive and not self._closed and dialogue.mails < MAILS_PER_CONNECTION:
            dialogue.idle_since = asyncio.get_running_loop().time()
            self._idle[destination].append(dialogue)
            self._watch()
        else:
            dialogue.close()
        return Passage(replies, named(destination), tls, dsn)

    def _take(self, destination: Destination) -> Dialogue | None:
        """The connection that was used last, if it still lives."""
        dialogues = self._idle.get(destination)
        while dialogues:
            dialogue = dialogues.pop()
            if dialogue.alive:
                return dialogue
            dialogue.close(politely=False)
        return None

    def _watch(self) -> None:
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS / 2, self._drop_idle)

    def _drop_idle(self) -> None:
        self._sweep = None
        now = asyncio.get_running_loop().time()
        for destination, dialogues in list(self._idle.items()):
            for dialogue in [d for d in dialogues if not d.alive or now - d.idle_since > IDLE_SECONDS]:
                dialogues.remove(dialogue)
                dialogue.close()
            if not dialogues:
                del self._idle[destination]
        if self._idle:
            self._watch()
