# SPDX-License-Identifier: Apache-2.0
"""The queue under trouble: destinations that are down, mountains of mail, and senders who want to know."""

import asyncio
import email
import email.policy
from datetime import timedelta
from uuid import uuid4

import pytest

from mailward.contract.reply import Reply
from mailward.disposition.delivery import destinations, store
from mailward.disposition.delivery.connections import MOST_PER_DESTINATION
from queue_room import DOWN, QueueRoom, eventually


@pytest.fixture
async def room(database, tmp_path):
    made = QueueRoom(database, tmp_path)
    yield made
    await made.end()


async def lease(room, most, *, token=None, at=None):
    token = token or uuid4()
    room.tokens.append(token)
    async with room.database.unscoped() as connection:
        await store.say_alive(connection, token, seconds=60)
        return await store.lease(connection, token, at=at or room.clock.now(), most=most)


async def down(room, name="example.test", at=None):
    async with room.database.scoped(room.organization) as connection:
        await destinations.went_down(
            connection, room.organization, name, at=at or room.clock.now(), reply="no connection"
        )


async def well(room, name="example.test"):
    async with room.database.scoped(room.organization) as connection:
        return await destinations.went_well(connection, [name], at=room.clock.now())


class TestLeases:
    async def test_one_organizations_mountain_leaves_room_for_anothers_mail(self, room):
        for n in range(60):
            await room.put(f"{n}@example.test")
        for n in range(4):
            await room.put(f"{n}@two.test", organization=room.other)
        taken = await lease(room, 20)
        assert len([due for due in taken if due.organization_id == room.other]) == 4
        assert [
            due.recipient for due in sorted(taken, key=lambda due: due.id) if due.organization_id != room.other
        ] == [f"{n}@example.test" for n in range(10)]

    async def test_so_does_one_destinations(self, room):
        for n in range(40):
            await room.put(f"{n}@example.test")
        await room.put("lee@two.test")
        assert "two.test" in {due.destination for due in await lease(room, 10)}

    async def test_nothing_is_leased_twice(self, room):
        for n in range(30):
            await room.put(f"{n}@example.test")
        rounds = await asyncio.gather(*(lease(room, 20) for _ in range(4)))
        ids = [due.id for taken in rounds for due in taken]
        assert len(ids) == len(set(ids)) == 30

    async def test_a_paused_destination_stands_still_and_so_does_everything(self, room):
        await room.put("a@example.test", "a@two.test")
        async with room.database.scoped(room.organization) as connection:
            await connection.execute(
                "INSERT INTO destinations VALUES ($1, 'example.test', 0, 0, NULL, now(), 'ann', '', NULL)",
                room.organization,
            )
        assert [due.destination for due in await lease(room, 10, token=uuid4())] == ["two.test"]
        await room.put("b@two.test")
        async with room.database.scoped(room.organization) as connection:
            await connection.execute(
                "INSERT INTO destinations VALUES ($1, '*', 0, 0, NULL, now(), 'ann', '', NULL)", room.organization
            )
        assert await lease(room, 10) == []


class TestRests:
    async def test_after_a_rest_one_copy_tries_and_then_twice_as_many_each_time(self, room):
        for n in range(200):
            await room.put(f"{n}@example.test")
        await down(room)
        assert await lease(room, 100) == []
        later = room.clock.now() + timedelta(seconds=13)
        first, second = await asyncio.gather(lease(room, 100, at=later), lease(room, 100, at=later))
        assert sorted([len(first), len(second)]) == [0, 1]
        [probe] = first + second
        for wanted in (2, 4, 8, 16, 32):
            await well(room)
            async with room.database.scoped(room.organization) as connection:
                await store.finish(connection, [probe] if wanted == 2 else taken)  # noqa: F821 - of the round before
            taken = await lease(room, 100, at=later)
            assert len(taken) == wanted
        await well(room)
        assert await room.rows("SELECT 1 FROM destinations") == []
        assert len(await lease(room, 100, at=later)) == 100

    async def test_rests_grow_and_a_crowd_that_fails_together_counts_once(self, room):
        at = room.clock.now()
        rests = []
        for _ in range(12):
            for _ in range(3):
                await down(room, at=at)
            [row] = await room.rows("SELECT resting_until, failures FROM destinations")
            rests.append((row["resting_until"] - at).total_seconds())
            at = row["resting_until"]
        assert row["failures"] == 12
        assert 8 <= rests[0] <= 12
        assert 16 <= rests[1] <= 24
        assert 720 <= rests[-1] <= 1080

    async def test_a_dead_destination_is_tried_by_one_mail_at_a_time_and_the_crowd_does_not_come_back_at_once(
        self, room
    ):
        """T10: down for two hours, mails wait; then it is back, and gets at most twenty at a time, the oldest first."""
        room.hop.down = {"example.test"}
        for n in range(150):
            await room.put(f"{n:03}@example.test")
        await room.put("lee@two.test")
        deliverer = room.deliver()
        await eventually(lambda: room.rows("SELECT 1 FROM destinations"), lambda found: len(found) == 1)
        await eventually(room.waiting, 150)
        assert room.hop.tries["example.test"] <= MOST_PER_DESTINATION
        tries = room.hop.tries["example.test"]
        for _ in range(6):
            room.clock.ahead += timedelta(minutes=20)
            deliverer._wake.set()
            await eventually(lambda: _tries(room), lambda found, before=tries: found > before)
            tries = room.hop.tries["example.test"]
        assert tries <= MOST_PER_DESTINATION + 6
        room.hop.down = set()
        room.clock.ahead += timedelta(minutes=20)
        deliverer._wake.set()
        await eventually(room.waiting, 0)
        order = [recipient for _, recipient, _ in room.hop.taken if recipient.endswith("@example.test")]
        assert len(order) == len(set(order)) == 150
        assert room.hop.most_under_way["example.test"] <= MOST_PER_DESTINATION
        untried = [r for r in order if int(r[:3]) >= MOST_PER_DESTINATION + 6]
        places = {recipient: place for place, recipient in enumerate(sorted(untried))}
        overtaken = destinations.ON_TRIAL_UP_TO + MOST_PER_DESTINATION  # one turn's leases, and those under way
        assert max(abs(places[r] - place) for place, r in enumerate(untried)) <= overtaken

    async def test_a_mail_that_comes_while_its_destination_rests_waits_and_says_why(self, room):
        await room.put("first@example.test")
        room.hop.down = {"example.test"}
        deliverer = room.deliver()
        await eventually(lambda: room.rows("SELECT 1 FROM destinations"), lambda found: len(found) == 1)
        tries = room.hop.tries["example.test"]
        [copy] = await room.put("second@example.test")
        due = await _leased_to(room, copy, deliverer)
        deliverer.offer([due])
        events = await eventually(lambda: room.events("deferred"), lambda found: copy in found)
        assert events[copy][0]["detail"] == {
            "why": "the destination rests after a failure", "reply": DOWN.reply.text
        }  # fmt: skip
        assert room.hop.tries["example.test"] == tries
        assert await room.rows("SELECT lease FROM deliveries WHERE recipient LIKE 'second%'") == [{"lease": None}]

    async def test_what_a_server_says_about_one_mail_does_not_stop_the_others(self, room):
        room.hop.answers = {"lee@example.test": Reply(450, "4.2.0", "greylisted")}
        await room.put("lee@example.test")
        await room.put("sam@example.test")
        room.deliver()
        await eventually(lambda: room.events("deferred"), lambda found: len(found) == 1)
        await eventually(room.waiting, 1)
        assert await room.rows("SELECT 1 FROM destinations") == []
        [row] = await room.rows("SELECT attempts, last_reply FROM deliveries")
        assert row == {"attempts": 1, "last_reply": "greylisted"}
        [[event]] = (await room.events("deferred")).values()
        assert (event["detail"]["server"], event["detail"]["tls"]) == ("mx.example.test:25", "TLSv1.3 X")


class TestNotices:
    async def test_a_known_sender_is_told_and_the_copy_is_not_held(self, room):
        room.hop.answers = {f"{n}@example.test": Reply(550, "5.1.1", "gone") for n in range(2)}
        room.hop.down = {"sender.test"}
        await room.put("0@example.test", "1@example.test", "2@example.test", known=True)
        room.deliver()
        notices = await eventually(
            lambda: room.rows("SELECT * FROM messages WHERE direction = 'out' AND sender = ''"),
            lambda rows: len(rows) == 1,
        )
        assert notices[0]["subject"] == "Your mail could not be delivered"
        assert await room.rows("SELECT 1 FROM quarantine") == []
        statuses = await eventually(room.statuses, lambda found: found["2@example.test"] == "delivered")
        assert [statuses[f"{n}@example.test"] for n in range(2)] == ["bounced", "bounced"]
        [queued] = await room.rows("SELECT sender, recipient, outward, warned FROM deliveries")
        assert queued == {"sender": "", "recipient": "ann@sender.test", "outward": True, "warned": True}
        events = await room.events("notified")
        assert len(events) == 2
        assert {line["detail"]["notice"] for [line] in events.values()} == {str(notices[0]["id"])}
        raw = room.bodies.read(
            room.organization, notices[0]["id"], key=room.policies.current.organizations[room.organization].key
        )
        report = email.message_from_bytes(raw, policy=email.policy.default)
        assert [r["Final-Recipient"] for r in list(report.iter_parts())[1].get_payload()[1:]] == [
            "rfc822; 0@example.test", "rfc822; 1@example.test",
        ]  # fmt: skip

    @pytest.mark.parametrize(("sender", "known"), [("", True), ("eve@forged.test", False)])
    async def test_nobody_is_told_who_may_not_have_sent_it(self, room, sender, known):
        """V39: no notice to the null sender, and none to an address that nothing proves."""
        room.hop.answers = {"lee@example.test": Reply(550, "5.1.1", "gone")}
        await room.put("lee@example.test", sender=sender, known=known)
        room.deliver()
        await eventually(room.statuses, {"lee@example.test": "bounced"})
        assert await room.rows("SELECT reason FROM quarantine") == [{"reason": "undeliverable"}]
        assert await room.rows("SELECT 1 FROM deliveries") == []
        assert await room.events("notified") == {}

    async def test_a_notice_that_cannot_be_delivered_ends_there(self, room):
        room.hop.answers = {"lee@example.test": Reply(550, "5.1.1", "gone"), "ann@two.test": Reply(550, "5.1.1", "no")}
        await room.put("lee@example.test", sender="ann@two.test", known=True)
        room.deliver()
        await eventually(room.statuses, {"lee@example.test": "bounced", "ann@two.test": "bounced"})
        assert len(await room.rows("SELECT 1 FROM messages")) == 2
        assert [row["recipient"] for row in await room.rows("SELECT recipient FROM quarantine")] == ["ann@two.test"]

    async def test_a_late_mail_is_told_of_once_and_given_up_after_ten_days(self, room):
        room.hop.down = {"example.test"}
        [copy] = await room.put("lee@example.test", known=True)
        await room.put("sam@example.test", sender="eve@forged.test")
        assert await room.sweep.once() == 0
        room.clock.ahead = timedelta(hours=4, minutes=1)
        assert await room.sweep.once() == 1
        assert await room.sweep.once() == 0
        [line] = (await room.events("notified"))[copy]
        assert line["detail"]["kind"] == "delayed"
        assert await room.live(timedelta(days=10, minutes=1)) == 2
        statuses = await room.statuses()
        assert (statuses["lee@example.test"], statuses["sam@example.test"]) == ("expired", "expired")
        assert [line["detail"]["kind"] for line in (await room.events("notified"))[copy]] == ["delayed", "failed"]
        assert [row["recipient"] for row in await room.rows("SELECT recipient FROM quarantine")] == ["sam@example.test"]

    async def test_what_is_being_delivered_is_not_given_up(self, room):
        await room.put("lee@example.test", known=True)
        [due] = await lease(room, 1)
        assert await room.live(timedelta(days=11)) == 0
        async with room.database.scoped(room.organization) as connection:
            assert await store.take(connection, [due.id]) == []

    async def test_nobody_is_given_up_by_a_clock_that_jumped(self, room):
        room.hop.down = {"example.test"}
        await room.put("lee@example.test", known=True)
        assert await room.sweep.once() == 0
        room.clock.ahead = timedelta(days=3650)
        await room.sweep.once()
        assert await room.statuses() == {"lee@example.test": "queued"}
        async with room.database.scoped(room.organization) as connection:
            await connection.execute("UPDATE deliveries SET due_at = $1", room.clock.now() + timedelta(hours=1))
        room.clock.ahead = timedelta()
        await room.sweep.once()
        [row] = await room.rows("SELECT due_at FROM deliveries")
        assert row["due_at"] <= room.clock.now()

    async def test_a_late_mail_that_is_tried_is_told_of_too(self, room):
        room.hop.answers = {"lee@example.test": Reply(450, "4.2.0", "later")}
        await room.put("lee@example.test", known=True, at=room.clock.now() - timedelta(hours=5))
        room.deliver()
        await eventually(lambda: room.events("notified"), lambda found: len(found) == 1)

    async def test_a_notice_that_cannot_be_written_spoils_nothing_else(self, room, monkeypatch):
        def full(_):
            raise OSError(28, "No space left on device")

        room.hop.answers = {"lee@example.test": Reply(550, "5.1.1", "gone")}
        await room.put("lee@example.test", "sam@example.test", known=True)
        monkeypatch.setattr(room.bodies, "write_many", full)
        room.deliver()
        await eventually(room.statuses, {"lee@example.test": "bounced", "sam@example.test": "delivered"})
        assert [row["recipient"] for row in await room.rows("SELECT recipient FROM quarantine")] == ["lee@example.test"]
        assert await room.waiting() == 0

    async def test_a_flood_of_failures_is_not_a_flood_of_notices(self, room, monkeypatch):
        monkeypatch.setattr("mailward.disposition.delivery.notifier.MOST_PER_HOUR", 3)
        for n in range(5):
            room.hop.answers[f"{n}@example.test"] = Reply(550, "5.1.1", "gone")
            await room.put(f"{n}@example.test", known=True)
        room.deliver()
        await eventually(lambda: room.rows("SELECT 1 FROM quarantine"), lambda found: len(found) == 2)
        assert len(await room.rows("SELECT 1 FROM messages WHERE sender = ''")) == 3


async def _tries(room):
    return room.hop.tries["example.test"]


async def _leased_to(room, copy, deliverer):
    """As acceptance does it: in the queue, and leased to the deliverer at once."""
    async with room.database.scoped(room.organization) as connection:
        row = await connection.fetchrow("SELECT * FROM deliveries WHERE id = $1", copy)
        await connection.execute("UPDATE deliveries SET lease = $2 WHERE id = $1", copy, deliverer._token)
    due = store.due_of(row)
    return type(due)(
        **{name: getattr(due, name) for name in due.__struct_fields__} | {"lease": deliverer._token, "raw": b"x"}
    )
