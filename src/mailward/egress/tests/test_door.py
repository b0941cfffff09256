# SPDX-License-Identifier: Apache-2.0
"""Nothing leaves undeclared or for a feature that is off, and what leaves is in an unbroken ledger."""

from datetime import UTC, datetime
from typing import Annotated

import pytest

from mailward.contract.data import DataItem
from mailward.contract.disclosure import Disclosure, Removal, Sending
from mailward.egress.door import ON_BEHALF_OF, DnsQuestion, Door, Request, SwitchedOff, Undeclared, items_of
from mailward.egress.ledger import Ledger, verify
from mailward.kit.clock import HeldClock
from mailward.kit.ids import new_id

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORGANIZATION = new_id(AT)


class Chatty(Request, frozen=True, kw_only=True):
    name: Annotated[str, DataItem.AUTHENTICATION_DOMAIN]
    subject: Annotated[str, DataItem.SUBJECT]


def disclosure(*items):
    sending = Sending(to="DNS", items=frozenset(items), purpose="look-ups")
    return Disclosure(does="asks", disabling_costs="less", sends=(sending,), removed=Removal.NEVER_KEPT)


def door(ledger, *, on=True):
    known = {"authentication": disclosure(*items_of(DnsQuestion))}
    return Door(known, is_on=lambda *_: on, ledger=ledger)


@pytest.fixture
def on_behalf():
    token = ON_BEHALF_OF.set((ORGANIZATION,))
    yield
    ON_BEHALF_OF.reset(token)


async def test_a_declared_question_passes_and_is_counted_without_its_content(database, on_behalf):
    ledger = Ledger(database, HeldClock(AT))
    for _ in range(3):
        door(ledger).dns("authentication", "secret-name.sender.test", "TXT")
    await ledger.flush()
    door(ledger).dns("authentication", "another.test", "A")
    await ledger.flush()
    async with database.scoped(ORGANIZATION) as connection:
        rows = await connection.fetch("SELECT * FROM egress_ledger ORDER BY number")
        assert [(row["feature"], row["destination"], row["requests"]) for row in rows] == [
            ("authentication", "DNS", 3), ("authentication", "DNS", 1),
        ]  # fmt: skip
        assert "secret-name" not in str(rows)
        assert await verify(connection) is None
        await connection.execute("UPDATE egress_ledger SET requests = 1 WHERE number = 1")
        assert await verify(connection) == 1


async def test_what_is_not_declared_does_not_leave(database, on_behalf):
    ledger = Ledger(database, HeldClock(AT))
    with pytest.raises(Undeclared, match="SUBJECT"):
        door(ledger).admit("authentication", Chatty, destination="DNS", size=1)
    with pytest.raises(Undeclared):
        door(ledger).dns("spam", "sender.test", "TXT")


async def test_a_feature_that_is_off_sends_nothing(database, on_behalf):
    with pytest.raises(SwitchedOff):
        door(Ledger(database, HeldClock(AT)), on=False).dns("authentication", "sender.test", "TXT")
