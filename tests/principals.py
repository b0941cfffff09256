# SPDX-License-Identifier: Apache-2.0
"""Somebody who asks, for tests of the rooms below the API."""

from mailward.contract.principal import Principal
from tenants import Tenant


def of(tenant: Tenant) -> Principal:
    """The administrator of a tenant."""
    return Principal(
        account_id=tenant.id, organization_id=tenant.id, organization_name=tenant.name, email=tenant.email,
        name="Ada", role="administrator",
    )  # fmt: skip
