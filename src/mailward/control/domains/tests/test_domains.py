# SPDX-License-Identifier: Apache-2.0
"""A domain belongs to one organization."""

import random
from datetime import UTC, datetime

import pytest

from mailward.control.domains import service
from mailward.control.domains.service import Domain, DomainTaken, Server, candidates, in_order
from mailward.kit.ids import new_id

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_domain_is_protected_for_one_organization_only(database):
    one, two = new_id(AT), new_id(AT)
    domain = Domain(name="Example.test", servers=(Server(host="mx.example.test"),), recipient_filter=True)
    async with database.scoped(one) as connection:
        await service.add(connection, one, domain, at=AT)
        assert [(d.name, d.servers) for d in await service.every(connection)] == [("example.test", domain.servers)]
    with pytest.raises(DomainTaken):
        async with database.scoped(two) as connection:
            await service.add(connection, two, domain, at=AT)
    async with database.scoped(two) as connection:
        assert await service.every(connection) == []


def test_rows_for_everybody_and_for_one_recipient_are_merged_by_preference():
    rows = (Server(host="all", preference=20), Server(recipient="boss", host="own", preference=10))
    chance = random.Random(1)
    assert in_order(candidates(rows, "Boss@example.test"), chance) == [("own", 25), ("all", 25)]
    assert in_order(candidates(rows, "other@example.test"), chance) == [("all", 25)]


def test_equal_preferences_share_the_mail():
    rows = (Server(host="a"), Server(host="b"), Server(host="last", preference=99))
    chance = random.Random(1)
    orders = [in_order(rows, chance) for _ in range(400)]
    assert 140 < sum(order[0] == ("a", 25) for order in orders) < 260
    assert all(order[-1] == ("last", 25) for order in orders)
