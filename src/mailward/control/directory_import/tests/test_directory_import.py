# SPDX-License-Identifier: Apache-2.0
"""A list replaces the domains it names, and nothing else."""

from datetime import UTC, datetime

from mailward.control.directory_import import service
from mailward.control.directory_import.service import ValidRecipient
from mailward.kit.ids import new_id

ORGANIZATION = new_id(datetime(2026, 11, 23, 12, tzinfo=UTC))


async def test_a_list_replaces_each_domain_that_occurs_in_it(database):
    async with database.scoped(ORGANIZATION) as connection:
        first = [
            ValidRecipient("Lee@example.test", "Lee"),
            ValidRecipient("sam@example.test"),
            ValidRecipient("x@other.test"),
        ]
        assert await service.replace(connection, ORGANIZATION, first) == 3
        await service.replace(connection, ORGANIZATION, [ValidRecipient("new@example.test")])
        known = await service.by_domain(connection)
    assert "new@example.test" in known["example.test"]
    assert "lee@example.test" not in known["example.test"]
    assert "x@other.test" in known["other.test"]


async def test_a_hundred_thousand_addresses_are_known_and_strangers_are_not(database):
    async with database.scoped(ORGANIZATION) as connection:
        many = (ValidRecipient(f"person{number}@large.test") for number in range(100_000))
        assert await service.replace(connection, ORGANIZATION, many) == 100_000
        known = (await service.by_domain(connection))["large.test"]
    assert len(known) == 100_000
    assert "person99999@large.test" in known
    assert "person100000@large.test" not in known
