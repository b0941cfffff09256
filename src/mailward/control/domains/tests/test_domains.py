# SPDX-License-Identifier: Apache-2.0
"""A domain belongs to one organization."""

from datetime import UTC, datetime

import pytest

from mailward.control.domains import service
from mailward.control.domains.service import Domain, DomainTaken
from mailward.kit.ids import new_id

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_domain_is_protected_for_one_organization_only(database):
    one, two = new_id(AT), new_id(AT)
    domain = Domain(name="Example.test", next_hop_host="mx.example.test", next_hop_port=25, recipient_filter=True)
    async with database.scoped(one) as connection:
        await service.add(connection, one, domain, at=AT)
        assert [found.name for found in await service.every(connection)] == ["example.test"]
    with pytest.raises(DomainTaken):
        async with database.scoped(two) as connection:
            await service.add(connection, two, domain, at=AT)
    async with database.scoped(two) as connection:
        assert await service.every(connection) == []
