# SPDX-License-Identifier: Apache-2.0
"""The moment of responsibility: body and rows are safely on disk, and only then may the edge say 250.

Everything that waits at the same time shares one round: the bodies are synced together, and the rows
of an organization go into one transaction. If a body cannot be made safe, nothing of its round is
acknowledged, and the senders try again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from mailward.contract.decision import Decision, Intercept
from mailward.contract.envelope import Direction, Envelope
from mailward.contract.event import Event, EventKind, Status
from mailward.disposition.delivery import service as delivery
from mailward.disposition.quarantine import service as quarantine
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.database.writing import write
from mailward.kit.group_commit import GroupCommit
from mailward.kit.ids import new_id, time_of
from mailward.kit.vault import Key
from mailward.policy.snapshot import OrganizationPolicy
from mailward.records.mail_tracking import service as mail_tracking
from mailward.records.readers import Taking, reader

_STATUS = {
    Intercept.DELIVER: Status.QUEUED,
    Intercept.QUARANTINE: Status.QUARANTINED,
    Intercept.DELETE: Status.DELETED,
}


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """One recipient's copy, decided. `taken_by` names the room that reads it instead of a person."""

    id: UUID
    recipient: str
    decision: Decision
    taken_by: str = ""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """One mail for one organization, judged and ready to be stored."""

    row: mail_tracking.MessageRow
    raw: bytes
    key: Key
    envelope: Envelope
    copies: tuple[Copy, ...]
    events: tuple[Event, ...]


class Outlet(Protocol):
    """Whoever delivers at once, if there is room: `lease()` is None when there is none."""

    def lease(self) -> UUID | None:
        """The token under which new copies are leased to the outlet."""

    def offer(self, copies: list[delivery.Due]) -> None:
        """Take copies that are safely in the queue and leased to the outlet."""

    def renew_lease(self) -> None:
        """A commit under the lease may or may not have happened: let go of whatever it left."""


class Acceptance:
    """Stores judged mails durably, and hands the ones that go out to the outlet."""

    def __init__(self, database: Database, bodies: Bodies, clock: Clock, outlet: Outlet) -> None:
        self._database = database
        self._bodies = bodies
        self._clock = clock
        self._outlet = outlet
        self._commits: GroupCommit[Accepted] = GroupCommit(self._store)

    async def store(self, accepted: Accepted) -> None:
        """Return when the mail is safe. Raises OSError or database errors when it is not."""
        await self._commits.commit(accepted)

    async def _store(self, batch: list[Accepted]) -> None:
        """The disk writes the bodies while the database takes the rows; it commits when both are done."""
        bodies = [(mail.row.organization_id, mail.row.id, mail.raw, mail.key) for mail in batch if mail.row.has_body]
        written = asyncio.ensure_future(asyncio.to_thread(self._bodies.write_many, bodies))
        by_organization: dict[UUID, list[Accepted]] = defaultdict(list)
        for mail in batch:
            by_organization[mail.row.organization_id].append(mail)
        try:
            for organization, mails in by_organization.items():
                await self._commit(organization, mails, written)
        except Exception:
            self._outlet.renew_lease()
            raise
        finally:
            await asyncio.wait([written])

    async def _commit(self, organization: UUID, mails: list[Accepted], written: Awaitable[None]) -> None:
        at = self._clock.now()
        lease = self._outlet.lease()
        leaving = [due for mail in mails for due in _leaving(organization, mail, at, lease)]
        async with self._database.scoped(organization) as connection:
            await write(
                connection,
                [
                    *mail_tracking.rows_of(
                        organization,
                        messages=[mail.row for mail in mails],
                        recipients=[_recipient_row(mail, copy) for mail in mails for copy in mail.copies],
                        events=[event for mail in mails for event in _events(mail, at)],
                        at=at,
                    ),
                    delivery.queued(leaving, at=at),
                    quarantine.held_rows(organization, [held for mail in mails for held in _held(mail)], at=at),
                ],
                [
                    *mail_tracking.changed(organization, [copy.id for mail in mails for copy in mail.copies]),
                    *delivery.offered(leaving),
                ],
            )
            await written  # or it raises, and nothing of this is committed
        if lease is not None:
            self._outlet.offer(leaving)


def copies_of(policy: OrganizationPolicy, copy: Copy) -> list[Copy]:
    """The copies of a recipient's copy: what is for Mailward itself is read here, and delivered too if so asked."""
    room, taking = reader(policy.settings, copy.recipient)
    if taking is Taking.NOTHING:
        return [copy]
    taken = msgspec.structs.replace(copy, taken_by=room)
    if taking is Taking.WHOLE:
        return [taken]
    return [copy, msgspec.structs.replace(taken, id=new_id(time_of(copy.id)))]


def _recipient_row(mail: Accepted, copy: Copy) -> mail_tracking.RecipientRow:
    decision = copy.decision
    if copy.taken_by:
        return mail_tracking.RecipientRow(
            id=copy.id, message_id=mail.row.id, recipient=copy.recipient, action="take", status=Status.TAKEN,
            rule=copy.taken_by, receipt=msgspec.to_builtins(decision.receipt), edits={},
        )  # fmt: skip
    return mail_tracking.RecipientRow(
        id=copy.id,
        message_id=mail.row.id,
        recipient=copy.recipient,
        action=decision.intercept,
        status=_STATUS[decision.intercept],
        rule=decision.receipt.winner,
        receipt=msgspec.to_builtins(decision.receipt),
        edits=msgspec.to_builtins(decision.edits),
    )


def _events(mail: Accepted, at: datetime) -> list[tuple[UUID, UUID | None, Event]]:
    events: list[tuple[UUID, UUID | None, Event]] = [(mail.row.id, None, event) for event in mail.events]
    for copy in mail.copies:
        if copy.taken_by:
            taken = {"action": "take", "rule": copy.taken_by}
            events.append((mail.row.id, copy.id, Event(at=at, kind=EventKind.DECIDED, detail=taken)))
            continue
        decision = copy.decision
        detail = {"action": decision.intercept, "rule": decision.receipt.winner, "why": decision.why}
        events.append((mail.row.id, copy.id, Event(at=at, kind=EventKind.DECIDED, detail=detail)))
        if copy.decision.intercept is Intercept.QUARANTINE:
            reason = {"reason": copy.decision.held_for}
            events.append((mail.row.id, copy.id, Event(at=at, kind=EventKind.QUARANTINED, detail=reason)))
    return events


def _leaving(organization: UUID, mail: Accepted, at: datetime, lease: UUID | None) -> list[delivery.Due]:
    return [
        delivery.Due(
            organization_id=organization,
            id=copy.id,
            message_id=mail.row.id,
            sender=mail.envelope.sender,
            recipient=copy.recipient,
            outward=_leaves(mail),
            utf8=mail.envelope.utf8,
            edits=msgspec.to_builtins(copy.decision.edits),
            expires_at=delivery.expiry(at),
            notices=_notices(mail, copy),
            lease=lease,
            raw=mail.raw,
        )
        for copy in mail.copies
        if copy.decision.intercept is Intercept.DELIVER and not copy.taken_by
    ]


def _notices(mail: Accepted, copy: Copy) -> delivery.Notices:
    """What its sender may be told: everything if their organization sends it, else only if it is certainly theirs."""
    sender = mail.envelope.sender
    known = bool(sender) if _leaves(mail) else delivery.is_proved(
        sender=sender, spf=mail.row.spf, verdict=copy.decision.verdict
    )  # fmt: skip
    return delivery.notices(mail.envelope, copy.recipient, known=known)


def _leaves(mail: Accepted) -> bool:
    """Whether copies of it may go to domains that nobody here protects."""
    return mail.row.direction == Direction.OUT


def _held(mail: Accepted) -> list[quarantine.Held]:
    return [
        quarantine.Held(
            id=copy.id,
            message_id=mail.row.id,
            sender=mail.envelope.sender,
            recipient=copy.recipient,
            outward=_leaves(mail),
            utf8=mail.envelope.utf8,
            edits=msgspec.to_builtins(copy.decision.edits),
            reason=copy.decision.held_for,
            notices=msgspec.to_builtins(_notices(mail, copy)),
        )
        for copy in mail.copies
        if copy.decision.intercept is Intercept.QUARANTINE and not copy.taken_by
    ]
