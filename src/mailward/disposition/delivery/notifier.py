# SPDX-License-Identifier: Apache-2.0
"""Tells senders what became of their mail: once when it is late, once when it failed or, where they asked for that,
when it went on to a server that will not tell them; and never twice.

A notice is queued in the transaction that settles the copy. Copies of one mail share a notice. A notice has the
null sender, so nothing is ever told about it.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg
import structlog

from mailward.contract.event import Event, EventKind
from mailward.contract.own_mail import OwnMail
from mailward.disposition.delivery import dsn, store
from mailward.disposition.delivery.routes import Answer
from mailward.disposition.delivery.store import Due
from mailward.disposition.delivery.submission import Submission
from mailward.kit import xtext
from mailward.kit.bodies import BodyCorrupt, BodyMissing
from mailward.kit.database.connection import savepoint
from mailward.records.mail_tracking import service as mail_tracking

log = structlog.get_logger()

LATE = timedelta(hours=4)
"""After that a sender is told once that the mail is still on its way."""
MOST_PER_HOUR = 100
"""Notices to one address: whoever gets more reads none of them, and may have been made a target."""

DATABASE_IS_GONE = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError)

Case = tuple[Due, Answer]


class Told(NamedTuple):
    """The copies whose senders were told, and the lines for their timelines."""

    copies: set[UUID]
    lines: list[mail_tracking.Line]


class Notifier:
    """Writes notices for one process. `hostname` is who reports."""

    def __init__(self, submission: Submission, *, hostname: str) -> None:
        self._submission = submission
        self._hostname = hostname
        self._lately: dict[tuple[UUID, str], deque[datetime]] = {}

    async def failed(
        self, connection: asyncpg.Connection, organization: UUID, cases: Sequence[Case], *, at: datetime
    ) -> Told:
        """Tell the senders of copies that are given up, where that is allowed."""
        wanted = [(due, answer) for due, answer in cases if due.sender and due.notices.failure]
        return await self._tell(connection, organization, wanted, dsn.Action.FAILED, at)

    async def relayed(
        self, connection: asyncpg.Connection, organization: UUID, cases: Sequence[Case], *, at: datetime
    ) -> Told:
        """Tell senders who asked for it that their copies went to a server that tells nobody (RFC 3461, 5.2.2)."""
        wanted = [(due, answer) for due, answer in cases if due.notices.success and due.sender and not answer.dsn]
        return await self._tell(connection, organization, wanted, dsn.Action.RELAYED, at)

    async def late(
        self, connection: asyncpg.Connection, organization: UUID, cases: Sequence[Case], *, at: datetime
    ) -> Told:
        """Tell the senders of copies that wait for long, if they were not told before."""
        old = [(due, answer) for due, answer in cases if not due.warned and due.sender and is_late(due, at)]
        if not old:
            return Told(set(), [])
        first = await store.warned(connection, [due.id for due, _ in old])
        wanted = [(due, answer) for due, answer in old if due.id in first and due.notices.delay]
        return await self._tell(connection, organization, wanted, dsn.Action.DELAYED, at)

    async def _tell(
        self, connection: asyncpg.Connection, organization: UUID, cases: Sequence[Case], action: dsn.Action,
        at: datetime,
    ) -> Told:  # fmt: skip
        told = Told(set(), [])
        by_mail: dict[UUID, list[Case]] = defaultdict(list)
        for case in sorted(cases, key=lambda case: case[0].recipient):
            by_mail[case[0].message_id].append(case)
        if not by_mail:
            return told
        languages = await _languages(connection, by_mail)
        for mail, some in by_mail.items():
            if not self._has_room(organization, some[0][0].sender, at):
                continue
            try:
                async with savepoint(connection):
                    own = await self._notice(mail, some, action, languages.get(mail, ""), at)
                    [identifier] = await self._submission.within(connection, [own])
            except DATABASE_IS_GONE:
                raise
            except Exception as exc:  # noqa: BLE001 - whatever it is, what was delivered must be recorded
                log.error("delivery.no_notice", message_id=str(mail), why=f"{type(exc).__name__}: {exc}")  # noqa: TRY400
                continue
            detail = {"kind": action.value, "to": own.recipients[0], "notice": str(identifier)}
            line = Event(at=at, kind=EventKind.NOTIFIED, detail=detail)
            told.copies.update(due.id for due, _ in some)
            told.lines.extend((mail, due.id, line) for due, _ in some)
        return told

    async def _notice(
        self, mail: UUID, cases: Sequence[Case], action: dsn.Action, language: str, at: datetime
    ) -> OwnMail:
        first = cases[0][0]
        notice = dsn.Notice(
            action=action, reporter=self._hostname, sender=first.sender, arrived_at=store.arrival(first),
            envelope_id=xtext.decoded(first.notices.envelope_id) or "", language=language, retry_until=first.expires_at,
            original=await asyncio.to_thread(self._original, first),
            whole=first.notices.ret == "FULL" and action is dsn.Action.FAILED,
            reports=tuple(_report(due, answer, at) for due, answer in cases),
        )  # fmt: skip
        return OwnMail(
            organization_id=first.organization_id, recipients=(first.sender,), raw=dsn.compose(notice, at=at),
            kind="delivery-status", about=mail, utf8=not first.sender.isascii(),
        )  # fmt: skip

    def _original(self, due: Due) -> bytes | None:
        """The mail as it came in; a notice without it is better than none."""
        try:
            return self._submission.read(due.organization_id, due.message_id)
        except (BodyMissing, BodyCorrupt, KeyError):
            return None

    def _has_room(self, organization: UUID, sender: str, at: datetime) -> bool:
        recent = self._lately.setdefault((organization, sender), deque(maxlen=MOST_PER_HOUR))
        if len(recent) == MOST_PER_HOUR and at - recent[0] < timedelta(hours=1):
            return False
        recent.append(at)
        if len(self._lately) > 10 * MOST_PER_HOUR:
            self._lately = {key: times for key, times in self._lately.items() if at - times[-1] < timedelta(hours=1)}
        return True


def is_late(due: Due, at: datetime) -> bool:
    """Whether a copy waits for longer than senders expect."""
    return at - store.arrival(due) >= LATE


def _report(due: Due, answer: Answer, at: datetime) -> dsn.Report:
    kind, semicolon, address = due.notices.original_recipient.partition(";")
    return dsn.Report(
        recipient=due.recipient, original_recipient=f"{kind}{semicolon}{xtext.decoded(address) or ''}",
        reply=answer.reply, server="" if answer.down else answer.server, expired=answer.reply.code < 500,  # noqa: PLR2004 - SMTP's class
        tried_at=at,
    )  # fmt: skip


async def _languages(connection: asyncpg.Connection, mails: Iterable[UUID]) -> dict[UUID, str]:
    rows = await connection.fetch(
        "SELECT m.id, m.language FROM unnest($1::uuid[]) AS wanted(id)"
        " JOIN messages m ON m.received_at = time_of(wanted.id) AND m.id = wanted.id",
        list(mails),
    )
    return {row["id"]: row["language"] for row in rows}
