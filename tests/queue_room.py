# SPDX-License-Identifier: Apache-2.0
"""A queue with everything around it that is real but the world outside: database, bodies, and a clock that can jump."""

import asyncio
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from mailward.contract.decision import Intercept
from mailward.contract.event import Event, EventKind, Status
from mailward.contract.own_mail import OwnMail
from mailward.contract.reply import Reply
from mailward.control.domains.service import Domain
from mailward.disposition.delivery import store
from mailward.disposition.delivery.deliverer import Deliverer
from mailward.disposition.delivery.destinations import Standings
from mailward.disposition.delivery.notices import WHOEVER_IS_KNOWN
from mailward.disposition.delivery.notifier import Notifier
from mailward.disposition.delivery.outcomes import Outcomes
from mailward.disposition.delivery.routes import Answer
from mailward.disposition.delivery.submission import Submission
from mailward.disposition.delivery.sweep import Sweep
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.ids import new_id
from mailward.kit.vault import Key
from mailward.policy.snapshot import OrganizationPolicy, Snapshot
from mailward.records.mail_tracking import service as mail_tracking

RAW = b"From: ann@sender.test\r\nTo: lee@example.test\r\nSubject: Lunch\r\nMessage-ID: <7@sender.test>\r\n\r\nhi\r\n"
KEY = Key(b"k" * 32)
TAKEN = Reply(250, "2.0.0", "taken")
DOWN = Answer(Reply(451, "4.4.1", "no connection to mx.example.test:25"), "mx.example.test:25", down=True)


class JumpingClock(Clock):
    """The machine's clock, with the wall time moved on."""

    ahead = timedelta()

    def now(self):
        return datetime.now(UTC) + self.ahead


class Hop:
    """The world outside. `answers` by recipient; `down` destinations cannot be talked to; `gate` holds everybody up."""

    def __init__(self):
        self.taken = []
        self.tries = Counter()
        self.answers = {}
        self.down = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.under_way = Counter()
        self.most_under_way = Counter()

    async def __call__(self, organization, hop, item):
        name = hop.name
        self.tries[name] += 1
        if name in self.down:
            return dict.fromkeys(item.recipients, DOWN)
        self.under_way[name] += 1
        self.most_under_way[name] = max(self.most_under_way[name], self.under_way[name])
        await asyncio.sleep(0)
        await self.gate.wait()
        self.under_way[name] -= 1
        self.taken += [(item.sender, recipient, item.raw) for recipient in item.recipients]
        return {
            recipient: Answer(self.answers.get(recipient, TAKEN), "mx.example.test:25", "TLSv1.3 X")
            for recipient in item.recipients
        }


class Policies:
    def __init__(self, organizations, domains):
        policies = {
            organization: OrganizationPolicy(
                id=organization, name="E", key=KEY, domains={name: Domain(name=name, servers=()) for name in domains},
                recipients={}, high_profile_users=(), settings={}, rules=(),
            )
            for organization in organizations
        }  # fmt: skip
        self.current = Snapshot(policies, {})


class QueueRoom:
    """Two organizations with three domains each, and as many deliverers as are asked for."""

    def __init__(self, database, folder):
        at = datetime.now(UTC)
        self.organization, self.other = new_id(at), new_id(at)
        self.database, self.bodies, self.clock, self.hop = database, Bodies(folder / "bodies"), JumpingClock(), Hop()
        self.policies = Policies((self.organization, self.other), ("example.test", "two.test", "three.test"))
        self.submission = Submission(database, self.bodies, self.clock, key_of=lambda _: KEY)
        self.notifier = Notifier(self.submission, hostname="gateway.test")
        self.outcomes = Outcomes(database, self.clock, standings=Standings(), notifier=self.notifier)
        self.sweep = Sweep(database, self.clock, self.outcomes)
        self._running = []
        self.tokens = []

    def deliver(self):
        """Start a deliverer."""
        deliverer = Deliverer(
            self.database, self.bodies, self.policies, self.clock, send=self.hop, notifier=self.notifier
        )
        self._running.append((deliverer, asyncio.create_task(deliverer.run())))
        return deliverer

    async def end(self):
        for deliverer, task in self._running:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await deliverer.drain(5)
        self._running = []
        for organization in (self.organization, self.other):
            async with self.database.scoped(organization) as connection:
                await connection.execute("DELETE FROM deliveries")
                await connection.execute("DELETE FROM destinations")
        async with self.database.unscoped() as connection:
            for token in self.tokens:
                await store.say_farewell(connection, token)

    async def put(self, *recipients, organization=None, sender="ann@sender.test", known=False, at=None, language="en"):
        """One mail into the queue; the ids of its copies."""
        organization, at = organization or self.organization, at or self.clock.now()
        mail = new_id(at)
        copies = {recipient: new_id(at) for recipient in recipients}
        self.bodies.write(organization, mail, RAW, key=KEY)
        own = OwnMail(organization_id=organization, recipients=tuple(recipients), raw=RAW, kind="x", sender=sender)
        async with self.database.scoped(organization) as connection:
            row = mail_tracking.describe_own(mail, own)
            row = type(row)(**{name: getattr(row, name) for name in row.__struct_fields__} | {"language": language})
            await mail_tracking.record(
                connection, organization, messages=[row],
                recipients=[
                    mail_tracking.RecipientRow(
                        id=copy, message_id=mail, recipient=recipient, action=Intercept.DELIVER, status=Status.QUEUED,
                        rule="", receipt={}, edits={},
                    )
                    for recipient, copy in copies.items()
                ],
                events=[(mail, None, Event(at=at, kind=EventKind.ACCEPTED))], at=at,
            )  # fmt: skip
            due = [
                store.Due(
                    organization_id=organization, id=copy, message_id=mail, sender=sender, recipient=recipient,
                    notices=WHOEVER_IS_KNOWN if known and sender else store.NOBODY, expires_at=store.expiry(at),
                )
                for recipient, copy in copies.items()
            ]  # fmt: skip
            await store.enqueue(connection, due, at=at)
        return list(copies.values())

    async def rows(self, query, organization=None):
        async with self.database.scoped(organization or self.organization) as connection:
            return [dict(row) for row in await connection.fetch(query)]

    async def live(self, until):
        """Let the clock go on to `until` with a sweep twice a day; what the last one found."""
        while self.clock.ahead < until:
            self.clock.ahead = min(until, self.clock.ahead + timedelta(hours=12))
            found = await self.sweep.once()
        return found

    async def statuses(self):
        return {
            row["recipient"]: row["status"]
            for row in await self.rows("SELECT recipient, status FROM message_recipients")
        }

    async def events(self, kind):
        rows = await self.rows(f"SELECT * FROM message_events WHERE kind = '{kind}' ORDER BY number")
        by_copy = defaultdict(list)
        for row in rows:
            by_copy[row["recipient_id"]].append(row)
        return by_copy

    async def waiting(self):
        return len(await self.rows("SELECT 1 FROM deliveries"))


async def eventually(answer, wanted, seconds=30):
    """Wait until `await answer()` is, or makes true, what is wanted."""
    async with asyncio.timeout(seconds):
        while not ((found := await answer()) == wanted or (callable(wanted) and wanted(found))):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found
