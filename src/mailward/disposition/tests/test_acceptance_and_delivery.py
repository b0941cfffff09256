# SPDX-License-Identifier: Apache-2.0
"""From 250 to the next hop: nothing is offered before it is safe, and only the holder of a lease may deliver."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from mailward.contract.authentication import Authentication
from mailward.contract.check import Examination
from mailward.contract.decision import Decision, Edits, Intercept, Receipt
from mailward.contract.envelope import Connection, Envelope
from mailward.contract.finding import Verdict
from mailward.contract.reply import Reply
from mailward.control.domains.service import Domain
from mailward.disposition.acceptance import Acceptance, Accepted, Copy
from mailward.disposition.delivery import store
from mailward.disposition.delivery.deliverer import Deliverer
from mailward.disposition.delivery.notifier import Notifier
from mailward.disposition.delivery.routes import Answer
from mailward.disposition.delivery.submission import Submission
from mailward.kit.bodies import Bodies
from mailward.kit.clock import Clock
from mailward.kit.hashed_set import HashedSet
from mailward.kit.ids import new_id
from mailward.kit.vault import Key
from mailward.policy.snapshot import OrganizationPolicy, Snapshot
from mailward.records.mail_tracking.service import describe

RAW = b"From: a@sender.test\r\nSubject: hello\r\n\r\nhi\r\n"


class Policies:
    """A snapshot that stands still."""

    def __init__(self, organization):
        domain = Domain(name="example.test", servers=())
        policy = OrganizationPolicy(
            id=organization, name="E", key=Key(b"k" * 32), domains={"example.test": domain},
            recipients={"example.test": HashedSet()}, high_profile_users=(), settings={}, rules=(),
        )  # fmt: skip
        self.current = Snapshot({organization: policy}, {"example.test": policy})


class NextHop:
    """A server that counts what it was given and answers as told, recipient by recipient."""

    def __init__(self):
        self.taken = defaultdict(list)
        self.answers = {}

    async def __call__(self, organization, hop, item):
        for recipient in item.recipients:
            self.taken[recipient].append(item.raw)
        return {
            r: Answer(self.answers.get(r, Reply(250, "2.0.0", "taken")), "mx.example.test:25", "TLSv1.3")
            for r in item.recipients
        }


class Nowhere:
    """An outlet without room: everything waits in the queue, and nothing may be offered."""

    def lease(self):
        return None

    def offer(self, copies):
        raise AssertionError(copies)

    def renew_lease(self):
        pass


class Room:
    """Acceptance and deliverers over one database and one data folder."""

    def __init__(self, database, folder):
        self.organization = new_id(datetime.now(UTC))
        self.database, self.bodies, self.clock = database, Bodies(folder / "bodies"), Clock()
        self.policies, self.hop = Policies(self.organization), NextHop()

    def deliverer(self):
        submission = Submission(self.database, self.bodies, self.clock, key_of=lambda _: Key(b"k" * 32))
        notifier = Notifier(submission, hostname="gateway.test")
        return Deliverer(self.database, self.bodies, self.policies, self.clock, send=self.hop, notifier=notifier)

    def mail(self, *intercepts):
        at = datetime.now(UTC)
        identifier = new_id(at)
        envelope = Envelope(sender="a@sender.test", recipients=("r@example.test",), received_at=at)
        copies = []
        for number, intercept in enumerate(intercepts):
            decision = Decision(
                intercept=intercept, verdict=Verdict.CLEAN, score=0.0, receipt=Receipt(winner="rule"),
                edits=Edits(headers=(("X-Mailward-Id", str(identifier)),)),
            )  # fmt: skip
            copies.append(Copy(id=new_id(at), recipient=f"{intercept}{number}@example.test", decision=decision))
        row = describe(
            identifier, self.organization, connection=Connection(peer_ip="192.0.2.1"), envelope=envelope,
            authentication=Authentication(), examination=Examination(), decision=copies[0].decision, size=len(RAW),
        )  # fmt: skip
        return Accepted(row=row, raw=RAW, key=Key(b"k" * 32), envelope=envelope, copies=tuple(copies), events=())

    async def rows(self, query):
        async with self.database.scoped(self.organization) as connection:
            return await connection.fetch(query)

    async def statuses(self):
        return {
            row["recipient"]: row["status"]
            for row in await self.rows("SELECT recipient, status FROM message_recipients")
        }


@pytest.fixture
def room(database, tmp_path):
    return Room(database, tmp_path)


async def eventually(answer, wanted, seconds=10):
    async with asyncio.timeout(seconds):
        while (found := await answer()) != wanted:  # noqa: ASYNC110 - the state is in a database
            await asyncio.sleep(0.02)
    return found


async def test_copies_go_where_they_were_decided_to_go(room):
    deliverer = room.deliverer()
    running = asyncio.create_task(deliverer.run())
    await asyncio.sleep(0.3)
    mail = room.mail(Intercept.DELIVER, Intercept.QUARANTINE, Intercept.DELETE)
    await Acceptance(room.database, room.bodies, room.clock, deliverer).store(mail)
    assert room.bodies.read(room.organization, mail.row.id, key=mail.key) == RAW
    wanted = {
        "deliver0@example.test": "delivered",
        "quarantine1@example.test": "quarantined",
        "delete2@example.test": "deleted",
    }
    await eventually(room.statuses, wanted)
    [delivered] = room.hop.taken["deliver0@example.test"]
    assert delivered == f"X-Mailward-Id: {mail.row.id}\r\n".encode() + RAW
    assert list(room.hop.taken) == ["deliver0@example.test"]
    assert await room.rows("SELECT 1 FROM deliveries") == []
    assert len(await room.rows("SELECT 1 FROM quarantine")) == 1
    running.cancel()


async def test_nothing_is_acknowledged_or_offered_when_the_body_is_not_safe(room, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room.bodies, "write_many", fail)
    with pytest.raises(OSError, match="No space"):
        await Acceptance(room.database, room.bodies, room.clock, Nowhere()).store(room.mail(Intercept.DELIVER))
    assert await room.rows("SELECT 1 FROM messages") == []


async def test_a_temporary_refusal_waits_and_a_permanent_one_is_held_as_undeliverable(room):
    room.hop.answers = {
        "deliver0@example.test": Reply(451, "4.2.0", "later"), "deliver1@example.test": Reply(550, "5.1.1", "gone"),
    }  # fmt: skip
    deliverer = room.deliverer()
    running = asyncio.create_task(deliverer.run())
    await asyncio.sleep(0.3)
    await Acceptance(room.database, room.bodies, room.clock, deliverer).store(
        room.mail(Intercept.DELIVER, Intercept.DELIVER)
    )
    await eventually(room.statuses, {"deliver0@example.test": "queued", "deliver1@example.test": "bounced"})
    [waiting] = await room.rows("SELECT * FROM deliveries")
    assert (waiting["recipient"], waiting["attempts"], waiting["lease"]) == ("deliver0@example.test", 1, None)
    assert waiting["due_at"] > datetime.now(UTC) + timedelta(seconds=30)
    assert waiting["last_reply"] == "later"
    [held] = await room.rows("SELECT recipient, reason FROM quarantine")
    assert (held["recipient"], held["reason"]) == ("deliver1@example.test", "undeliverable")
    running.cancel()


async def test_the_copies_of_a_dead_process_are_free_and_those_of_a_living_one_are_not(room):
    dead, alive = uuid4(), uuid4()
    at = datetime.now(UTC)
    due = [
        store.Due(
            organization_id=room.organization, id=new_id(at), message_id=new_id(at), sender="", recipient=f"{n}@example.test",
            expires_at=store.expiry(at), lease=lease,
        )
        for n, lease in enumerate((dead, alive))
    ]  # fmt: skip
    async with room.database.scoped(room.organization) as connection:
        await store.enqueue(connection, due, at=at)
    async with room.database.unscoped() as connection:
        assert await store.say_alive(connection, alive, seconds=60) >= 1
        mine = uuid4()
        [first] = await store.lease(connection, mine, at=at, most=10)
        assert (first.id, first.lease) == (due[0].id, mine)
        await store.say_farewell(connection, alive)
        await store.say_alive(connection, mine, seconds=60)
        assert [copy.id for copy in await store.lease(connection, uuid4(), at=at, most=10)] == [due[1].id]
    async with room.database.scoped(room.organization) as connection:
        assert await store.finish(connection, due) == set()
        assert await store.finish(connection, [first]) == {first.id}


async def test_a_commit_whose_answer_was_lost_does_not_strand_the_copy(room):
    """The rows are there under our token, and we never heard of them: a new token sets them free."""
    deliverer = room.deliverer()
    running = asyncio.create_task(deliverer.run())
    await asyncio.sleep(0.3)
    acceptance = Acceptance(room.database, room.bodies, room.clock, deliverer)
    commit = acceptance._commit

    async def lose_the_answer(organization, mails, written):
        offer, deliverer.offer = deliverer.offer, lambda copies: None
        await commit(organization, mails, written)
        deliverer.offer = offer
        raise ConnectionError("the answer to COMMIT was lost")

    acceptance._commit = lose_the_answer
    with pytest.raises(ConnectionError):
        await acceptance.store(room.mail(Intercept.DELIVER))
    await eventually(room.statuses, {"deliver0@example.test": "delivered"}, seconds=30)
    running.cancel()


async def test_two_deliverers_on_one_queue_deliver_each_copy_once(room):
    acceptance = Acceptance(room.database, room.bodies, room.clock, Nowhere())
    await asyncio.gather(*(acceptance.store(room.mail(Intercept.DELIVER)) for _ in range(60)))
    running = [asyncio.create_task(room.deliverer().run()) for _ in range(2)]

    async def waiting():
        return len(await room.rows("SELECT 1 FROM deliveries"))

    await eventually(waiting, 0, seconds=20)
    assert sum(len(copies) for copies in room.hop.taken.values()) == 60
    for task in running:
        task.cancel()


async def test_a_missing_body_ends_the_copy_with_words_and_does_not_stop_others(room):
    mail = room.mail(Intercept.DELIVER)
    await Acceptance(room.database, room.bodies, room.clock, Nowhere()).store(mail)
    room.bodies.delete(room.organization, mail.row.id)
    running = asyncio.create_task(room.deliverer().run())
    await eventually(room.statuses, {"deliver0@example.test": "bounced"})
    assert "gone" in str(await room.rows("SELECT detail FROM message_events WHERE kind = 'bounced'"))
    running.cancel()


async def test_one_organization_sees_nothing_of_another(room):
    await Acceptance(room.database, room.bodies, room.clock, Nowhere()).store(room.mail(Intercept.QUARANTINE))
    stranger = new_id(datetime.now(UTC))
    for table in ("messages", "message_recipients", "message_events", "deliveries", "quarantine"):
        async with room.database.scoped(stranger) as connection:
            assert await connection.fetch(f"SELECT * FROM {table}") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with room.database.scoped(stranger) as connection:
                await connection.execute("INSERT INTO feature_settings VALUES ($1, 'spam', '{}')", room.organization)
