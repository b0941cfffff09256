# SPDX-License-Identifier: Apache-2.0
"""The brake: a sender who turns bad, writes to nobody's addresses, or suddenly writes to very many, is paused.

What a taken-over account does first is exactly that. A paused sender is asked to come again, so that no
mail is lost if this was a mistake; the administrators are told at once, and one of them can lift the pause.
After a pause nothing that came before it counts again.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import structlog

from mailward.checks.outbound.counts import REACH, Counts, Key, What
from mailward.checks.outbound.settings import HISTORY_DAYS, OutboundSettings
from mailward.checks.outbound.shapes import PauseReason
from mailward.contract.reply import TempFail
from mailward.kit.ids import new_id

log = structlog.get_logger()

_FOR = {
    PauseReason.UNWANTED: "its recent outgoing mail looked like spam, phishing or malware",
    PauseReason.UNKNOWN: "it wrote to too many addresses that do not exist",
    PauseReason.BURST: "it suddenly wrote to far more recipients than ever before",
}
"""What the sender's server is told."""


class Sender(NamedTuple):
    """An envelope sender of an organization, in lower case."""

    organization: UUID
    address: str


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """A pause as it is kept. `until` and `lifted_at` are None as long as they are open."""

    organization_id: UUID
    id: UUID
    sender: str
    reason: PauseReason
    why: str
    paused_at: datetime
    until: datetime | None = None
    lifted_at: datetime | None = None


class Brake:
    """The pauses that this process knows of, and the reasons for new ones."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._held: dict[Sender, Paused] = {}
        self._ended: dict[Sender, float] = {}
        self._fresh: list[Paused] = []
        self.usual: Mapping[Sender, int] = {}
        """The recipients of each sender's busiest hour."""

    def check(self, sender: Sender, settings: OutboundSettings, now: float) -> None:
        """Raises TempFail while the sender is paused. What other processes saw of it may pause it here."""
        paused = self._held.get(sender)
        if paused is not None and paused.until is not None and paused.until.timestamp() <= now:
            self._ended[sender] = paused.until.timestamp()
            del self._held[sender]
        self._judge(sender, settings, now)
        if sender in self._held:
            paused = self._held[sender]
            raise TempFail(
                450, "4.7.1", f"mail from {sender.address} is paused: {_FOR[paused.reason]}; its administrators know",
                why=f"paused: {paused.why}",
            )  # fmt: skip

    def asked(self, sender: Sender, settings: OutboundSettings, now: float) -> None:
        """One more recipient was counted. Raises TempFail if it is one too many."""
        if not settings.brake or not settings.burst or sender.address in settings.bulk_senders:
            return
        recipients = self._count(What.RECIPIENTS, sender, now)
        usual = self.usual.get(sender, 0)
        if recipients <= max(settings.burst, settings.factor * usual):
            return
        history = f"its busiest hour in {HISTORY_DAYS} days had {usual}" if usual else "it never wrote to many before"
        why = f"It wrote to {recipients:.0f} recipients within an hour; {history}."
        self._pause(sender, PauseReason.BURST, why, settings, now)
        self.check(sender, settings, now)

    def unwanted(self, sender: Sender, settings: OutboundSettings, now: float) -> None:
        """A mail of this sender was judged spam, phishing or malware."""
        self._counts.add(Key(sender.organization, What.UNWANTED, sender.address), now)
        self._judge(sender, settings, now)

    def unknown(self, sender: Sender, settings: OutboundSettings, now: float) -> None:
        """A recipient of this sender does not exist."""
        self._counts.add(Key(sender.organization, What.UNKNOWN, sender.address), now)
        self._judge(sender, settings, now)

    def _judge(self, sender: Sender, settings: OutboundSettings, now: float) -> None:
        """Pause a sender who did too much of what an honest one hardly ever does."""
        if not settings.brake or sender in self._held:
            return
        mails = round(self._count(What.UNWANTED, sender, now))
        if settings.unwanted and mails >= settings.unwanted:
            why = f"{mails} of its mails within an hour were judged spam, phishing or malware."
            self._pause(sender, PauseReason.UNWANTED, why, settings, now)
        recipients = round(self._count(What.UNKNOWN, sender, now))
        if settings.unknown and recipients >= settings.unknown:
            why = f"{recipients} of its recipients within an hour do not exist."
            self._pause(sender, PauseReason.UNKNOWN, why, settings, now)

    def take(self) -> list[Paused]:
        """Pauses that are not written down yet; the caller writes them, or gives them back."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def give_back(self, pauses: Iterable[Paused]) -> None:
        """They could not be written."""
        self._fresh = [*pauses, *self._fresh]

    def hear(self, pauses: Iterable[Paused]) -> None:
        """All pauses of all organizations that hold or were lifted lately, as they are written down."""
        held = {Sender(paused.organization_id, paused.sender): paused for paused in self._fresh}
        for paused in pauses:
            sender = Sender(paused.organization_id, paused.sender)
            if paused.lifted_at is None:
                held[sender] = paused
            else:
                self._ended[sender] = max(self._ended.get(sender, 0.0), paused.lifted_at.timestamp())
        self._held = held

    def forget(self, now: float) -> None:
        """Ends of pauses that are out of reach of every count."""
        self._ended = {sender: end for sender, end in self._ended.items() if end > now - 2 * REACH}

    def _count(self, what: What, sender: Sender, now: float) -> float:
        key = Key(sender.organization, what, sender.address)
        return self._counts.within(key, REACH, now, since=self._ended.get(sender, 0.0))

    def _pause(self, sender: Sender, reason: PauseReason, why: str, settings: OutboundSettings, now: float) -> None:
        if sender in self._held:
            return
        at = datetime.fromtimestamp(now, UTC)
        until = at + timedelta(hours=settings.pause_hours) if settings.pause_hours else None
        paused = Paused(
            organization_id=sender.organization, id=new_id(at), sender=sender.address, reason=reason, why=why,
            paused_at=at, until=until,
        )  # fmt: skip
        self._held[sender] = paused
        self._fresh.append(paused)
        log.warning("outbound.paused", organization=str(sender.organization), sender=sender.address, reason=reason)
