# SPDX-License-Identifier: Apache-2.0
"""An organization is made whole or not at all, and its key opens nothing of another's."""

from datetime import UTC, datetime

import pytest

from mailward.control.provisioning import service
from mailward.kit.ids import new_id
from mailward.kit.vault import Vault, VaultError

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_an_organization_has_a_key_of_its_own(database, tmp_path):
    vault = Vault.in_file(tmp_path / "master.key")
    keys = {}
    for name in ("One", "Two"):
        organization = new_id(AT)
        async with database.scoped(organization) as connection:
            await service.create(connection, organization, vault, name=name, at=AT)
            tenant = await service.read(connection)
        assert tenant.name == name
        keys[organization] = tenant.wrapped_key
    assert set(keys) <= set(await service.every(database))
    (one, key), (two, _) = keys.items()
    vault.unwrap(key, context=one.bytes)
    with pytest.raises(VaultError):
        vault.unwrap(key, context=two.bytes)


async def test_without_a_scope_no_organization_is_seen(database):
    async with database.unscoped() as connection:
        assert await connection.fetch("SELECT * FROM organizations") == []
