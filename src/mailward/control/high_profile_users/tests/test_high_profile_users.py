# SPDX-License-Identifier: Apache-2.0
"""Names worth borrowing are kept with their true addresses, up to a limit."""

from datetime import UTC, datetime

import pytest

from mailward.contract.check import HighProfileUser
from mailward.control.high_profile_users import service
from mailward.kit.ids import new_id

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORGANIZATION = new_id(AT)


async def test_people_come_back_with_addresses_in_lower_case_up_to_the_limit(database, monkeypatch):
    monkeypatch.setattr(service, "MAX_USERS", 2)
    async with database.scoped(ORGANIZATION) as connection:
        await service.add(connection, ORGANIZATION, HighProfileUser("Dana", ("Dana@Example.test",)), at=AT)
        await service.add(connection, ORGANIZATION, HighProfileUser("Bo", ()), at=AT)
        with pytest.raises(service.TooMany):
            await service.add(connection, ORGANIZATION, HighProfileUser("Cy", ()), at=AT)
        assert await service.every(connection) == (
            HighProfileUser("Bo", ()),
            HighProfileUser("Dana", ("dana@example.test",)),
        )
