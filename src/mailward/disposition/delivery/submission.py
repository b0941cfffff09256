# SPDX-License-Identifier: Apache-2.0
"""Mail of our own making enters the queue here: its body is safe on disk before its rows are committed.

It is recorded like every other mail, as outbound, so that whoever looks for a notice or a report finds it
and its deliveries. Only from here, and from senders that an organization registered, copies come into the
queue for recipients whom nobody here protects: what arrives at the edge is never relayed.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from mailward.contract.decision import Intercept
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.own_mail import OwnMail
from mailward.disposition.delivery import store
from mailward.disposition.delivery.store import Due
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.database import Database
from mailward.kit.ids import new_id
from mailward.kit.vault import Key
from mailward.records.mail_tracking import service as mail_tracking

MOST_RECIPIENTS = 500
RULE = "own mail"
"""What a receipt names where no rule decided."""


class Submission:
    """Queues our own mails. `key_of` gives an organization's key, or raises KeyError."""

    def __init__(self, database: Database, bodies: Bodies, clock: Clock, *, key_of: Callable[[UUID], Key]) -> None:
        self._database = database
        self._bodies = bodies
        self._clock = clock
        self._key_of = key_of

    async def submit(self, mail: OwnMail) -> UUID:
        """Queue one mail; its id, once it is safe. Raises OSError, KeyError, ValueError and database errors."""
        async with self._database.scoped(mail.organization_id) as connection:
            [identifier] = await self.within(connection, [mail])
        return identifier

    def read(self, organization: UUID, identifier: UUID) -> bytes:
        """A stored mail. Blocking; raises KeyError, BodyMissing and BodyCorrupt."""
        return self._bodies.read(organization, identifier, key=self._key_of(organization))

    async def within(self, connection: asyncpg.Connection, mails: Sequence[OwnMail]) -> list[UUID]:
        """Queue mails of one organization in the caller's transaction: they go out if it commits, and only then.

        Raises:
            OSError: a body is not safely on disk. The transaction must not be committed.
        """
        if not mails:
            return []
        for mail in mails:
            _check(mail)
        at = self._clock.now()
        ids = [new_id(at) for _ in mails]
        organization = mails[0].organization_id
        key = self._key_of(organization)
        bodies = [(organization, identifier, mail.raw, key) for identifier, mail in zip(ids, mails, strict=True)]
        await asyncio.to_thread(self._bodies.write_many, bodies)
        for identifier, mail in zip(ids, mails, strict=True):
            await _record(connection, identifier, mail, at)
        return ids


async def _record(connection: asyncpg.Connection, identifier: UUID, mail: OwnMail, at: datetime) -> None:
    copies = [(new_id(at), recipient) for recipient in dict.fromkeys(mail.recipients)]
    detail = {"kind": mail.kind, **({"about": str(mail.about)} if mail.about else {})}
    await mail_tracking.record(
        connection,
        mail.organization_id,
        messages=[mail_tracking.describe_own(identifier, mail)],
        recipients=[_recipient_row(identifier, copy, recipient) for copy, recipient in copies],
        events=[(identifier, None, Event(at=at, kind=EventKind.SUBMITTED, detail=detail))],
        at=at,
    )
    await store.enqueue(connection, [_due(identifier, copy, recipient, mail, at) for copy, recipient in copies], at=at)


def _recipient_row(identifier: UUID, copy: UUID, recipient: str) -> mail_tracking.RecipientRow:
    return mail_tracking.RecipientRow(
        id=copy, message_id=identifier, recipient=recipient, action=Intercept.DELIVER, status=Status.QUEUED, rule=RULE,
        receipt={"winner": RULE}, edits={},
    )  # fmt: skip


def _due(identifier: UUID, copy: UUID, recipient: str, mail: OwnMail, at: datetime) -> Due:
    return Due(
        organization_id=mail.organization_id, id=copy, message_id=identifier, sender=mail.sender, recipient=recipient,
        utf8=mail.utf8, outward=True, expires_at=store.expiry(at),
    )  # fmt: skip


def _check(mail: OwnMail) -> None:
    """What would be a defect of ours is said here, not by a stranger's server in ten days."""
    if not 0 < len(mail.recipients) <= MOST_RECIPIENTS:
        raise ValueError(f"a mail of ours has 1 to {MOST_RECIPIENTS} recipients, not {len(mail.recipients)}")
    if not all("@" in recipient for recipient in mail.recipients):
        raise ValueError("a recipient of a mail of ours is no address")
