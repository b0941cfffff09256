# SPDX-License-Identifier: Apache-2.0
"""Mail that was refused at the door, recorded beside the road: a flood of it must not slow down the rest."""

from collections import defaultdict
from typing import NamedTuple
from uuid import UUID

import msgspec
import structlog

from mailward.contract.authentication import Authentication
from mailward.contract.decision import Receipt
from mailward.contract.envelope import Connection, Direction
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.mail import Content
from mailward.contract.reply import Reply
from mailward.kit.clock import Clock
from mailward.kit.database import AWAY, Database
from mailward.kit.ids import new_id
from mailward.kit.rounds import until_cancelled
from mailward.records.mail_tracking.describe import describe_refused
from mailward.records.mail_tracking.store import RecipientRow, record

log = structlog.get_logger()

MAX_WAITING = 2000
"""Refusals waiting to be written; beyond that they are counted in the log only."""
FLUSH_SECONDS = 1


class Refusal(NamedTuple):
    """One recipient that was refused, on behalf of the organization it would have belonged to, or whose
    server asked for it. What follows `reply` is known of a mail that was refused after it had come."""

    organization: UUID
    connection: Connection
    sender: str
    recipient: str
    reply: Reply
    authentication: Authentication = Authentication()
    content: Content = Content()
    receipt: Receipt = Receipt(winner="")
    size: int = 0
    direction: Direction = Direction.IN


class Refusals:
    """Writes refusals once a second, in batches."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[Refusal] = []
        self._dropped = 0

    def add(self, refusal: Refusal) -> None:
        """Remember one. Never waits."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(refusal)
        else:
            self._dropped += 1

    async def run(self) -> None:
        """Write what was remembered, until cancelled; then once more."""
        await until_cancelled(self.flush, every=FLUSH_SECONDS)

    async def flush(self) -> None:
        """Write now. When the database is away, the refusals of this round are only logged."""
        waiting, self._waiting = self._waiting, []
        dropped, self._dropped = self._dropped, 0
        by_organization: dict[UUID, list[Refusal]] = defaultdict(list)
        for refusal in waiting:
            by_organization[refusal.organization].append(refusal)
        for organization, refusals in by_organization.items():
            try:
                await self._write(organization, refusals)
            except AWAY:
                dropped += len(refusals)
        if dropped:
            log.warning("refusals.not_recorded", count=dropped)

    async def _write(self, organization: UUID, refusals: list[Refusal]) -> None:
        at = self._clock.now()
        ids = [(new_id(at), new_id(at), refusal) for refusal in refusals]
        async with self._database.scoped(organization) as connection:
            await record(
                connection,
                organization,
                messages=[
                    describe_refused(
                        message, organization, connection=refusal.connection, sender=refusal.sender,
                        authentication=refusal.authentication, content=refusal.content, size=refusal.size,
                        direction=refusal.direction,
                    )
                    for message, _, refusal in ids
                ],
                recipients=[
                    RecipientRow(
                        id=identifier, message_id=message, recipient=refusal.recipient, action="reject",
                        status=Status.REJECTED, rule=refusal.receipt.winner,
                        receipt=msgspec.to_builtins(refusal.receipt) if refusal.receipt.winner else {}, edits={},
                    )
                    for message, identifier, refusal in ids
                ],
                events=[
                    (message, identifier, Event(at=at, kind=EventKind.REJECTED, detail=_detail(refusal.reply)))
                    for message, identifier, refusal in ids
                ],
                at=at,
            )  # fmt: skip


def _detail(reply: Reply) -> dict[str, str | int]:
    return {"code": reply.code, "status": reply.status, "reply": reply.text}
